"""The trace that looking leaves: every read of a case, search, export and login is a row of the audit, in the
transaction of what was looked at. Nothing is shown unless its row is committed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection
from sqlmodel import Session

from models import Case, CohortSession, HumanTask, Late, Store
from tasks.history import Act, write_audit

NOBODY = "unknown"
"""Who did it when nobody knows: a failed login of no account."""


@contextmanager
def watched(store: Store) -> Iterator[CohortSession]:
    """A transaction for looking at something and writing down that one has. On SQLite it takes the writer's
    place only for the row that it writes, not while it reads.
    """
    with store.write(late=Late(waits=_nothing, begun=_as_it_is)) as session:
        yield session


def case_read(
    session: Session, by: str, case: Case, now: datetime, fields: Collection[str], reason: str | None = None
) -> None:
    """Somebody was shown these parts of a case."""
    write_audit(session, by, Act.READ, "Case", case.id, now, fields=fields, case_id=case.id, reason=reason)


def case_printed(session: Session, by: str, case: Case, now: datetime, fields: Collection[str]) -> None:
    """Somebody was given these parts of a case to print."""
    write_audit(session, by, Act.PRINT, "Case", case.id, now, fields=fields, case_id=case.id)


def task_read(session: Session, by: str, task: HumanTask, now: datetime) -> None:
    """Somebody was shown a task with its form."""
    fields = ("form", "details")
    write_audit(session, by, Act.READ, "HumanTask", task.id, now, fields=fields, case_id=task.case_id)


def task_printed(session: Session, by: str, task: HumanTask, now: datetime, fields: Collection[str]) -> None:
    """Somebody took a task's form away on paper."""
    write_audit(session, by, Act.PRINT, "HumanTask", task.id, now, fields=fields, case_id=task.case_id)


def searched(session: Session, by: str, record: str, fields: Collection[str], now: datetime) -> None:
    """Somebody searched records by these fields; what they typed is not kept."""
    write_audit(session, by, Act.SEARCH, record, None, now, fields=fields)


def exported(
    session: Session, by: str, record: str, fields: Collection[str], now: datetime, reason: str | None = None
) -> None:
    """Somebody took a list away, with these columns."""
    write_audit(session, by, Act.EXPORT, record, None, now, fields=fields, reason=reason)


def _nothing() -> None:
    """Nobody has to be told that one waits for one's turn."""


def _as_it_is(_connection: Connection) -> None:
    """What was read before the row is written was true when it was read."""
