"""What does not fit into `make test`: every pair of points, each commit alone, every order of claimers."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import timedelta
from functools import cache, partial
from pathlib import Path

import databases
from block_scene import block_stage
from block_search import search
from commit_faults import Lost, lose, nothing, only
from crash_figures import Figures, Outcome, of_kinds
from crashes import Stage, pairs, singles, stages
from explorer import explore
from figures import WAYS
from forks import Pool
from hosts import HOSTED, host_pairs
from interleavings import broken, schedules
from places import Homes, Place, homes_on
from scenes import SCENES, prepare

Case = Callable[[], Outcome]
Tell = Callable[[str], None]

ALONE = ("orders", "procedures")
"""What a process of its own can't try: a test database that is lent out is for this one."""

PIECE = 120
"""So many orders of claimers are tried in one database."""

SEEDS = 20
EACH = 30
"""So many procedures are drawn from one seed."""

STORIES = 10
"""So many stories are told from one seed."""


def exhaust(kind: str, root: Path, ways: Sequence[str], sample: int, tell: Tell) -> Iterator[Figures]:
    """These ways on one kind of database, one after the other; with `sample` one in so many cases."""
    databases.choose(kind)
    homes = homes_on(kind, root)
    scenes = cache(lambda: {**stages(homes, SCENES), "blocks": block_stage(homes)})
    hosts = cache(lambda: stages(homes, HOSTED))
    cases: Mapping[str, Callable[[], Mapping[Hashable, Case]]] = {
        "points": lambda: _singles({**scenes(), **hosts()}),
        "pairs": lambda: {**_pairs(scenes()), **_host_pairs(hosts())},
        "commits": lambda: _commits(scenes()),
        "orders": _orders,
        "stories": lambda: _stories(homes),
        "procedures": _procedures,
    }
    for way in ways:
        yield _run(way, kind, cases[way](), sample, tell)


def _singles(prepared: Mapping[str, Stage]) -> dict[Hashable, Case]:
    return {
        (name, kill): partial(stage.crash, [kill])
        for name, stage in prepared.items()
        for kill in singles(stage.passed)
    }


def _pairs(prepared: Mapping[str, Stage]) -> dict[Hashable, Case]:
    return {
        (name, kills): partial(stage.crash, kills)
        for name, stage in prepared.items()
        for kills in pairs(stage.passed)
    }


def _host_pairs(prepared: Mapping[str, Stage]) -> dict[Hashable, Case]:
    return {
        (name, kills): partial(stage.crash, kills)
        for name, stage in prepared.items()
        for kills in host_pairs(stage.passed)
    }


def _commits(prepared: Mapping[str, Stage]) -> dict[Hashable, Case]:
    return {
        (name, number, how.name): partial(stage.lose, only({number}), how)
        for name, stage in prepared.items()
        for number in range(1, _number_of_commits(stage) + 1)
        for how in Lost
    }


def _number_of_commits(stage: Stage) -> int:
    place = stage.homes.copy(stage.start)
    with place.open() as store:
        counted = lose(store, nothing, Lost.AFTER)
        stage.scene.run(stage.scene.world(store, place), place.ledger)
    stage.homes.drop(place)
    return counted.number


def _orders() -> dict[Hashable, Case]:
    three, two = list(schedules(3, 3)), list(schedules(2, 5))
    gone, alive = timedelta(0), timedelta(minutes=1)
    kinds = (
        ("gone", three, 3, gone, False),
        ("alive", three, 3, alive, False),
        ("renewed", two, 2, gone, True),
    )
    return {
        (name, begin): partial(_played, orders[begin : begin + PIECE], number, lease, renews)
        for name, orders, number, lease, renews in kinds
        for begin in range(0, len(orders), PIECE)
    }


def _played(orders: Sequence[tuple[int, ...]], processes: int, lease: timedelta, renews: bool) -> Outcome:
    return Outcome(0, tuple(broken(orders, processes, lease, renews=renews)), 0, len(orders))


def _stories(homes: Homes) -> dict[Hashable, Case]:
    template = prepare(homes)["intake"]
    return {("seed", number): partial(_explored, homes, template, number) for number in range(SEEDS)}


def _explored(homes: Homes, template: Place, number: int) -> Outcome:
    explored = explore(homes, template, STORIES, chosen=number)
    return Outcome(explored.crashes, (), 0, explored.stories)


def _procedures() -> dict[Hashable, Case]:
    return {("seed", number): partial(_searched, number) for number in range(SEEDS)}


def _searched(number: int) -> Outcome:
    try:
        search(EACH, chosen=number)
    except AssertionError as error:
        return Outcome(0, (f"different: {error}",), 0, EACH)
    return Outcome(0, (), 0, EACH)


def _run(way: str, kind: str, cases: Mapping[Hashable, Case], sample: int, tell: Tell) -> Figures:
    """Run the cases, two at a time where that can be, telling of each that breaks something."""
    some = dict(list(cases.items())[::sample])
    step = 50 if len(some) > 100 else 5
    seen: Counter[str] = Counter()
    for number, (key, outcome) in enumerate(_results(some, forked=way not in ALONE), start=1):
        seen["crashes"] += outcome.crashes
        seen["schedules"] += outcome.schedules
        seen["resent"] += outcome.resends
        for each in outcome.broken:
            seen[each.partition(":")[0]] += 1
            tell(f"  BROKEN {key}: {each}")
        if number % step == 0 or number == len(some):
            tell(f"  {kind}, {WAYS[way]}: {number} of {len(some)}")
    counted = {key: seen.pop(key, 0) for key in ("crashes", "schedules", "resent")}
    return Figures(WAYS[way], kind, **counted, **of_kinds(seen))


def _results(cases: Mapping[Hashable, Case], *, forked: bool) -> Iterator[tuple[Hashable, Outcome]]:
    pool: Pool[Hashable, Outcome] = Pool(cases if forked else {})
    with closing(pool):
        for key, case in cases.items():
            try:
                yield key, pool.result(key) if forked else case()
            except AssertionError as error:
                yield key, Outcome(0, (f"error: {error}",), 0)
