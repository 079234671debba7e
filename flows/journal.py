"""Reading the journal: what a batch of instances has behind it."""

from collections.abc import Mapping

from sqlmodel import Session, col, select

from flows.steps.state import State
from models import ChecklistAnswer, HumanTask, Instance, StepRun, TaskStatus, Timer, Wake, WakeKind, among


def load(session: Session, fences: Mapping[str, int]) -> dict[str, State]:
    """The states of these instances, with the wakes and fired timers that are there now."""
    ids = sorted(fences)
    rows = session.exec(select(Instance).where(among(Instance.id, ids)).order_by(col(Instance.id)))
    states = {row.id: State(row, fences[row.id], row.id) for row in rows}
    _load_runs(session, states)
    _load_wakes(session, states)
    _load_answers(session, states)
    return states


def _load_runs(session: Session, states: Mapping[str, State]) -> None:
    runs = (
        select(StepRun)
        .where(among(StepRun.instance_id, states))
        .order_by(col(StepRun.attempt), col(StepRun.id))
    )
    for run in session.exec(runs):
        states[run.instance_id].runs[run.step, run.iteration] = run
    timers = select(Timer).where(
        among(Timer.instance_id, states),
        col(Timer.fired_at).is_not(None),
        col(Timer.handled_at).is_(None),
        col(Timer.withdrawn_at).is_(None),
    )
    for timer in session.exec(timers.order_by(col(Timer.due_at), col(Timer.id))):
        if timer.instance_id is not None:
            states[timer.instance_id].timers.append(timer)


def _load_wakes(session: Session, states: Mapping[str, State]) -> None:
    query = select(Wake).where(among(Wake.instance_id, states)).order_by(col(Wake.created_at), col(Wake.id))
    for wake in session.exec(query):
        state = states[wake.instance_id]
        state.wakes.append(wake)
        if wake.kind is WakeKind.CHANGED:
            state.changes.append(wake)


def _load_answers(session: Session, states: Mapping[str, State]) -> None:
    """Items that were answered for good, though their form may still be open. What lies on a withdrawn form
    counts for nothing (engine.md R1.4); an item of one iteration counts in that one alone.
    """
    answers = (
        select(HumanTask.instance_id, ChecklistAnswer.step, ChecklistAnswer.item, ChecklistAnswer.iteration)
        .join(HumanTask, col(HumanTask.id) == ChecklistAnswer.task_id)
        .where(
            among(HumanTask.instance_id, states),
            col(HumanTask.status) != TaskStatus.CANCELLED,
            col(ChecklistAnswer.draft).is_(False),
            col(ChecklistAnswer.superseded_at).is_(None),
        )
    )
    for instance_id, step, item, iteration in session.exec(answers):
        if instance_id is not None:
            states[instance_id].answered.add((step, item, iteration))
