"""The audit as data protection looks through it: what people did, by case, person, kind and time.

It is read from the newest row on, in pages. What people did is found by an index of its own; what processes
did stands in the audit too, and is shown for one case.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, false, func, or_, text
from sqlmodel import Session, col, select

from flows.sealing import last_seal
from models import PEOPLES_ACTS, AuditEvent, Case, Staff
from tasks.history import Act
from web.reading.clients import like
from web.reading.cursor import cursor, older, place_of
from web.reading.said import search_of

PAGE: Final = 100
USUAL: Final = timedelta(days=7)
"""How far back it looks where nothing else is said."""

WHOLE: Final = timedelta(days=3_660)
"""How far back where it is about one case."""

MOST_PEOPLE: Final = 50

KINDS: Final[Mapping[str, frozenset[Act]]] = {
    "looked": frozenset({Act.READ, Act.SEARCH}),
    "taken": frozenset({Act.EXPORT, Act.PRINT, Act.DISCLOSE}),
    "opened": frozenset({Act.BREAK_GLASS, Act.REVIEW}),
    "hidden": frozenset({Act.SEAL_CASE, Act.UNSEAL_CASE, Act.CONFLICT}),
    "logins": frozenset({Act.LOG_IN, Act.LOG_OUT}),
    "failed": frozenset({Act.LOG_IN_FAILED}),
    "changed": frozenset(
        {
            *(Act.CREATE, Act.UPDATE, Act.DELETE, Act.SET_ASIDE, Act.RESTORE, Act.OVERRIDE, Act.SEND),
            *(Act.HOLD, Act.RESUME, Act.CANCEL, Act.RETRY, Act.SKIP),
        }
    ),
}
"""The kinds by which it is asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for. `since` and `until` are days at the office, both included; without them it is the
    last week, and for one case all of it.
    """

    case: str = ""
    person: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None
    processes: bool = False
    after: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the query of an address; what is not understood counts as not said."""
        kind = query.get("kind", "")
        return cls(
            case=search_of(query, "case"),
            person=search_of(query, "person"),
            kind=kind if kind in KINDS else "",
            since=_day(query.get("since")),
            until=_day(query.get("until")),
            processes=query.get("processes") == "1",
            after=query.get("after", "")[:200],
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything but the page was asked for."""
        return bool(self.case or self.person or self.kind or self.since or self.until or self.processes)

    def further(self, after: str) -> str:
        """The address of the page that follows."""
        said = {
            "case": self.case,
            "person": self.person,
            "kind": self.kind,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "processes": "1" if self.processes else "",
            "after": after,
        }
        return "/audit?" + urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One row: when, who, what with which parts of what, in which case, why. `sealed`: it has its seal."""

    id: str
    at: datetime
    who: str
    act: str
    record: str
    record_id: str | None
    fields: tuple[str, ...]
    case: str | None
    reason: str | None
    sealed: bool


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page, the newest first; `next` is where the one that follows begins, None for the last one.
    `since` and `until` are the days that were looked through.
    """

    rows: tuple[AuditLine, ...]
    next: str | None
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class SealState:
    """How far the audit is sealed: the newest seal, and what waits for the next one; then how the last look
    at all of it came out, in the words that were written down.
    """

    number: int
    digest: str
    sealed_at: datetime | None
    unsealed: int
    looked_at: datetime | None
    found: str


def audit_page(session: Session, asked: Asked, now: datetime, zone: ZoneInfo) -> AuditPage:
    """What was asked for. Whoever shows it leaves a trace in the audit. ValueError for an `after` that is
    none of ours, and for a day that nothing can be of.
    """
    until = asked.until or now.astimezone(zone).date()
    if not all(1900 <= each.year <= 2200 for each in (until, asked.since or until)):
        raise ValueError("no day of the audit")
    since = asked.since or until - (WHOLE if asked.case else USUAL)
    conditions = [*_within(since, until, zone), *_about(session, asked)]
    if asked.after:
        conditions.append(older(AuditEvent.at, AuditEvent.id, place_of(asked.after)))
    query: Any = (
        select(AuditEvent, Staff.name, Case.number)
        .outerjoin(Staff, col(Staff.id) == col(AuditEvent.actor))
        .outerjoin(Case, col(Case.id) == col(AuditEvent.case_id))
        .where(*conditions)
        .order_by(col(AuditEvent.at).desc(), col(AuditEvent.id).desc())
        .limit(PAGE + 1)
    )
    found = [_line(*row) for row in session.exec(query)]
    rows = tuple(found[:PAGE])
    further = cursor((rows[-1].at, rows[-1].id)) if len(found) > PAGE else None
    return AuditPage(rows, further, since, until)


def seal_state(session: Session) -> SealState:
    """How far the audit is sealed."""
    last = last_seal(session)
    waiting = select(func.count()).where(col(AuditEvent.seal).is_(None))
    looked = session.exec(
        select(AuditEvent)
        .where(AuditEvent.record == "AuditSeal", AuditEvent.action == Act.VERIFY.value)
        .order_by(col(AuditEvent.at).desc())
        .limit(1)
    ).first()
    return SealState(
        number=0 if last is None else last.number,
        digest="" if last is None else last.digest,
        sealed_at=None if last is None else last.sealed_at,
        unsealed=session.exec(waiting).one(),
        looked_at=None if looked is None else looked.at,
        found="" if looked is None else looked.reason or "",
    )


def _about(session: Session, asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.case:
        case = session.exec(select(Case.id).where(Case.number == asked.case)).first()
        found.append(false() if case is None else col(AuditEvent.case_id) == case)
    if not (asked.processes and asked.case):
        found.append(text(PEOPLES_ACTS))  # type: ignore[arg-type]  # the words of the partial index
    if asked.person:
        found.append(col(AuditEvent.actor).in_(_people(session, asked.person)))
    if asked.kind:
        found.append(col(AuditEvent.action).in_([each.value for each in KINDS[asked.kind]]))
    return found


def _people(session: Session, words: str) -> Collection[str]:
    """The staff ids of those whom somebody means by a part of a name or e-mail address."""
    query = select(Staff.id)
    for word in words.split():
        pattern = like(word)
        query = query.where(
            or_(col(Staff.name).ilike(pattern, escape="/"), col(Staff.email).ilike(pattern, escape="/"))
        )
    return set(session.exec(query.limit(MOST_PEOPLE)))


def _within(since: date, until: date, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    begin = datetime.combine(since, time(), zone)
    end = datetime.combine(until + timedelta(days=1), time(), zone)
    return [col(AuditEvent.at) >= begin, col(AuditEvent.at) < end]


def _line(row: AuditEvent, name: str | None, number: str | None) -> AuditLine:
    return AuditLine(
        id=row.id,
        at=row.at,
        who=name or row.actor,
        act=row.action,
        record=row.record,
        record_id=row.record_id,
        fields=tuple(row.fields),
        case=number,
        reason=row.reason,
        sealed=row.seal is not None,
    )


def _day(said: str | None) -> date | None:
    try:
        found = date.fromisoformat(said or "")
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2200 else None
