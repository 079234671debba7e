"""All orders in which three processes claim, read, work and give back: one winner for each fence, nothing
lost, nothing doubled (G6).
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta

import databases
import pytest
from engine_world import step, world_on
from interleavings import Schedule, chosen, claimer, play, schedules
from invariants import violations
from sqlmodel import select

from flows.leases import Claim
from flows.limits import Limits
from models import Instance, InstanceStatus

STEPS = (step("fragile", "written", 1),)
PARTS = {"sqlite": 12, "postgresql": 24}
"""Each so many-th order, by a hash; `make chaos` has them all."""


def broken(
    orders: Sequence[Schedule], processes: int, lease: timedelta, *, renews: bool = False
) -> list[str]:
    """What these orders broke. Each has an instance of its own; all of them are judged at the end."""
    assert orders
    found: list[str] = []
    with closing(databases.in_memory()) as store:
        world = world_on(store, limits=Limits(lease=lease))
        plan = world.publish(*STEPS)
        played = {}
        for order in orders:
            (each,) = world.start()
            won: list[Claim] = []
            play(order, [claimer(world, [each], won, renews=renews) for _ in range(processes)])
            played[each] = order
            found += [f"{bad} ({order})" for bad in _two_winners(won)]
        world.run_all()
        written = world.written()
        with store.read() as session:
            found += violations(session, lambda _: plan, world.runtime.clock())
            for instance in session.exec(select(Instance)):
                if instance.status is not InstanceStatus.COMPLETED or written[instance.id] != 1:
                    found.append(f"{instance.status}, written {written[instance.id]}: {played[instance.id]}")
    return found


def _two_winners(won: list[Claim]) -> list[str]:
    fences = Counter(pair for each in won for pair in each.fences.items())
    return [f"fence: {pair} was won {times} times" for pair, times in fences.items() if times > 1]


ALL = list(schedules(3, 3))


@pytest.mark.parametrize("lease", [timedelta(0), timedelta(minutes=1)], ids=["run out", "alive"])
def test_in_every_order_of_three_claimers_one_wins_each_fence_and_nothing_is_lost(lease: timedelta) -> None:
    """A lease of no length makes every other claimer take the instances away at once."""
    assert broken(chosen(ALL, PARTS[databases.chosen()]), 3, lease) == []


def test_in_every_order_of_two_that_renew_one_wins_each_fence_and_nothing_is_lost() -> None:
    orders = chosen(list(schedules(2, 5)), PARTS[databases.chosen()])
    assert broken(orders, 2, timedelta(0), renews=True) == []


def test_the_orders_are_all_there() -> None:
    assert len(set(ALL)) == 1680
    assert {len(order) for order in ALL} == {9}
