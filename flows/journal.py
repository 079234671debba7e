"""Reading the journal: what a batch of instances has behind it."""

from collections.abc import Mapping
from typing import Final

from sqlmodel import Session, col, select

from flows.steps.state import State
from models import (
    ChecklistAnswer,
    HumanTask,
    Instance,
    StepRun,
    TaskStatus,
    Timer,
    Wake,
    WakeKind,
    among,
    many,
)

_IDS: Final = many("ids")

# made once, since every pass says them, mostly for a few instances: making them took as long as sending them
_INSTANCES: Final = select(Instance).where(among(Instance.id, _IDS)).order_by(col(Instance.id))
_RUNS: Final = (
    select(StepRun).where(among(StepRun.instance_id, _IDS)).order_by(col(StepRun.attempt), col(StepRun.id))
)
_TIMERS: Final = (
    select(Timer)
    .where(
        among(Timer.instance_id, _IDS),
        col(Timer.fired_at).is_not(None),
        col(Timer.handled_at).is_(None),
        col(Timer.withdrawn_at).is_(None),
    )
    .order_by(col(Timer.due_at), col(Timer.id))
)
_WAKES: Final = select(Wake).where(among(Wake.instance_id, _IDS)).order_by(col(Wake.created_at), col(Wake.id))
_ANSWERS: Final = (
    select(HumanTask.instance_id, ChecklistAnswer.step, ChecklistAnswer.item, ChecklistAnswer.iteration)
    .join(HumanTask, col(HumanTask.id) == ChecklistAnswer.task_id)
    .where(
        among(HumanTask.instance_id, _IDS),
        col(HumanTask.status) != TaskStatus.CANCELLED,
        col(ChecklistAnswer.draft).is_(False),
        col(ChecklistAnswer.superseded_at).is_(None),
    )
)


def load(session: Session, fences: Mapping[str, int]) -> dict[str, State]:
    """The states of these instances, with the wakes and fired timers that are there now."""
    ids = sorted(fences)
    rows = session.exec(_INSTANCES, params={"ids": ids})
    states = {row.id: State(row, fences[row.id], row.id) for row in rows}
    _load_runs(session, states)
    _load_wakes(session, states)
    _load_answers(session, states)
    return states


def _load_runs(session: Session, states: Mapping[str, State]) -> None:
    for run in session.exec(_RUNS, params={"ids": list(states)}):
        states[run.instance_id].runs[run.step, run.iteration] = run
    for timer in session.exec(_TIMERS, params={"ids": list(states)}):
        if timer.instance_id is not None:
            states[timer.instance_id].timers.append(timer)


def _load_wakes(session: Session, states: Mapping[str, State]) -> None:
    for wake in session.exec(_WAKES, params={"ids": list(states)}):
        state = states[wake.instance_id]
        state.wakes.append(wake)
        if wake.kind is WakeKind.CHANGED:
            state.changes.append(wake)


def _load_answers(session: Session, states: Mapping[str, State]) -> None:
    """Items that were answered for good, though their form may still be open. What lies on a withdrawn form
    counts for nothing (engine.md R1.4); an item of one iteration counts in that one alone.
    """
    for instance_id, step, item, iteration in session.exec(_ANSWERS, params={"ids": list(states)}):
        if instance_id is not None:
            states[instance_id].answered.add((step, item, iteration))
