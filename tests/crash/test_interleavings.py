"""All orders in which three processes claim, read, work and give back: one winner for each fence, nothing
lost, nothing doubled (G6).
"""

from datetime import timedelta

import databases
import pytest
from crash_figures import Outcome
from crash_table import ORDERS, CrashTable
from interleavings import broken, chosen, schedules

PARTS = {"sqlite": 12, "postgresql": 24}
"""Each so many-th order, by a hash; `make chaos` has them all."""


ALL = list(schedules(3, 3))


@pytest.mark.parametrize("lease", [timedelta(0), timedelta(minutes=1)], ids=["run out", "alive"])
def test_in_every_order_of_three_claimers_one_wins_each_fence_and_nothing_is_lost(
    lease: timedelta, crash_table: CrashTable
) -> None:
    """A lease of no length makes every other claimer take the instances away at once."""
    orders = chosen(ALL, PARTS[databases.chosen()])
    found = broken(orders, 3, lease)
    crash_table.add(ORDERS, Outcome(0, tuple(found), 0, len(orders)))
    assert found == []


def test_in_every_order_of_two_that_renew_one_wins_each_fence_and_nothing_is_lost(
    crash_table: CrashTable,
) -> None:
    orders = chosen(list(schedules(2, 5)), PARTS[databases.chosen()])
    found = broken(orders, 2, timedelta(0), renews=True)
    crash_table.add(ORDERS, Outcome(0, tuple(found), 0, len(orders)))
    assert found == []


def test_the_orders_are_all_there() -> None:
    assert len(set(ALL)) == 1680
    assert {len(order) for order in ALL} == {9}
