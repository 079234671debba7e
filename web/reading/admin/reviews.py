"""What waits for somebody else's eyes: cases that were opened with a reason, and "I know this person"."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, col, select

from models import AuditEvent, BreakGlass, Case, Conflict
from tasks.history import Act
from web.access import scope
from web.access.actor import Actor
from web.reading.names import Names

LATELY: Final = timedelta(days=90)
"""How far back what was reviewed is shown."""

MOST: Final = 100
SEEN: Final = (Act.READ, Act.EXPORT, Act.PRINT)
MOST_SEEN: Final = 12


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody did with the case while it was open to them."""

    at: datetime
    act: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpeningLine:
    """A case that was opened. `case_id` is there where the one who looks may read the case too."""

    id: str
    number: str
    case_id: str | None
    who: str
    reason: str
    opened_at: datetime
    expires_at: datetime
    seen: tuple[Seen, ...]
    reviewed_at: datetime | None
    reviewed_by: str | None
    finding: str | None


@dataclass(frozen=True, slots=True)
class ConflictLine:
    """Somebody's standing "I know this person". `cases` are the numbers of those of the client's cases that
    the one who looks may read: number and id.
    """

    id: str
    who: str
    reason: str
    declared_at: datetime
    cases: tuple[tuple[str, str], ...]


def waiting_openings(session: Session, actor: Actor, now: datetime) -> list[OpeningLine]:
    """The openings that wait for this person's review, the oldest first."""
    query = scope.opened_to_review(actor, now).order_by(col(BreakGlass.opened_at), col(BreakGlass.id))
    return _lines(session, actor, now, list(session.scalars(query.limit(MOST))))


def reviewed_openings(session: Session, actor: Actor, now: datetime) -> list[OpeningLine]:
    """Those that were reviewed in the last three months, the latest first."""
    query = scope.opened_and_reviewed(actor, now).where(col(BreakGlass.reviewed_at) > now - LATELY)
    latest = query.order_by(col(BreakGlass.reviewed_at).desc(), col(BreakGlass.id))
    return _lines(session, actor, now, list(session.scalars(latest.limit(MOST))))


def own_openings(session: Session, actor: Actor, now: datetime) -> list[OpeningLine]:
    """What somebody opened themselves in the last three months, the latest first."""
    query = select(BreakGlass).where(
        BreakGlass.staff_id == actor.staff_id, col(BreakGlass.expires_at) > now - LATELY
    )
    latest = query.order_by(col(BreakGlass.opened_at).desc(), col(BreakGlass.id))
    return _lines(session, actor, now, list(session.exec(latest.limit(MOST))))


def conflicts_of(session: Session, actor: Actor, now: datetime) -> list[ConflictLine]:
    """The standing "I know this person" of others that the actor may end, the oldest first."""
    query = scope.conflicts_to_end(actor).order_by(col(Conflict.declared_at), col(Conflict.id))
    found, names = list(session.scalars(query.limit(MOST))), Names(session)
    clients = [each.client_id for each in found]
    readable = scope.visible_cases(actor, now).where(col(Case.client_id).in_(clients))
    cases: dict[str, list[tuple[str, str]]] = {}
    for case in session.scalars(readable.order_by(col(Case.number))):
        cases.setdefault(case.client_id, []).append((case.number, case.id))
    return [
        ConflictLine(
            id=each.id,
            who=names.of(each.staff_id) or "somebody",
            reason=each.reason,
            declared_at=each.declared_at,
            cases=tuple(cases.get(each.client_id, ())),
        )
        for each in found
    ]


def _lines(session: Session, actor: Actor, now: datetime, rows: list[BreakGlass]) -> list[OpeningLine]:
    ids = {each.case_id for each in rows}
    numbers = dict(session.exec(select(Case.id, Case.number).where(col(Case.id).in_(ids))).all())
    shown = scope.visible_cases(actor, now).where(col(Case.id).in_(ids)).with_only_columns(col(Case.id))
    readable, names = set(session.scalars(shown)), Names(session)
    return [
        OpeningLine(
            id=each.id,
            number=numbers[each.case_id],
            case_id=each.case_id if each.case_id in readable else None,
            who=names.of(each.staff_id) or "somebody",
            reason=each.reason,
            opened_at=each.opened_at,
            expires_at=each.expires_at,
            seen=_seen(session, each),
            reviewed_at=each.reviewed_at,
            reviewed_by=names.of(each.reviewed_by),
            finding=each.finding,
        )
        for each in rows
    ]


def _seen(session: Session, opened: BreakGlass) -> tuple[Seen, ...]:
    query = (
        select(AuditEvent)
        .where(
            AuditEvent.case_id == opened.case_id,
            AuditEvent.actor == opened.staff_id,
            col(AuditEvent.action).in_([each.value for each in SEEN]),
            col(AuditEvent.at).between(opened.opened_at, opened.expires_at),
        )
        .order_by(col(AuditEvent.at), col(AuditEvent.id))
    )
    return tuple(
        Seen(each.at, each.action, tuple(each.fields)) for each in session.exec(query.limit(MOST_SEEN))
    )
