"""Doing what is due again and again, and how things stand afterwards."""

import logging
import signal
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from flows.timers import next_due
from models import TASK_ENDED, HumanTask, Instance, InstanceStatus, Message, MessageStatus
from ops.composition import Engine
from ops.pages.terminal import note


def tick_until_stopped(work: Callable[[], int], every: timedelta) -> None:
    """Do `work` at once and then every so often, until Ctrl-C or SIGTERM; what is under way is finished. An
    error of one time does not end the others.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    # a tick that lasts longer than the interval is what `coalesce` is for; APScheduler would warn each time
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    stopped = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(1)})
    scheduler.add_job(
        lambda: _once(work),
        "interval",
        seconds=every.total_seconds(),
        next_run_time=datetime.now(UTC),
        max_instances=1,  # one that lasts longer than the interval is not joined by a second one
        coalesce=True,
        misfire_grace_time=None,  # a late one is done, not dropped (APScheduler's default drops after 1 s)
    )
    scheduler.start()
    note(f"doing what is due every {every.total_seconds():g} seconds; Ctrl-C ends it")
    stopped.wait()
    scheduler.shutdown(wait=True)
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


def _once(work: Callable[[], int]) -> None:
    from ops.failures import told

    try:
        work()
    except Exception as error:  # the database may be back at the next time; the timers wait in it
        note(f"casewright: {told(error) or type(error).__name__}; tried again at the next time")


def _count(session: Session, table: type[Any], condition: Any) -> int:
    return session.exec(select(func.count()).select_from(table).where(condition)).one()
