"""Which rows of a batch belong together, so that what a step asks for one instance is read for all."""

from collections.abc import Iterable, Iterator, Sequence

from sqlmodel import Session

from definitions.plan import Plan, PlanStep
from flows.steps.endings import ENDED
from flows.steps.state import State
from models import CohortSession, StepRun


def gather(session: CohortSession, plan: Plan, step: PlanStep | None, states: Sequence[State]) -> None:
    """Put the rows of these instances into the transaction, and say which belong together: theirs, those of
    the step, and those that it reads.
    """
    session.gather([state.instance for state in states])
    for state in states:
        attach(session, state, step)
    if step is None:
        session.cohort(_tasks_of_timers(states))
        return
    for name in {step.id, *(read.step for read in step.reads)}:
        runs = [run for state in states if (run := state.run(name)) is not None]
        if plan.step(name).for_each is not None:
            _gather_runs(session, [run for state in states for run in state.iterations(name)])
        _gather_runs(session, runs)


def _tasks_of_timers(states: Sequence[State]) -> Iterator[str]:
    """The tasks of which the timers that have fired tell somebody."""
    named = (timer.detail.get("task") for state in states for timer in state.timers)
    return (task for task in named if isinstance(task, str))


def attach(session: Session, state: State, step: PlanStep | None = None) -> None:
    """Put an instance's rows into the transaction. A step's own work changes runs of that step and of those
    that have not ended; without `step`, or with one that sends work back, any of them may change.
    """
    session.add(state.instance)
    one = step.id if step is not None and step.rework is None else None
    for run in state.runs.values():
        if one is None or run.step == one or run.status not in ENDED:
            session.add(run)
    session.add_all(state.timers)


def _gather_runs(session: CohortSession, runs: Sequence[StepRun]) -> None:
    session.gather(runs)
    for ids in _named(runs):
        session.cohort(ids)


def _named(runs: Iterable[StepRun]) -> Iterator[list[str]]:
    """The records that these runs of one step gave: for each output the ids that it names."""
    found: dict[str, list[str]] = {}
    for run in runs:
        for name, value in run.outputs.items():
            named = value.get("id") if isinstance(value, dict) else value
            for each in named if isinstance(named, list) else (named,):
                if isinstance(each, str):
                    found.setdefault(name, []).append(each)
    return iter(found.values())
