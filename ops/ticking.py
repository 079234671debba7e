"""Doing what is due again and again, and how things stand afterwards."""

import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from flows.timers import next_due
from models import TASK_ENDED, HumanTask, Instance, InstanceStatus, Message, MessageStatus
from ops.composition import Engine
from ops.terminal import note


def tick_until_stopped(work: Callable[[], int], every: timedelta) -> None:
    """Do `work` at once and then every so often, until Ctrl-C or SIGTERM. An error of one time does not end
    the others.
    """
    from apscheduler.executors.debug import DebugExecutor
    from apscheduler.schedulers.blocking import BlockingScheduler

    # this executor runs a job in the scheduler's own thread, where Ctrl-C and Prefect's loop belong
    scheduler = BlockingScheduler(timezone=UTC, executors={"default": DebugExecutor()})
    scheduler.add_job(
        lambda: _once(work, scheduler.shutdown),
        "interval",
        seconds=every.total_seconds(),
        next_run_time=datetime.now(UTC),
        coalesce=True,
        misfire_grace_time=None,  # a late one is done, not dropped (APScheduler's default drops after 1 s)
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    note(f"doing what is due every {every.total_seconds():g} seconds; Ctrl-C ends it")
    try:
        scheduler.start()
    except (KeyboardInterrupt, SystemExit):
        scheduler.shutdown(wait=False)
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


def _once(work: Callable[[], int], stop: Callable[..., None]) -> None:
    from ops.failures import told

    try:
        work()
    except KeyboardInterrupt:  # the executor would swallow it
        stop(wait=False)
    except Exception as error:  # the database may be back at the next time; the timers wait in it
        note(f"casewright: {told(error) or type(error).__name__}; tried again at the next time")


def _count(session: Session, table: type[Any], condition: Any) -> int:
    return session.exec(select(func.count()).select_from(table).where(condition)).one()
