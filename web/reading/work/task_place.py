"""Where a page of the list of tasks ends, which is read from the most urgent on."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, and_, literal, or_

from models import UtcDateTime


@dataclass(frozen=True, slots=True)
class TaskPlace:
    """The place of a task in the order of the list: `later` is 0 for what brooks no delay and 1 for the rest,
    `until` by when something has to be done (None comes last).
    """

    later: int
    until: datetime | None
    id: str

    def text(self) -> str:
        """The place as a text for an address."""
        until = "" if self.until is None else self.until.isoformat()
        return urlsafe_b64encode(f"{self.later} {until} {self.id}".encode()).decode("ascii")

    @classmethod
    def read(cls, text: str) -> Self:
        """The place that a text names. ValueError or OverflowError for one that `text` did not make."""
        later, moment, ident = urlsafe_b64decode(text.encode("ascii")).decode().split(" ")
        until = None if not moment else datetime.fromisoformat(moment)
        if later not in ("0", "1") or not (ident.isascii() and ident.isalnum()):
            raise ValueError("no place of a list")
        if until is not None and until.tzinfo is None:
            raise ValueError("no place of a list")
        return cls(int(later), None if until is None else until.astimezone(UTC), ident)

    def passed(self, later: Any, until: Any, ident: Any) -> ColumnElement[bool]:
        """The condition on these columns that a task comes after the place."""
        if self.until is None:
            behind = and_(until.is_(None), ident > self.id)
        else:
            moment = literal(self.until, UtcDateTime())
            behind = or_(until.is_(None), until > moment, and_(until == moment, ident > self.id))
        return or_(later > self.later, and_(later == self.later, behind))
