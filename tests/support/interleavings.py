"""Every order in which a few processes can do their transactions, tried one after the other in one thread.

A process is a generator that stops after each transaction. On both databases a transaction is all or nothing,
so the orders of whole transactions are what processes can do to each other; what happens inside one, between
its first lock and its commit, is tried by `tests/flows/test_races.py`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from hashlib import sha256

import databases
from engine_world import World, step, world_on
from invariants import violations
from sqlmodel import select

from flows.leases import Claim, claim, release, renew
from flows.limits import Limits
from flows.runner import Pass
from models import Instance, InstanceStatus

Schedule = tuple[int, ...]
"""Whose turn it is, one number for each transaction."""

STEPS = (step("fragile", "written", 1),)


def schedules(processes: int, turns: int) -> Iterator[Schedule]:
    """Every order of so many processes with so many transactions each."""

    def after(left: Sequence[int], done: Schedule) -> Iterator[Schedule]:
        if not any(left):
            yield done
        for each, more in enumerate(left):
            if more:
                yield from after([n - (i == each) for i, n in enumerate(left)], (*done, each))

    return after([turns] * processes, ())


def chosen(every: Sequence[Schedule], part: int) -> list[Schedule]:
    """One in `part` of them, by a hash: the same every time."""
    return [each for each in every if sha256(bytes(each)).digest()[0] % part == 0]


def claimer(world: World, ids: Sequence[str], won: list[Claim], *, renews: bool = False) -> Iterator[None]:
    """A pass as a process does it, one transaction at a time: claim, read, (renew,) work, give back."""
    assert world.plan is not None
    assert world.version is not None
    runtime, plan = world.runtime, world.plan
    claimed = claim(runtime, world.version.id, ids, holder=f"claimer {len(won)}")
    won.append(claimed)
    yield
    under_way = Pass(runtime, plan, claimed, None)
    yield
    if renews:
        renew(runtime, claimed)
        yield
    while (work := under_way.next()) is not None:
        under_way.do(work)
        yield
    release(runtime, claimed)


def play(schedule: Schedule, processes: Sequence[Iterator[None]]) -> None:
    """Let them take their turns; one that is done before its turns are up has no more to do. What is left at
    the end is done in order.
    """
    for turn in schedule:
        next(processes[turn], None)
    for process in processes:
        for _ in process:
            pass


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
