"""The people somebody answers for: how much each has, who is away, who covers; and what handing somebody's
work on would move.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, or_
from sqlmodel import Session, col, func, select

from flows.inbox import Caseload, caseload, why_not
from flows.inbox.office.absence import state_of_absence
from models import CASE_OPEN, TASK_ENDED, Case, GroupRole, HumanTask, Staff, StaffGroup
from web.access.actions import Action
from web.access.actor import Actor
from web.access.policy import may
from web.reading.names import Names

MOST: Final = 200
"""People of one list."""


@dataclass(frozen=True, slots=True)
class Away:
    """When somebody is away, and who covers for them. `now` says that they are."""

    starts: datetime
    ends: datetime | None
    now: bool


@dataclass(frozen=True, slots=True)
class Absence:
    """That somebody is away: until when, if that is known, and the name of who covers."""

    ends: datetime | None
    cover: str | None


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the team."""

    id: str
    name: str
    groups: tuple[str, ...]
    tasks: int
    cases: int
    away: Away | None
    cover: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whose absence is planned. `covers` are those who may stand in, by id; `state` is another one
    as soon as somebody changes what is planned.
    """

    id: str
    name: str
    away: Away | None
    cover_id: str | None
    cover: str | None
    covers: Mapping[str, str]
    covers_for: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class Stays:
    """A case that stays where it is, and why: `conflict`, `sealed`, or `not_yours`."""

    id: str
    number: str
    why: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What handing somebody's work on would move. `hidden` is how many cases stay that the one who asks may
    not see.
    """

    load: Caseload
    stays: tuple[Stays, ...]
    hidden: int


def team(session: Session, actor: Actor, now: datetime) -> tuple[Member, ...]:
    """The active people somebody answers for, by name."""
    people = list(session.scalars(_led(actor).order_by(col(Staff.name), col(Staff.id)).limit(MOST)))
    ids, names = [each.id for each in people], Names(session)
    tasks = _grouped(session, HumanTask.assignee_id, ids, col(HumanTask.status).not_in(TASK_ENDED))
    cases = _grouped(session, Case.worker_id, ids, col(Case.status).in_(CASE_OPEN))
    groups: dict[str, list[str]] = {}
    for place in session.exec(select(StaffGroup).where(col(StaffGroup.staff_id).in_(ids))):
        groups.setdefault(place.staff_id, []).append(place.group)
    return tuple(
        Member(
            each.id,
            each.name,
            tuple(sorted(groups.get(each.id, ()))),
            tasks.get(each.id, 0),
            cases.get(each.id, 0),
            away_of(each, now),
            names.of(each.cover_id),
        )
        for each in people
    )


def person(session: Session, staff: Staff, now: datetime) -> Person:
    """Somebody with when they are away, and who may cover."""
    others = select(Staff).where(col(Staff.active), Staff.id != staff.id, _beside(staff))
    names = Names(session)
    covered = (
        select(Staff.name).where(Staff.cover_id == staff.id, col(Staff.active)).order_by(col(Staff.name))
    )
    return Person(
        id=staff.id,
        name=staff.name,
        away=away_of(staff, now),
        cover_id=staff.cover_id,
        cover=names.of(staff.cover_id),
        covers={each.id: each.name for each in session.exec(others.order_by(col(Staff.name)).limit(MOST))},
        covers_for=tuple(session.exec(covered)),
        state=state_of_absence(staff),
    )


def away_of(staff: Staff, now: datetime) -> Away | None:
    """When somebody is away, or will be; None once they are back."""
    if staff.absent_from is None or (staff.absent_until is not None and staff.absent_until <= now):
        return None
    return Away(staff.absent_from, staff.absent_until, staff.absent_from <= now)


def absence_now(session: Session, staff_id: str, now: datetime) -> Absence | None:
    """That somebody is away now; None while they are here."""
    staff = session.get_one(Staff, staff_id)
    away = away_of(staff, now)
    if away is None or not away.now:
        return None
    return Absence(away.ends, Names(session).of(staff.cover_id))


def preview(
    session: Session, actor: Actor, staff: Staff, candidates: Collection[str], now: datetime
) -> Preview:
    """What would move if these were to get somebody's work, and what would stay."""
    load = caseload(session, staff.id, now)
    stays, hidden = [], 0
    for case_id in load.cases:
        case = session.get_one(Case, case_id)
        verdict = may(session, actor, Action.READ_CASE, case, now=now)
        if verdict.hidden:
            hidden += 1
            continue
        why = why_not(session, case, candidates)[1] if candidates else ""
        if not why and not may(session, actor, Action.MANAGE_CASE, case, now=now):
            why = "not_yours"
        if why:
            stays.append(Stays(case.id, case.number, why))
    return Preview(load, tuple(stays), hidden)


def receivers(session: Session, group: str, but: str, now: datetime) -> list[str]:
    """The members of a group who are here and could get somebody's work; those who lead it get none."""
    query = select(Staff).join(StaffGroup, col(StaffGroup.staff_id) == col(Staff.id))
    query = query.where(StaffGroup.group == group, StaffGroup.role == GroupRole.MEMBER)
    found = session.exec(query.where(Staff.id != but))
    return sorted(each.id for each in found if each.is_available(now))


def _led(actor: Actor) -> Select[Any]:
    of_groups = select(StaffGroup.staff_id).where(col(StaffGroup.group).in_(actor.leads))
    led = or_(col(Staff.supervisor_id) == actor.staff_id, col(Staff.id).in_(of_groups))
    found: Select[Any] = select(Staff).where(col(Staff.active), led, Staff.id != actor.staff_id)
    return found


def _beside(staff: Staff) -> Any:
    """Those who work in a group of somebody's, and their supervisor."""
    groups = select(StaffGroup.group).where(StaffGroup.staff_id == staff.id)
    members = select(StaffGroup.staff_id).where(col(StaffGroup.group).in_(groups))
    return or_(col(Staff.id).in_(members), col(Staff.id) == staff.supervisor_id)


def _grouped(session: Session, of: Any, ids: Sequence[str], *where: Any) -> dict[str, int]:
    query = select(col(of), func.count()).where(col(of).in_(ids), *where).group_by(col(of))
    return {row[0]: row[1] for row in session.execute(query)}
