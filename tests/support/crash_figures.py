"""What crashes came to, as a table: of the crash tests, and of `make chaos`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles

PART = "- of these"
"""Begins the name of a part of the figures above it, which is judged with them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a crashed and finished run came to. `crashes` may be fewer than asked for where a point was not
    passed any more.
    """

    crashes: int
    broken: tuple[str, ...]
    resends: int
    schedules: int = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """What one kind of crashing came to on one database. Seconds where there are seconds; None where nothing
    was measured.
    """

    name: str
    database: str
    crashes: int
    schedules: int
    lost: int = 0
    doubled: int = 0
    stuck: int = 0
    other: int = 0
    resent: int = 0
    recovery_median_s: float | None = None
    recovery_p95_s: float | None = None

    @property
    def sound(self) -> bool:
        """Whether nothing was broken."""
        return not (self.lost or self.doubled or self.stuck or self.other)


def percentiles(seconds: Sequence[float]) -> tuple[float | None, float | None]:
    """The median and the 95th percentile."""
    if not seconds:
        return None, None
    cut = quantiles([*seconds, *seconds], n=20)  # of one value there would be none
    return round(cut[9], 1), round(cut[18], 1)


def table(figures: Sequence[Figures]) -> str:
    """A Markdown table. What is broken and has no column of its own stands beside the name."""
    heads = ("How", "Database", "Crashes", "Schedules", "Lost", "Doubled", "Stuck")
    more = ("Messages sent again", "Recovery, median", "95th percentile")
    rows = [_row(each) for each in figures]
    lines = [(*heads, *more), ("---",) * 10, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _row(each: Figures) -> tuple[str, ...]:
    judged = (each.schedules, each.lost, each.doubled, each.stuck, each.resent)
    counted = [f"{number:,}" for number in (each.crashes, *judged)]
    if each.name.startswith(PART):
        counted[1:] = [""] * len(judged)
    times = [f"{s:.1f} s" if s is not None else "-" for s in (each.recovery_median_s, each.recovery_p95_s)]
    name = f"{each.name} ({each.other} broken otherwise)" if each.other else each.name
    return (name, each.database, *counted, *times)


def of_kinds(broken: Mapping[str, int]) -> dict[str, int]:
    """Counts of broken promises by the columns of the table; what has no column is `other`."""
    columns = ("lost", "doubled", "stuck")
    other = sum(count for kind, count in broken.items() if kind not in columns)
    return {**{kind: broken.get(kind, 0) for kind in columns}, "other": other}
