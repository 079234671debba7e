"""The demo's clock: the time of day that it is, except at night.

At night a message waits for the morning, and a demo that is started at night would end with messages that
wait. So its night passes in the evening before the quiet hours begin.
"""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

DAY_BEGINS: Final = time(9)
DAY_ENDS: Final = time(19)
FASTER: Final = 8
"""14 hours of night take 1 h 45 min of evening: 19:00 to 20:45, before the quiet hours at 21:00."""


def by_day(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment itself, in UTC, between 9:00 and 19:00 of the zone; at night a moment of the evening before.

    A later moment never gives an earlier one.
    """
    local = moment.astimezone(zone)
    if DAY_BEGINS <= local.time() < DAY_ENDS:
        return moment.astimezone(UTC)
    day = local.date() if local.time() >= DAY_ENDS else local.date() - timedelta(days=1)
    evening = datetime.combine(day, DAY_ENDS, zone).astimezone(UTC)
    return evening + (moment.astimezone(UTC) - evening) / FASTER


def demo_clock(clock: Callable[[], datetime], zone: ZoneInfo) -> Callable[[], datetime]:
    """A clock that tells `by_day` of what `clock` tells."""
    return lambda: by_day(clock(), zone)
