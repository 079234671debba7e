"""Every order in which a few processes can do their transactions, tried one after the other in one thread.

A process is a generator that stops after each transaction. On both databases a transaction is all or nothing,
so the orders of whole transactions are what processes can do to each other; what happens inside one, between
its first lock and its commit, is tried by `tests/flows/test_races.py`.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from engine_world import World

from flows.leases import Claim, claim, release, renew
from flows.runner import Pass

Schedule = tuple[int, ...]
"""Whose turn it is, one number for each transaction."""


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
