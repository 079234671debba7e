"""People who may be the one that somebody asks about, as far as the one who asks may know of them.

Three things can be said. Somebody is *shown* whose case one may read, or who has no case. That somebody is
known *elsewhere*, without saying who, is told only where two details agree well: then the other team is to be
asked. Of a sealed case, and of somebody whom one has said to know, nothing is said at all. Those who are not
shown are kept apart in `unseen`, so that whoever works with them hears of a new contact.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from models import CASE_OPEN, Case, CaseStatus, Client, GroupRole, Staff, StaffGroup
from notifications.background import records_of
from tasks.duplicates.finding_people import Found, find_people
from tasks.duplicates.person_matching import SURE, Sought
from tasks.records.cases import REOPENING_DAYS
from web.access import scope
from web.access.actions import Action
from web.access.actor import Actor
from web.access.links import clients_known
from web.reading.clients import name_of

TOLD_FROM: Final = 60
"""Points from which on it is told that somebody is known elsewhere; two details have to agree for it."""

LEADING: Final = (GroupRole.LEAD, GroupRole.SUPERVISOR, GroupRole.MANAGER)


@dataclass(frozen=True, slots=True)
class MatchCase:
    """A case of somebody who is shown. `reopens` says that a new process would open it again."""

    id: str
    number: str
    status: str
    worker: str | None
    team: str | None
    open: bool
    reopens: bool
    closed_on: date | None


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody who may be the person."""

    client_id: str
    name: str
    born: date | None
    sure: bool
    why: str
    cases: Sequence[MatchCase]

    @property
    def open_case(self) -> MatchCase | None:
        """The case of theirs that somebody works on."""
        return next((each for each in self.cases if each.open), None)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Somebody with such details is known to another team, whose leads can be asked."""

    team: str | None
    leads: Sequence[str]
    why: str


@dataclass(frozen=True, slots=True)
class Matches:
    """What may be told of those who are alike, the likeliest first. `unseen` are clients who are not shown,
    with what agrees; it is never told to the one who asks.
    """

    shown: Sequence[Match] = ()
    elsewhere: Sequence[Elsewhere] = ()
    unseen: Mapping[str, str] = field(default_factory=dict)

    def not_looked_at(self, named: Collection[str]) -> list[Match]:
        """Those whom somebody has not said anything about."""
        return [each for each in self.shown if each.client_id not in named]


def matches(session: Session, actor: Actor, sought: Sought, now: datetime, zone: ZoneInfo) -> Matches:
    """Whoever may be the person."""
    shown: list[Match] = []
    elsewhere: list[Elsewhere] = []
    unseen: dict[str, str] = {}
    alike = find_people(session, sought)
    rights = _rights(session, actor, alike, now)
    for found in alike:
        records = rights.records[found.client_id]
        cases = [each for each in rights.cases if each.client_id in records]
        seen = [each for each in cases if each.id in rights.visible]
        known, hidden = records & rights.known, records & rights.hidden
        if known or (hidden and not seen):
            if _certain(found):
                unseen[found.client_id] = found.likeness.why
        elif seen or not cases:
            client = session.get_one(Client, found.client_id)
            shown.append(_match(session, actor, client, found, seen, now, zone))
        elif _certain(found):
            elsewhere.append(_elsewhere(session, cases, found))
            unseen[found.client_id] = found.likeness.why
    return Matches(shown, elsewhere, unseen)


@dataclass(frozen=True, slots=True)
class _Rights:
    """What is asked for all who are alike at once: the records of each, their cases, which of those the actor
    may read; which records may not be named, and which the actor has said to know.
    """

    records: Mapping[str, frozenset[str]]
    cases: Sequence[Case]
    visible: frozenset[str]
    hidden: frozenset[str]
    known: frozenset[str]


def _rights(session: Session, actor: Actor, alike: Sequence[Found], now: datetime) -> _Rights:
    records = {
        each.client_id: frozenset(
            row.id for row in records_of(session, session.get_one(Client, each.client_id))
        )
        for each in alike
    }
    every = sorted(frozenset().union(*records.values()))
    if not every:
        return _Rights({}, (), frozenset(), frozenset(), frozenset())
    cases = select(Case).where(col(Case.client_id).in_(every), Case.status != CaseStatus.DUPLICATE)
    found = session.exec(cases.order_by(col(Case.received_at).desc(), col(Case.id))).all()
    ids = [each.id for each in found]
    visible = select(Case.id).where(col(Case.id).in_(ids), scope.visible_row(actor, now))
    named = set(session.scalars(scope.findable_clients(actor, now, every).with_only_columns(col(Client.id))))
    known = clients_known(actor).subquery()
    knows = select(known.c.id).where(known.c.id.in_(every))
    return _Rights(
        records=records,
        cases=found,
        visible=frozenset(session.exec(visible)),
        hidden=frozenset(every) - named,
        known=frozenset(session.scalars(knows)),
    )


def _certain(found: Found) -> bool:
    return found.likeness.points >= TOLD_FROM and len(found.likeness.agreeing) > 1


def _match(
    session: Session,
    actor: Actor,
    client: Client,
    found: Found,
    cases: Sequence[Case],
    now: datetime,
    zone: ZoneInfo,
) -> Match:
    listed = cases if actor.within(Action.READ_CASE) else ()
    return Match(
        client_id=client.id,
        name=name_of(client),
        born=client.date_of_birth,
        sure=found.likeness.points >= SURE,
        why=found.likeness.why,
        cases=[_case(session, each, now, zone) for each in listed],
    )


def _case(session: Session, case: Case, now: datetime, zone: ZoneInfo) -> MatchCase:
    worker = None if case.worker_id is None else session.get(Staff, case.worker_id)
    closed = None if case.closed_at is None else case.closed_at.astimezone(zone).date()
    first = now.astimezone(zone).date() - timedelta(days=REOPENING_DAYS)
    lately = case.status is CaseStatus.CLOSED and closed is not None and closed >= first
    return MatchCase(
        id=case.id,
        number=case.number,
        status=case.status.value,
        worker=None if worker is None else worker.name,
        team=case.team,
        open=case.status in CASE_OPEN,
        reopens=lately,
        closed_on=closed,
    )


def _elsewhere(session: Session, cases: Sequence[Case], found: Found) -> Elsewhere:
    case = next((each for each in cases if each.status in CASE_OPEN), cases[0])
    query = (
        select(Staff.name)
        .join(StaffGroup, col(StaffGroup.staff_id) == col(Staff.id))
        .where(StaffGroup.group == case.team, col(StaffGroup.role).in_(LEADING), col(Staff.active))
        .order_by(col(Staff.name))
    )
    return Elsewhere(case.team, list(session.exec(query)), found.likeness.why)
