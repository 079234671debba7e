"""The figures of `make chaos`: kept as JSON, shown as a table, on the screen and in docs/guarantees.md."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import quantiles

ROOT = Path(__file__).resolve().parents[2]
LATEST = Path(__file__).with_name("latest.json")
PAGE = ROOT / "docs" / "guarantees.md"
PART = "- of these"
"""Begins the name of a part of the figures above it, which is judged with them."""

WAYS = {
    "points": "SIGKILL at each point",
    "pairs": "SIGKILL at every pair of points",
    "commits": "answer to each commit lost",
    "orders": "orders of claimers",
    "procedures": "procedures of blocks at random",
    "live": "real processes killed at random",
}
"""How it is crashed, by the name that asks for it alone."""

BEGIN, END = "<!-- chaos: begin -->", "<!-- chaos: end -->"


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


def keep(found: Sequence[Figures], path: Path = LATEST) -> None:
    """Write the figures down; those of other runs that are kept there stay."""
    known = {(each.name, each.database): each for each in kept(path)}
    known.update({(each.name, each.database): each for each in found})
    path.write_text(json.dumps([asdict(each) for each in known.values()], indent=2) + "\n", encoding="utf-8")


def kept(path: Path = LATEST) -> list[Figures]:
    """The latest figures."""
    if not path.exists():
        return []
    return [Figures(**each) for each in json.loads(path.read_text(encoding="utf-8"))]


def table(figures: Sequence[Figures]) -> str:
    """A Markdown table."""
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
    return (each.name, each.database, *counted, *times)


def written(page: str, figures: Sequence[Figures]) -> str:
    """The page with the table between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(figures)}{END}{after}"


def of_kinds(broken: Mapping[str, int]) -> dict[str, int]:
    """Counts of broken promises by the columns of the table; what has no column is `other`."""
    columns = ("lost", "doubled", "stuck")
    other = sum(count for kind, count in broken.items() if kind not in columns)
    return {**{kind: broken.get(kind, 0) for kind in columns}, "other": other}
