"""What people do with a case as a whole: start a process for it, let it rest, hand it over, cancel."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from pydantic import Field

from definitions.plain_types import type_plain
from flows.inbox.case.holding import Changed, cancel
from flows.inbox.case.pausing import hold_case, resume_case
from flows.inbox.case.starting import asked_inputs, start_process, startable, under_way_for
from flows.inbox.case.transferring import Transferred, transfer_case
from models import CASE_OPEN, Case, Instance
from web.access.actions import Action
from web.access.watching import case_read, watched
from web.api.declaring import Resource
from web.api.problem import not_there
from web.api.sent import Key, Match, Sent, by_the_office, revision_of
from web.api.visiting import Visiting, allowed_case
from web.reading.case.handover import Point, readiness
from web.visitor import Visit

router = Resource(prefix="/cases/{case_id}", tags=["cases"])

LONGEST_REASON = 2_000
LONGEST_NOTE = 10_000


class Starting(Sent):
    """Which process, and the inputs that the case does not give by itself. `another`: also while one of the
    same is under way.
    """

    process: str = Field(min_length=1, max_length=100)
    inputs: dict[str, Any] = Field(default_factory=dict, max_length=50)
    another: bool = False


class Holding(Sent):
    """Why, and which processes, by id; all that run for the case without them."""

    reason: str = Field(min_length=1, max_length=LONGEST_REASON)
    processes: list[str] | None = Field(default=None, min_length=1, max_length=100)


class Resuming(Sent):
    """Which processes go on, by id; all that are held without them."""

    reason: str | None = Field(default=None, max_length=LONGEST_REASON)
    processes: list[str] | None = Field(default=None, min_length=1, max_length=100)


class Cancelling(Sent):
    """Why; and whether a safety alert that has not ended is taken back with it."""

    reason: str = Field(min_length=1, max_length=LONGEST_REASON)
    with_alerts: bool = False


class Transferring(Sent):
    """Who gets the case: a caseworker (a staff id), a team, or both; and what they have to know."""

    to: str | None = Field(default=None, max_length=60)
    team: str | None = Field(default=None, max_length=100)
    handover: str = Field(min_length=1, max_length=LONGEST_NOTE)


@dataclass(frozen=True, slots=True)
class AskedInput:
    """An input that a process asks for when somebody starts it; `type` in words."""

    name: str
    title: str
    type: str
    required: bool


@dataclass(frozen=True, slots=True)
class Startable:
    """A process that may be started; `under_way`: one of the same runs already."""

    process: str
    title: str
    purpose: str
    inputs: tuple[AskedInput, ...]
    under_way: bool


@dataclass(frozen=True, slots=True)
class StartableList:
    """The processes that may be started."""

    processes: tuple[Startable, ...]


@dataclass(frozen=True, slots=True)
class Started:
    """The process that was started, by its id; `repeated`: with this key it was already."""

    id: str
    process: str
    repeated: bool


@dataclass(frozen=True, slots=True)
class ChangedList:
    """What changed, process by process."""

    processes: tuple[Changed, ...]


@dataclass(frozen=True, slots=True)
class Handover:
    """Whether a case is ready to be handed over, point by point."""

    ready: bool
    points: tuple[Point, ...]


@router.get("/processes")
def processes(visit: Visiting, case_id: str) -> StartableList:
    """The processes that one may start for the case, with the inputs that they ask for."""
    web, now = visit.web, visit.web.now()
    with web.store.read() as session:
        case = allowed_case(session, visit.actor, Action.START_PROCESS, case_id, now)
        plans = startable(session, web.plans.of, is_open=case.status in CASE_OPEN)
        found = tuple(
            Startable(
                process=plan.process,
                title=plan.title,
                purpose=plan.purpose,
                inputs=tuple(
                    AskedInput(each.name, each.title, type_plain(each.type), each.required)
                    for each in asked_inputs(plan)
                ),
                under_way=under_way_for(session, plan.process, case.id) is not None,
            )
            for plan in plans
        )
    return StartableList(found)


@router.post("/processes", status_code=HTTPStatus.CREATED)
def started(visit: Visiting, case_id: str, sent: Starting, key: Key = None) -> Started:
    """Start a process for the case; with an `Idempotency-Key` once, however often it is sent."""
    _allowed(visit, Action.START_PROCESS, case_id)
    made = start_process(
        visit.web.runtime,
        case_id,
        sent.process,
        by_the_office(sent.inputs, visit.web.zone),
        by=visit.actor.staff_id,
        plan_of=visit.web.plans.of,
        key=None if key is None else f"{visit.actor.staff_id}:{key}",
        another=sent.another,
    )
    return Started(made.instance.id, made.instance.process, repeated=not made.new)


@router.post("/hold")
def held(visit: Visiting, case_id: str, sent: Holding) -> ChangedList:
    """Let what runs for the case rest. `alerts` are the critical steps that go on nevertheless. Again changes
    nothing.
    """
    _allowed(visit, Action.HOLD_PROCESS, case_id)
    done = hold_case(
        visit.web.runtime,
        case_id,
        reason=sent.reason,
        by=visit.actor.staff_id,
        now=visit.web.now(),
        plan_of=visit.web.plans.of,
        only=sent.processes,
    )
    return ChangedList(done)


@router.post("/resume")
def resumed(visit: Visiting, case_id: str, sent: Resuming) -> ChangedList:
    """Let what is held go on. Again changes nothing."""
    _allowed(visit, Action.HOLD_PROCESS, case_id)
    done = resume_case(
        visit.web.runtime,
        case_id,
        reason=sent.reason,
        by=visit.actor.staff_id,
        now=visit.web.now(),
        only=sent.processes,
    )
    return ChangedList(done)


@router.post("/processes/{instance_id}/cancel")
def cancelled(visit: Visiting, case_id: str, instance_id: str, sent: Cancelling) -> Changed:
    """End a process of the case for good. What was done and sent stays. Again changes nothing."""
    with visit.web.store.read() as session:
        allowed_case(session, visit.actor, Action.MANAGE_CASE, case_id, visit.web.now())
        instance = session.get(Instance, instance_id)
        if instance is None or instance.case_id != case_id:
            raise not_there()
    return cancel(
        visit.web.runtime,
        instance_id,
        reason=sent.reason,
        by=visit.actor.staff_id,
        now=visit.web.now(),
        alerts_too=sent.with_alerts,
        plan_of=visit.web.plans.of,
    )


@router.post("/transfer")
def transferred(visit: Visiting, case_id: str, sent: Transferring, match: Match = None) -> Transferred:
    """Give the case to another caseworker or team, with all open work; with `If-Match` only where nobody has
    changed the case since. Again changes nothing.
    """
    _allowed(visit, Action.MANAGE_CASE, case_id)
    return transfer_case(
        visit.web.runtime,
        case_id,
        by=visit.actor.staff_id,
        now=visit.web.now(),
        handover=sent.handover,
        to=sent.to,
        team=sent.team,
        revision=revision_of(match),
    )


@router.get("/handover")
def handover(visit: Visiting, case_id: str) -> Handover:
    """Whether the case is ready to be handed over, point by point, with what is missing."""
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        case = allowed_case(session, visit.actor, Action.READ_CASE, case_id, now)
        found = readiness(session, [case.id], now, web.zone)[case.id]
        fields = [each.name for each in found.points]
        case_read(session, visit.actor.staff_id, case, now, fields)
    return Handover(found.ready, tuple(found.points))


def _allowed(visit: Visit, action: Action, case_id: str) -> Case:
    with visit.web.store.read() as session:
        return allowed_case(session, visit.actor, action, case_id, visit.web.now())
