"""Beginning at once what begins with a critical step (engine.md R3, R7.2): any live process does it, beside
the one that ticks, so that a person in danger waits for no other timer.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import JSON, ColumnElement, type_coerce
from sqlmodel import Session, col, select

from definitions import DefinitionError
from flows.errors import NotFoundError
from flows.runtime import Runtime
from flows.steps.state import critical_at_start
from flows.timers import fire_alone
from flows.versions import Plans, latest
from models import Timer, TimerPurpose

MOST: Final = 50
"""Beginnings that are fired together."""

PROCESS: Final[Any] = type_coerce(Timer.detail, JSON)["process"].as_string()
"""The process that a timer begins."""


def urgent_beginnings(runtime: Runtime, plans: Plans) -> list[str]:
    """The timers that are due and begin a process with a critical first step, the oldest first. However many
    ordinary ones are due, none of these waits behind them.
    """
    with runtime.store.read() as session:
        due = _due(runtime)
        waiting = session.exec(select(PROCESS).where(*due).distinct())
        urgent = [process for process in waiting if _urgent(session, plans, process)]
        if not urgent:
            return []
        query = select(Timer.id).where(*due, PROCESS.in_(urgent))
        return list(session.exec(query.order_by(col(Timer.due_at), col(Timer.id)).limit(MOST)))


def _due(runtime: Runtime) -> tuple[ColumnElement[bool], ...]:
    """The beginnings that are due: the first two conditions are those of the index of open timers."""
    return (
        col(Timer.fired_at).is_(None),
        col(Timer.withdrawn_at).is_(None),
        col(Timer.due_at) <= runtime.clock(),
        col(Timer.purpose) == TimerPurpose.BEGIN,
    )


def _urgent(session: Session, plans: Plans, process: str) -> bool:
    try:
        return critical_at_start(plans.of(latest(session, process)))
    except (DefinitionError, NotFoundError):
        return False  # whoever ticks asks a person about it


def begin_now(runtime: Runtime, plans: Plans, timers: Sequence[str]) -> int:
    """Fire these timers, each in a transaction of its own; returns how many nobody else had fired."""
    fired = 0
    for each in timers:
        with runtime.store.write("begin") as session:
            query = select(Timer).where(
                Timer.id == each, col(Timer.fired_at).is_(None), col(Timer.withdrawn_at).is_(None)
            )
            timer = session.exec(query.with_for_update(skip_locked=True, key_share=True)).first()
            if timer is not None:
                fire_alone(session, runtime, plans, timer)
                fired += 1
    return fired
