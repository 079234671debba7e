"""Doing things again and again, whatever becomes of the clock (APScheduler, without job stores of its own).

APScheduler keeps the time of the next turn by the time of day. A clock that is set back would stop it for as
long as it was set back, and one that is set forward would make it count every turn in between. So a turn is
planned from now, and a watch that no clock moves notices when the time of day has jumped.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any, Final

JUMP: Final = 2.0
"""Seconds by which the time of day may part from the watch before it counts as a jump."""

LOOK: Final = 1.0
"""Seconds between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """Something that is done every so often, never twice at once. An error of one turn does not end the
    others.
    """

    name: str
    every: timedelta
    act: Callable[[], object]


@contextmanager
def pulsing(pulses: Sequence[Pulse], trouble: Callable[[str, Exception], None]) -> Iterator[None]:
    """Do these, each at once and then every so often, each in a thread of its own, until the block ends;
    what is under way then is finished. `trouble` is told the name and the error of a turn that failed.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    # a turn that lasts longer than the interval is what `coalesce` is for; APScheduler would warn each time
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    scheduler = BackgroundScheduler(timezone=UTC, executors={"default": ThreadPoolExecutor(len(pulses))})
    for pulse in pulses:
        scheduler.add_job(
            _turn(pulse, trouble),
            _trigger(pulse.every),
            max_instances=1,  # one that lasts longer than the interval is not joined by a second one
            coalesce=True,
            misfire_grace_time=None,  # a late one is done, not dropped (APScheduler drops after 1 s)
        )
    stopped = Event()
    watch = Thread(target=_watch, args=(scheduler, stopped), name="clock-watch", daemon=True)
    scheduler.start()
    watch.start()
    try:
        yield
    finally:
        stopped.set()
        watch.join()
        scheduler.shutdown(wait=True)


def _turn(pulse: Pulse, trouble: Callable[[str, Exception], None]) -> Callable[[], None]:
    def turn() -> None:
        try:
            pulse.act()
        except Exception as error:  # the database may be back at the next turn
            trouble(pulse.name, error)

    return turn


def _trigger(every: timedelta) -> Any:
    from apscheduler.triggers.base import BaseTrigger

    class FromNow(BaseTrigger):  # type: ignore[misc]  # APScheduler has no types
        """The next turn is `every` from now, never from when the last one should have been."""

        def get_next_fire_time(self, previous: datetime | None, now: datetime) -> datetime:
            return now if previous is None else now + every

    return FromNow()


def _watch(scheduler: Any, stopped: Event) -> None:
    apart = _apart()
    while not stopped.wait(LOOK):
        if abs(_apart() - apart) > JUMP:
            apart = _apart()
            for job in scheduler.get_jobs():
                job.modify(next_run_time=datetime.now(UTC))


def _apart() -> float:
    """The time of day less the watch that no clock moves; it stays the same until the clock is set."""
    return time.time() - time.monotonic()
