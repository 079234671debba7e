"""Whether a wake is critical: whether it makes a step ready that has `priority: critical` and whose `when`
holds (engine.md R3.2). It is a forecast, which decides who runs the instance; the step decides for itself.

A wake is written without a verdict, unless its writer knows that it is ordinary. Those that are found to be
ordinary are marked so, and only then are they dispatched; the others belong to the critical lane.
"""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import case, text, update
from sqlmodel import Session, col, select

from definitions.plan import Need, Plan, PlanStep
from flows.journal import load
from flows.leases import lease_now, outside_lanes
from flows.runtime import Runtime
from flows.steps.endings import ENDED
from flows.steps.failure import infrastructure
from flows.steps.scopes import open_scopes, within
from flows.steps.state import (
    State,
    critical_at_start,
    met,
    skipped_with_needs,
    startable,
    startable_at,
    waiting_paths,
)
from flows.steps.stepping import Stepper
from models import (
    ChecklistAnswer,
    CohortSession,
    HumanTask,
    Instance,
    InstanceStatus,
    StepRun,
    StepStatus,
    WaitsFor,
    Wake,
    WakeKind,
    among,
)

log = logging.getLogger(__name__)

FIRST: Final = (WakeKind.ITEM, WakeKind.CHANGED, WakeKind.ANSWER, WakeKind.RETRY)
"""Causes that people bring are judged before those that come by the thousand."""

OF_THE_WAIT: Final = frozenset({WakeKind.RECEIPT, WakeKind.TIMER, WakeKind.RETRY})
"""Causes for which a critical step that waits goes on at once: its message failed, or nobody was reached."""

UNORDINARY: Final = "wakes.critical IS NOT false"
"""The condition of the partial index over wakes without the verdict `ordinary`; only these words find it."""


def unordinary(
    runtime: Runtime, session: Session, most: int, busy: Collection[str]
) -> list[tuple[Wake, str]]:
    """Wakes without the verdict `ordinary`, at most so many, each with its version's id; those that people
    bring first, the newest first. Not those of instances in `busy`, nor of those that another process's
    lane has.
    """
    order = case({kind: place for place, kind in enumerate(FIRST)}, value=Wake.kind, else_=len(FIRST))
    query = (
        select(Wake, Instance.version_id)
        .join(Instance, col(Instance.id) == Wake.instance_id)
        .where(text(UNORDINARY), col(Wake.parked).is_(False), outside_lanes(lease_now(runtime, session)))
        .order_by(order, col(Wake.id).desc())
        .limit(most)
    )
    if busy:
        query = query.where(col(Instance.id).not_in(busy))
    return list(session.exec(query))


def judge(runtime: Runtime, session: CohortSession, plan: Plan, wakes: Sequence[Wake]) -> set[str]:
    """The instances that are critical, of those with these wakes; all are of this plan."""
    steps = [step for step in plan.steps if step.critical]
    causes: dict[str, list[Wake]] = {}
    for wake in wakes:
        if steps and (wake.kind is not WakeKind.START or critical_at_start(plan)):
            causes.setdefault(wake.instance_id, []).append(wake)
    asked = _worth_asking(session, steps, causes)
    if not asked:
        return set()
    states = load(session, dict.fromkeys(asked, 0))
    session.gather([state.instance for state in states.values()])
    stepper = Stepper(runtime, plan, session, lease_id="")
    return {
        key
        for key, state in states.items()
        if state.instance.status is not InstanceStatus.CANCELLING
        and any(
            _goes_on(state, step, causes[key]) or begins(stepper, state, step, causes[key]) for step in steps
        )
    }


def mark_ordinary(session: Session, ids: Iterable[str]) -> None:
    """Write the verdict down. Wakes that somebody deals with at this moment are passed over."""
    query = select(Wake.id).where(among(Wake.id, sorted(ids))).order_by(col(Wake.id))
    locked = session.exec(query.with_for_update(skip_locked=True)).all()
    session.exec(
        update(Wake)
        .where(among(Wake.id, locked))
        .values(critical=False)
        .execution_options(synchronize_session=False)
    )


# -- the quick look: most wakes concern no critical step


def _worth_asking(
    session: Session, steps: Sequence[PlanStep], causes: Mapping[str, Sequence[Wake]]
) -> list[str]:
    """Instances in which a critical step may be ready, or had begun; by two queries for all of them."""
    if not causes:
        return []
    names = {step.id for step in steps} | {need.step for step in steps for need in step.needs}
    runs: dict[str, dict[str, StepStatus]] = {}
    query = select(StepRun.instance_id, StepRun.step, StepRun.status).where(
        among(StepRun.instance_id, causes),
        col(StepRun.step).in_(names),
        StepRun.iteration == "",
        StepRun.status != StepStatus.SUPERSEDED,
    )
    for instance_id, name, status in session.exec(query):
        runs.setdefault(instance_id, {})[name] = StepStatus(status)
    answered = _answered(session, steps, causes)
    return sorted(
        key
        for key, wakes in causes.items()
        if any(_may_be(step, wakes, runs.get(key, {}), answered.get(key, set())) for step in steps)
    )


def _may_be(
    step: PlanStep,
    wakes: Sequence[Wake],
    runs: Mapping[str, StepStatus],
    answered: Collection[tuple[str, str]],
) -> bool:
    answer = any(wake.kind is WakeKind.ANSWER for wake in wakes)

    def may_be_met(need: Need) -> bool:
        status = runs.get(need.step)
        about_to_end = answer and need.item is None and status is StepStatus.WAITING
        return about_to_end or status in ENDED or (need.step, need.item or "") in answered

    if step.place is not None:
        return True  # its block says when; that wants the close look
    if step.id in runs:
        ended = runs[step.id] in ENDED
        return not ended or any(wake.kind is WakeKind.CHANGED for wake in wakes)
    return all(may_be_met(need) for need in step.needs)


def _answered(
    session: Session, steps: Sequence[PlanStep], causes: Mapping[str, object]
) -> dict[str, set[tuple[str, str]]]:
    items = {need.item for step in steps for need in step.needs if need.item is not None}
    if not items:
        return {}
    query = (
        select(HumanTask.instance_id, ChecklistAnswer.step, ChecklistAnswer.item)
        .join(HumanTask, col(HumanTask.id) == ChecklistAnswer.task_id)
        .where(
            among(HumanTask.instance_id, causes),
            col(ChecklistAnswer.item).in_(items),
            col(ChecklistAnswer.draft).is_(False),
        )
    )
    found: dict[str, set[tuple[str, str]]] = {}
    for instance_id, step, item in session.exec(query):
        found.setdefault(str(instance_id), set()).add((step, item))
    return found


# -- the close look


def _goes_on(state: State, step: PlanStep, wakes: Sequence[Wake]) -> bool:
    """Whether a critical step that had begun has to go on at once: also where it read a corrected answer."""
    if waiting_paths(state, step) and any(wake.kind in OF_THE_WAIT for wake in wakes):
        return True
    read = {need.step for need in step.needs} | {each.step for each in step.reads}
    changed = {wake.detail.get("step") for wake in wakes if wake.kind is WakeKind.CHANGED}
    return bool(read & changed)


def begins(stepper: Stepper, state: State, step: PlanStep, wakes: Sequence[Wake]) -> bool:
    """Whether a critical step begins now, or as soon as a form that was sent is taken in. One that can't be
    decided begins.
    """
    if startable(state, step):
        paths = [path for path in open_scopes(state, step) if startable_at(state, step, path)]
        if any(state.run(step.id, path) is not None for path in paths):
            return True  # to be tried again, or with members to begin
        return any(
            not skipped_with_needs(state, step, path) and _holds(stepper, state, step, path) is not False
            for path in paths
        )
    answered = any(wake.kind is WakeKind.ANSWER for wake in wakes)
    return answered and any(
        _begins_next(state, step, path) and _holds(stepper, state, step, path) is True
        for path in open_scopes(state, step)
    )


def _begins_next(state: State, step: PlanStep, path: str) -> bool:
    """Whether the step follows at once when a form that was sent ends the step that asked for it."""

    def about_to_end(need: Need) -> bool:
        run = state.run(need.step, within(path, need.depth))
        return need.item is None and run is not None and run.waits_for is WaitsFor.PEOPLE

    begun = state.run(step.id, path) is not None
    return not begun and all(met(state, need, path) or about_to_end(need) for need in step.needs)


def _holds(stepper: Stepper, state: State, step: PlanStep, path: str) -> object:
    """True, False or UNDECIDED: whether the step's conditions hold. An error counts as holding."""
    run = StepRun(
        id="forecast",
        instance_id=state.id,
        step=step.id,
        iteration=path,
        status=StepStatus.WAITING,
        started_at=stepper.runtime.clock(),
    )
    try:
        call = stepper.call(state, step, run)
        truths = [call.holds(condition) for condition in (step.when, step.once) if condition is not None]
    except Exception as error:
        if infrastructure(error):
            raise
        log.warning("`%s` of instance %s: %s; taken as critical", step.id, state.id, type(error).__name__)
        return True
    undecided = next((truth for truth in truths if truth is not True and truth is not False), True)
    return False if False in truths else undecided
