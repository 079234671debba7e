"""What is written along with whatever a request writes first, in the same transaction."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Protocol

from sqlmodel import Session


class Alongside(Protocol):
    """Something to be written with the first transaction that is committed."""

    def write(self, session: Session) -> None:
        """Write it; called at the beginning of every writing transaction. What it raises undoes that."""

    def written(self) -> None:
        """The transaction was committed."""


ALONGSIDE: ContextVar[Alongside | None] = ContextVar("alongside", default=None)
"""What the writing transactions of this context write along."""
