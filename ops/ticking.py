"""Doing what is due again and again, and how things stand afterwards."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from flows.timers import next_due
from models import TASK_ENDED, HumanTask, Instance, InstanceStatus, Message, MessageStatus
from ops.composition import Engine
from ops.failures import told
from ops.pages.terminal import note
from ops.pulse import Pulse, pulsing
from ops.stopping import until_stopped


def tick_until_stopped(work: Callable[[], int], every: timedelta) -> None:
    """Do `work` at once and then every so often, until Ctrl-C or SIGTERM; what is under way is finished. An
    error of one time does not end the others.
    """
    with until_stopped() as stopped, pulsing([Pulse("tick", every, work)], _trouble):
        note(f"doing what is due every {every.total_seconds():g} seconds; Ctrl-C ends it")
        stopped.wait()
    note("stopped; what is due waits in the database")


def standing_of(engine: Engine) -> dict[str, Any]:
    """What is open now: tasks, incidents, unsent messages, and when the next timer is due."""
    with engine.store.read() as session:
        unsent = (MessageStatus.QUEUED, MessageStatus.SENDING)
        return {
            "open_tasks": _count(session, HumanTask, col(HumanTask.status).not_in(TASK_ENDED)),
            "incidents": _count(session, Instance, col(Instance.status) == InstanceStatus.INCIDENT),
            "unsent_messages": _count(session, Message, col(Message.status).in_(unsent)),
            "next_due": next_due(session),
        }


def _trouble(_name: str, error: Exception) -> None:
    note(f"casewright: {told(error) or type(error).__name__}; tried again at the next time")


def _count(session: Session, table: type[Any], condition: Any) -> int:
    return session.exec(select(func.count()).select_from(table).where(condition)).one()
