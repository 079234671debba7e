"""Whether a step that went wrong is tried again, and when: a decision, nothing else. Nobody sleeps here."""

from datetime import datetime

from definitions.schema import Retry
from definitions.time.calendars import Due, WorkingCalendar
from definitions.time.clocks import LONGEST


def next_try(
    retry: Retry | None,
    *,
    failed: int,
    code: str,
    now: datetime,
    calendar: WorkingCalendar,
    draw: float,
    until: datetime | None,
) -> Due | None:
    """When a step that has failed `failed` times, the last time with the error `code`, is tried again; None
    when it is not: its tries are used up, the error is another one than those of `only`, or the next try
    would not come before `until`.

    `draw` (0 to 1) says by how much of `spread` the wait is shortened.
    """
    if retry is None or failed >= retry.attempts:
        return None
    if retry.only is not None and code not in retry.only:
        return None
    due = _due(retry, failed, now, calendar, draw)
    return None if until is not None and due.moment_utc >= until else due


def _due(retry: Retry, failed: int, now: datetime, calendar: WorkingCalendar, draw: float) -> Due:
    wait = retry.wait.parsed
    amount = min(wait.amount * retry.factor ** (failed - 1), LONGEST[wait.unit])
    moment = calendar.add(now, amount, wait.unit).moment_utc
    if retry.longest is not None:
        longest = retry.longest.parsed
        moment = min(moment, calendar.add(now, longest.amount, longest.unit).moment_utc)
    shorter = (moment - now) * (retry.spread / 100 * draw)
    return calendar.at(moment - shorter)
