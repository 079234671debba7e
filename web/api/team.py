"""The people somebody answers for: who is away, who covers, and handing their work on."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Query, Response
from pydantic import Field, model_validator
from sqlmodel import Session, col, select

from definitions.time.local_time import to_moment
from flows import inbox as commands
from flows.inbox.office.absence import state_of_absence
from models import Case, HumanTask, Staff
from web.access.actions import Action
from web.access.policy import may, require
from web.access.watching import searched, watched
from web.api.declaring import Resource, answers
from web.api.problem import ProblemError, forbidden, not_there
from web.api.sent import Match, Sent, needed, state_named
from web.api.visiting import Visiting
from web.reading.office.team import Member, Person, Stays, person, preview, receivers, team
from web.visitor import Visit

router = Resource(prefix="/staff", tags=["staff"])

AT_ONCE: Final = 20
"""Cases that one request hands on at most."""

LONGEST: Final = 2_000

READ: Final = answers(HTTPStatus.PRECONDITION_REQUIRED)
"""What a route answers besides that has to know which state was read."""


class Absence(Sent):
    """From when to when somebody is away, by the office's days, both included; without `until` until they say
    that they are back. `cover` is the staff id of who stands in.
    """

    starts: date
    until: date | None = None
    cover: str | None = Field(default=None, max_length=60)


class HandingOn(Sent):
    """Who gets the work: one person, or a team, over which it is spread; and why. `after` is what `next` was
    in the answer before.
    """

    to: str | None = Field(default=None, max_length=60)
    group: str | None = Field(default=None, max_length=60)
    reason: str = Field(min_length=1, max_length=LONGEST)
    after: str = Field(default="", max_length=60)

    @model_validator(mode="after")
    def _one_of_both(self) -> "HandingOn":
        if (self.to is None) == (self.group is None):
            raise ValueError("name a person or a team, one of both")
        return self


@dataclass(frozen=True, slots=True)
class StaffList:
    """The people somebody answers for."""

    staff: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class AbsencePlanned:
    """When somebody is away, until when (open without it), and who covers: a staff id. `state` is that for
    `If-Match`.
    """

    starts: datetime | None
    ends: datetime | None
    cover: str | None
    state: str


@dataclass(frozen=True, slots=True)
class WorkOf:
    """How much somebody has, and the cases that would stay; `hidden` is how many stay that the one who asks
    may not see.
    """

    tasks: int
    held: int
    own_cases: int
    visits: int
    appointments: int
    cases: int
    loose_tasks: int
    stays: tuple[Stays, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class CaseHandedOn:
    """What became of one case: who got how much of it, or why it stays. `case` is none where it is hidden."""

    case: str | None
    stays: str = ""
    number: str | None = None
    to: str | None = None
    to_name: str | None = None
    tasks: int = 0
    queued: int = 0
    visits: int = 0
    appointments: int = 0
    own: bool = False


@dataclass(frozen=True, slots=True)
class HandedOnList:
    """What was handed on. `next` is what `after` has to be for more, None when all is done."""

    done: list[CaseHandedOn]
    loose_tasks: int
    next: str | None


@router.get("")
def people(visit: Visiting) -> StaffList:
    """The people somebody answers for, with how much each has and who is away."""
    now = visit.web.now()
    with visit.web.store.read() as session:
        require(session, visit.actor, Action.SEE_TEAM, now=now)
        return StaffList(team(session, visit.actor, now))


@router.get("/{staff_id}/absence")
def absence(visit: Visiting, staff_id: str) -> Person:
    """When somebody is away, who covers, and who could. `me` is the one who asks."""
    now = visit.web.now()
    with visit.web.store.read() as session:
        staff = allowed_staff(session, visit, Action.PLAN_ABSENCE, staff_id, now)
        return person(session, staff, now)


@router.put("/{staff_id}/absence", responses=READ)
def plan_absence(visit: Visiting, staff_id: str, sent: Absence, match: Match = None) -> AbsencePlanned:
    """Plan when somebody is away and who covers; new work goes there while it lasts. `If-Match` has to name
    the `state` that was read.
    """
    now, zone = visit.web.now(), visit.web.zone
    with visit.web.store.read() as session:
        staff = allowed_staff(session, visit, Action.PLAN_ABSENCE, staff_id, now)
        if sent.cover is not None and sent.cover not in person(session, staff, now).covers:
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY, "This person can't cover here; choose a colleague."
            )
    starts, ends = _moments(sent, now, zone)
    done = commands.plan_absence(
        visit.web.store,
        staff.id,
        starts=starts,
        ends=ends,
        cover=sent.cover,
        by=visit.actor.staff_id,
        now=now,
        state=state_named(needed(match)),
    )
    return AbsencePlanned(done.absent_from, done.absent_until, done.cover_id, state_of_absence(done))


@router.delete("/{staff_id}/absence", status_code=HTTPStatus.NO_CONTENT, responses=READ)
def end_absence(visit: Visiting, staff_id: str, match: Match = None) -> Response:
    """Somebody is back, or does not go away after all. `If-Match` has to name the `state` that was read."""
    now = visit.web.now()
    with visit.web.store.read() as session:
        staff = allowed_staff(session, visit, Action.PLAN_ABSENCE, staff_id, now)
    by, state = visit.actor.staff_id, state_named(needed(match))
    commands.end_absence(visit.web.store, staff.id, by=by, now=now, state=state)
    return Response(status_code=HTTPStatus.NO_CONTENT)


@router.get("/{staff_id}/work")
def work(
    visit: Visiting,
    staff_id: str,
    to: Annotated[str | None, Query(max_length=60)] = None,
    group: Annotated[str | None, Query(max_length=60)] = None,
) -> WorkOf:
    """What somebody has, and what would stay with them if it were handed on to this person or team."""
    now = visit.web.now()
    with watched(visit.web.store) as session:
        staff = allowed_staff(session, visit, Action.HAND_ON_WORK, staff_id, now)
        wanted = chosen(session, visit, staff, to, group, now)
        found = preview(session, visit.actor, staff, wanted, now)
        searched(session, visit.actor.staff_id, "Case", ("number", "worker"), now)
        load = found.load
        return WorkOf(
            tasks=load.tasks,
            held=load.held,
            own_cases=load.own_cases,
            visits=load.visits,
            appointments=load.appointments,
            cases=len(load.cases),
            loose_tasks=len(load.loose_tasks),
            stays=found.stays,
            hidden=found.hidden,
        )


@router.post("/{staff_id}/hand-on")
def hand_on(visit: Visiting, staff_id: str, sent: HandingOn) -> HandedOnList:
    """Hand somebody's work on, some cases at a time, each whole or not at all: send it again with `after`
    until `next` is null. Sent again from the beginning it moves what is left.
    """
    web, now = visit.web, visit.web.now()
    with web.store.read() as session:
        staff = allowed_staff(session, visit, Action.HAND_ON_WORK, staff_id, now)
        candidates = chosen(session, visit, staff, sent.to, sent.group, now)
        if not candidates:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "Nobody who is here now could get this work.")
        load = commands.caseload(session, staff.id, now)
        cases = [each for each in load.cases if each > sent.after][: AT_ONCE + 1]
        plan = [(each, _how(session, visit, each, now)) for each in cases[:AT_ONCE]]
    report = [_hand_on(visit, staff.id, case_id, how, candidates, sent.reason, now) for case_id, how in plan]
    more = len(cases) > AT_ONCE
    loose = 0 if more else _loose(visit, staff.id, load.loose_tasks, candidates, sent.reason, now)
    return HandedOnList(report, loose, cases[AT_ONCE - 1] if more else None)


def allowed_staff(session: Session, visit: Visit, action: Action, staff_id: str, now: datetime) -> Staff:
    """Somebody with whom this may be done; `me` is the one who asks."""
    wanted = visit.actor.staff_id if staff_id == "me" else staff_id
    staff = session.get(Staff, wanted)
    if staff is None:
        if may(session, visit.actor, Action.SEE_TEAM, now=now):
            raise not_there()
        raise forbidden("your role does not include this")
    require(session, visit.actor, action, staff, now=now)
    return staff


def chosen(
    session: Session, visit: Visit, staff: Staff, to: str | None, group: str | None, now: datetime
) -> list[str]:
    """Those who are to get somebody's work, by id; nobody while none is named."""
    if group is not None:
        if group not in visit.actor.teams:
            raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "Choose a team that is yours.")
        return receivers(session, group, staff.id, now)
    if to is None:
        return []
    found = session.exec(select(Staff).where(Staff.id == to, col(Staff.active))).first()
    if found is None or found.id == staff.id:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, "Choose somebody of the staff who is here.")
    return [found.id]


def _moments(sent: Absence, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    """The days as moments: from the beginning of the first (from now on, where that is today) to the end of
    the last.
    """
    starts = to_moment(sent.starts, time(), zone.key)
    if sent.starts == now.astimezone(zone).date():
        starts = now.replace(microsecond=0)
    if sent.until is None:
        return starts, None
    if sent.until < sent.starts:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "The last day lies before the first; correct the days.",
            errors=[{"item": "until", "reason": "lies before the first day"}],
        )
    return starts, to_moment(sent.until + timedelta(days=1), time(), zone.key)


def _how(session: Session, visit: Visit, case_id: str, now: datetime) -> str:
    """How much of a case this person may hand on: all of it (`whole`), the tasks (`tasks`), or nothing."""
    case = session.get_one(Case, case_id)
    verdict = may(session, visit.actor, Action.MANAGE_CASE, case, now=now)
    if verdict.allowed:
        return "whole"
    return "hidden" if verdict.hidden else "tasks"


def _hand_on(
    visit: Visit, whose: str, case_id: str, how: str, candidates: list[str], reason: str, now: datetime
) -> CaseHandedOn:
    if how == "hidden":
        return CaseHandedOn(None, "hidden")
    done = commands.hand_on_case(
        visit.web.store,
        case_id,
        whose=whose,
        candidates=candidates,
        by=visit.actor.staff_id,
        reason=reason,
        now=now,
        zone=visit.web.zone,
        whole=how == "whole",
    )
    with visit.web.store.read() as session:
        number = session.get_one(Case, case_id).number
        to = None if done.to is None else session.get_one(Staff, done.to).name
    return CaseHandedOn(
        case=case_id,
        stays=done.stays,
        number=number,
        to=done.to,
        to_name=to,
        tasks=done.tasks,
        queued=done.queued,
        visits=done.visits,
        appointments=done.appointments,
        own=done.own,
    )


def _loose(
    visit: Visit, whose: str, tasks: tuple[str, ...], candidates: list[str], reason: str, now: datetime
) -> int:
    """Hand on the tasks of no case that this person may reassign; how many."""
    moved = 0
    for each in tasks:
        with visit.web.store.read() as session:
            task = session.get_one(HumanTask, each)
            if not may(session, visit.actor, Action.REASSIGN_TASK, task, now=now):
                continue
        by = visit.actor.staff_id
        moved += (
            commands.hand_on_task(
                visit.web.store, each, whose=whose, candidates=candidates, by=by, reason=reason, now=now
            )
            is not None
        )
    return moved
