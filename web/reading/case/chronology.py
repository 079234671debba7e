"""The chronology of a case: from the day of the allocation, the significant entries or all of them, by kind,
person and time.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Self
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, literal, tuple_
from sqlmodel import Session, col, select

from models import Case, ChronologyEntry, Staff, UtcDateTime
from tasks.history import Happening
from web.reading.names import Names
from web.reading.said import page_of

PAGE: Final = 100
MOST: Final = 5_000
"""Entries of a printed chronology at most; how many there are is said."""

KINDS: Final[Mapping[str, tuple[str, frozenset[Happening]]]] = {
    "risk": (
        "Risk and safety",
        frozenset(
            {
                Happening.RISK_CHANGED,
                Happening.PRIORITY_CHANGED,
                Happening.SCORE_CALCULATED,
                Happening.SUM_CALCULATED,
                Happening.DANGER_REPORTED,
            }
        ),
    ),
    "meetings": (
        "Appointments and visits",
        frozenset(
            {
                Happening.APPOINTMENT_BOOKED,
                Happening.APPOINTMENT_MOVED,
                Happening.APPOINTMENT_CANCELLED,
                Happening.VISITS_SCHEDULED,
                Happening.VISIT_DONE,
                Happening.VISIT_MISSED,
                Happening.VISIT_EXEMPTED,
                Happening.VISITS_ENDED,
                Happening.VISIT_MOVED,
                Happening.APPOINTMENT_KEPT,
                Happening.APPOINTMENT_MISSED,
            }
        ),
    ),
    "tasks": (
        "Tasks and answers",
        frozenset(
            {
                Happening.TASK_ASSIGNED,
                Happening.TASK_ESCALATED,
                Happening.TASK_COMPLETED,
                Happening.CHECKLIST_COMPLETED,
                Happening.ANSWER_CORRECTED,
                Happening.DEADLINE_PASSED,
            }
        ),
    ),
    "referrals": (
        "Referrals and consent",
        frozenset(
            {
                Happening.REFERRAL_MADE,
                Happening.REFERRAL_CHANGED,
                Happening.NEED_UNMET,
                Happening.CONSENT_GIVEN,
                Happening.CONSENT_REFUSED,
                Happening.CONSENT_WITHDRAWN,
            }
        ),
    ),
    "plan": (
        "Notes and plan",
        frozenset(
            {
                Happening.NOTE_SIGNED,
                Happening.NOTE_CORRECTED,
                Happening.PLAN_PROPOSED,
                Happening.PLAN_AGREED,
                Happening.PLAN_REVIEWED,
                Happening.GOAL_CHANGED,
            }
        ),
    ),
    "messages": ("Messages", frozenset({Happening.MESSAGE_SENT, Happening.MESSAGE_FAILED})),
}
"""What one may look for; `rest` is whatever is in none of them."""

REST: Final = ("rest", "The case and its processes")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page was asked for. `everything`: also what is not significant. `first`: the oldest entries
    first. What the address says otherwise than it can counts as not said.
    """

    kind: str = ""
    who: str = ""
    since: date | None = None
    until: date | None = None
    everything: bool = False
    first: bool = False
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the query of an address."""
        kind = query.get("kind", "")
        return cls(
            kind=kind if kind in (*KINDS, REST[0]) else "",
            who=query.get("who", "")[:60],
            since=_day(query.get("since", "")),
            until=_day(query.get("until", "")),
            everything=query.get("all") == "1",
            first=query.get("order") == "first",
            page=page_of(query),
        )

    def between(self, since: date | None, until: date | None) -> Self:
        """The same from one day to another, both included."""
        return replace(self, since=since, until=until)

    def address(self, base: str, page: int = 1, **changed: str) -> str:
        """The address of another page of the same, or of the same with something changed."""
        said = {
            "kind": self.kind,
            "who": self.who,
            "since": "" if self.since is None else self.since.isoformat(),
            "until": "" if self.until is None else self.until.isoformat(),
            "all": "1" if self.everything else "",
            "order": "first" if self.first else "",
            "page": str(page) if page > 1 else "",
            **changed,
        }
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{base}?{query}" if query else base

    @property
    def narrowed(self) -> bool:
        """Whether some entries were asked for and not all."""
        return bool(self.kind or self.who or self.since or self.until)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `who` is empty where a process did it; `corrects` is what it corrects, `corrected` says that
    a later one corrects it.
    """

    day: date
    at: datetime | None
    title: str
    detail: str
    who: str
    significant: bool
    corrected: bool
    corrects: str


@dataclass(frozen=True, slots=True)
class Chronology:
    """The entries of one page, whether there are more, and by whom there are entries at all: ids with
    names.
    """

    entries: tuple[Entry, ...]
    more: bool
    people: Mapping[str, str]


def chronology(session: Session, case: Case, wanted: Wanted, *, size: int = PAGE) -> Chronology:
    """The chronology of a case as it was asked for."""
    shown, more = entries(session, case, wanted, size=size)
    return Chronology(shown, more, _people(session, case))


def entries(session: Session, case: Case, wanted: Wanted, *, size: int) -> tuple[tuple[Entry, ...], bool]:
    """Its entries alone, and whether there are more."""
    query = select(ChronologyEntry).where(ChronologyEntry.case_id == case.id, *_where(wanted))
    query = query.order_by(*_order(first=wanted.first)).offset((wanted.page - 1) * size).limit(size + 1)
    rows = session.exec(query).all()
    return tuple(_entries(session, rows[:size])), len(rows) > size


def entries_after(
    session: Session, case: Case, wanted: Wanted, after: str | None, *, size: int = PAGE
) -> tuple[tuple[Entry, ...], str | None] | None:
    """The entries that come after one (the first ones without it), whatever page was wanted, and which of
    them is the last; None for that where there are no more. None where the case has no such entry.
    """
    query = select(ChronologyEntry).where(ChronologyEntry.case_id == case.id, *_where(wanted))
    if after is not None:
        last = session.get(ChronologyEntry, after)
        if last is None or last.case_id != case.id:
            return None
        columns = tuple_(*_COLUMNS)
        place = tuple_(literal(last.happened_on), literal(last.recorded_at, UtcDateTime()), literal(last.id))
        query = query.where(columns > place if wanted.first else columns < place)
    rows = session.exec(query.order_by(*_order(first=wanted.first)).limit(size + 1)).all()
    more = rows[size - 1].id if len(rows) > size else None
    return tuple(_entries(session, rows[:size])), more


def _where(wanted: Wanted) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.kind == REST[0]:
        known = [each.value for _, kinds in KINDS.values() for each in kinds]
        found.append(col(ChronologyEntry.kind).not_in(known))
    elif wanted.kind:
        found.append(col(ChronologyEntry.kind).in_([each.value for each in KINDS[wanted.kind][1]]))
    if wanted.who:
        found.append(col(ChronologyEntry.by) == wanted.who)
    if wanted.since is not None:
        found.append(col(ChronologyEntry.happened_on) >= wanted.since)
    if wanted.until is not None:
        found.append(col(ChronologyEntry.happened_on) <= wanted.until)
    if not wanted.everything:
        found.append(col(ChronologyEntry.significant).is_(True))
    return found


_COLUMNS: Final = (
    col(ChronologyEntry.happened_on),
    col(ChronologyEntry.recorded_at),
    col(ChronologyEntry.id),
)


def _order(*, first: bool) -> tuple[Any, ...]:
    return _COLUMNS if first else tuple(each.desc() for each in _COLUMNS)


def _entries(session: Session, rows: Iterable[ChronologyEntry]) -> Iterable[Entry]:
    shown, names = list(rows), Names(session)
    ids = [row.id for row in shown]
    corrected = set(
        session.exec(select(ChronologyEntry.corrects_id).where(col(ChronologyEntry.corrects_id).in_(ids)))
    )
    for row in shown:
        earlier = None if row.corrects_id is None else session.get(ChronologyEntry, row.corrects_id)
        yield Entry(
            day=row.happened_on,
            at=row.happened_at,
            title=row.title,
            detail=row.detail or "",
            who=names.of(row.by) or "",
            significant=row.significant,
            corrected=row.id in corrected,
            corrects="" if earlier is None else earlier.title,
        )


def _people(session: Session, case: Case) -> Mapping[str, str]:
    """The members of staff who did something in the case, by name."""
    by = select(ChronologyEntry.by).where(ChronologyEntry.case_id == case.id)
    found = session.exec(select(Staff).where(col(Staff.id).in_(by)).order_by(col(Staff.name)))
    return {each.id: each.name for each in found}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
