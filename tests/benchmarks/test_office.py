"""Clients that can be written to at any hour at which somebody measures."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from benchmarks.house.office import where_it_is_noon


@pytest.mark.parametrize("hour", range(24))
def test_wherever_clients_live_it_is_noon(hour: int) -> None:
    now = datetime(2026, 3, 2, hour, 30, tzinfo=UTC)
    assert now.astimezone(ZoneInfo(where_it_is_noon(now))).hour == 12
