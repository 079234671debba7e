"""The views of the inbox that somebody keeps, or that their teams share."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from sqlmodel import Session, col, or_, select

from models import SavedView, Staff
from web.access.actor import Actor
from web.reading.work.asked import Asked


@dataclass(frozen=True, slots=True)
class View:
    """Filters under a name. `by` is who shares it, None for one's own."""

    id: str
    name: str
    asked: Asked
    first: bool
    group: str | None
    by: str | None

    @property
    def address(self) -> str:
        """Where the inbox shows it."""
        return self.asked.address()


def views_of(session: Session, actor: Actor) -> tuple[View, ...]:
    """One's own by name, then those that one's teams share."""
    shared = col(SavedView.group).in_(actor.teams) if actor.teams else None
    mine = col(SavedView.staff_id) == actor.staff_id
    query = (
        select(SavedView, Staff.name)
        .join(Staff, col(Staff.id) == col(SavedView.staff_id))
        .where(mine if shared is None else or_(mine, shared))
        .order_by(col(SavedView.staff_id) != actor.staff_id, col(SavedView.name), col(SavedView.id))
        .limit(60)
    )
    found = []
    for row, name in session.exec(query):
        own = row.staff_id == actor.staff_id
        found.append(
            View(row.id, row.name, read(row.query), own and row.shown_first, row.group, None if own else name)
        )
    return tuple(found)


def read(query: str) -> Asked:
    """What the query of an address asks for."""
    return Asked.read(dict(parse_qsl(query)))
