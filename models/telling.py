"""Noticing what hooks are told of: rows of deliveries, written in the transaction of what they tell of.

A flush shows which rows it writes, so there is one place for all who change a case, a task or a message. What
is written by a statement past the session has to say so itself (`tell`, `tell_of`). A hook that was made less
than a second ago may miss what other processes do (`beginning.STALE`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import inspect
from sqlalchemy import select as sql_select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from models.base import new_id
from models.beginning import LISTENING, Listening, notice
from models.engine import InstanceStatus
from models.hook import DeliveryStatus, HookDelivery, HookEvent
from models.human_task import TASK_ENDED, HumanTask, TaskKind, TaskStatus
from models.message import MessagePriority, MessageStatus

_MARK: Final = "casewright.told"

GIVE_UP: Final = timedelta(days=3)
"""How long a delivery is tried."""

LOST: Final = frozenset({MessageStatus.FAILED, MessageStatus.BLOCKED, MessageStatus.UNDELIVERED})
"""The statuses of a message that did not reach anybody and never will."""

OVERDUE: Final = "overdue"
"""The entry in a task's history that its due date has passed."""


def pass_on(session: Session, made: Iterable[Any], changed: Iterable[Any]) -> None:
    """Let all hear of these rows, which a flush writes: the processes that begin on records, and hooks."""
    notice(session, made, changed)
    tell(session, made, changed)


def tell(session: Session, made: Iterable[Any], changed: Iterable[Any]) -> None:
    """Write down what hooks hear of these rows, which a flush writes. Called while it does."""
    listening: Listening | None = session.info.get(LISTENING)
    if listening is None:
        return
    rows = [(row, True) for row in made if type(row).__name__ in _EVENTS]
    rows += [(row, False) for row in changed if type(row).__name__ in _EVENTS]
    if not rows:
        return
    hearing = listening.by_event(session)
    if not hearing:
        return
    _write(
        session,
        [
            each
            for row, new in rows
            for event in _EVENTS[type(row).__name__](row, new)
            for each in _deliveries(session, hearing.get(event, ()), event, row)
        ],
    )


def tell_of(session: Session, event: HookEvent, row: Any) -> None:
    """Write down that this has happened to a record that was changed by a statement past the session."""
    listening: Listening | None = session.info.get(LISTENING)
    if listening is not None:
        hooks = listening.by_event(session).get(event, ())
        _write(session, _deliveries(session, hooks, event, row))


def _write(session: Session, deliveries: Sequence[Mapping[str, Any]]) -> None:
    if deliveries:
        session.connection().execute(_unless_told(session.get_bind().dialect.name), deliveries)


def _deliveries(
    session: Session, hooks: Sequence[str], event: HookEvent, row: Any
) -> Sequence[Mapping[str, Any]]:
    """What is inserted for one event: a delivery for each hook that hears of it."""
    if not hooks:
        return ()
    mark = session.info.setdefault(_MARK, new_id())  # each transaction counts once
    now, ident, about = session.info[LISTENING].clock(), new_id(), about_of(session, row)
    return [
        {
            "id": new_id(),
            "hook_id": hook,
            "key": f"{hook}:{event}:{row.id}:{mark}",
            "event_id": f"evt_{ident}",
            "event": event.value,
            "happened_at": now,
            "about": about,
            "status": DeliveryStatus.WAITING,
            "attempts": 0,
            "repeats": 0,
            "next_attempt_at": now,
            "give_up_at": now + GIVE_UP,
        }
        for hook in hooks
    ]


@cache
def _unless_told(dialect: str) -> Any:
    insert = (sqlite.insert if dialect == "sqlite" else postgresql.insert)(HookDelivery)
    return insert.on_conflict_do_nothing(index_elements=["key"])


# -- what is told of a row


def _is_now(row: Any, name: str, new: bool) -> bool:
    return new or inspect(row).attrs[name].history.has_changes()


def _of_case(row: Any, new: bool) -> Iterator[HookEvent]:
    if new:
        yield HookEvent.CASE_OPENED
    elif _is_now(row, "status", new):
        yield HookEvent.CASE_STATUS_CHANGED


def _of_task(row: Any, new: bool) -> Iterator[HookEvent]:
    """An incident is told of as an incident, and not as a task besides."""
    ended = row.status in TASK_ENDED and _is_now(row, "status", new)
    if row.kind is TaskKind.INCIDENT:
        if new:
            yield HookEvent.INCIDENT_OPENED
        if ended:
            yield HookEvent.INCIDENT_RESOLVED
        return
    if new:
        yield HookEvent.TASK_CREATED
    if row.assignee_id is not None and _is_now(row, "assignee_id", new):
        yield HookEvent.TASK_ASSIGNED
    if ended:
        done = row.status is TaskStatus.COMPLETED
        yield HookEvent.TASK_COMPLETED if done else HookEvent.TASK_CANCELLED


def _of_task_event(row: Any, new: bool) -> Iterator[HookEvent]:
    if new and row.action == OVERDUE:
        yield HookEvent.TASK_OVERDUE


def _of_message(row: Any, new: bool) -> Iterator[HookEvent]:
    """An alert is a critical message of a step; notices of work are none."""
    if not _is_now(row, "status", new):
        return
    alert = row.priority is MessagePriority.CRITICAL and row.step_run_id is not None
    if row.status is MessageStatus.SENT and alert:
        yield HookEvent.ALERT_SENT
    if row.status in LOST:
        yield HookEvent.ALERT_FAILED if alert else HookEvent.MESSAGE_UNDELIVERED


def _of_referral(row: Any, new: bool) -> Iterator[HookEvent]:
    if new:
        yield HookEvent.REFERRAL_MADE
    elif _is_now(row, "status", new):
        yield HookEvent.REFERRAL_STATUS_CHANGED


def _of_instance(row: Any, new: bool) -> Iterator[HookEvent]:
    if new:
        yield HookEvent.PROCESS_STARTED
    elif row.status in (InstanceStatus.COMPLETED, InstanceStatus.CANCELLED) and _is_now(row, "status", new):
        yield HookEvent.PROCESS_ENDED


_EVENTS: Final[Mapping[str, Callable[[Any, bool], Iterator[HookEvent]]]] = {
    "Case": _of_case,
    "HumanTask": _of_task,
    "TaskEvent": _of_task_event,
    "Message": _of_message,
    "Referral": _of_referral,
    "Instance": _of_instance,
}
"""The records of which something is told, by their names."""

_OWN: Final[Mapping[str, str]] = {
    "Case": "case",
    "HumanTask": "task",
    "Message": "message",
    "Referral": "referral",
    "Instance": "process",
}


def about_of(session: Session, row: Any) -> dict[str, str]:
    """The ids that are told of a record: its own, that of its case and of the run of its process."""
    if type(row).__name__ == "TaskEvent":
        found = session.connection().execute(_TASK.where(col(HumanTask.id) == row.task_id)).one()
        ids: dict[str, str | None] = {"case": found[0], "process": found[1], "task": row.task_id}
    else:
        ids = {
            "case": getattr(row, "case_id", None),
            "process": getattr(row, "instance_id", None),
            _OWN[type(row).__name__]: row.id,
        }
    return {name: ident for name, ident in ids.items() if ident is not None}


_TASK: Final = sql_select(col(HumanTask.case_id), col(HumanTask.instance_id))
