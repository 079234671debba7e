"""The figures of `make chaos`: kept as JSON, shown as a table, on the screen and in docs/guarantees.md."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from crash_figures import PART, Figures, table

ROOT = Path(__file__).resolve().parents[2]
LATEST = Path(__file__).with_name("latest.json")
PAGE = ROOT / "docs" / "guarantees.md"
WAYS = {
    "points": "SIGKILL at each point",
    "pairs": "SIGKILL at every pair of points",
    "commits": "answer to each commit lost",
    "orders": "orders of claimers",
    "stories": "stories of people, time and crashes",
    "procedures": "procedures of blocks at random",
    "live": "real processes killed at random",
}
"""How it is crashed, by the name that asks for it alone."""

BEGIN, END = "<!-- chaos: begin -->", "<!-- chaos: end -->"


def keep(found: Sequence[Figures], path: Path = LATEST) -> None:
    """Write the figures down; those of other runs that are kept there stay."""
    known = {(each.name, each.database): each for each in (*kept(path), *found)}
    rows = [asdict(each) for each in sorted(known.values(), key=_place)]
    path.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


def _place(each: Figures) -> tuple[int, bool, bool]:
    """By the way of crashing, then by database; the parts of a row follow it."""
    part = each.name.startswith(PART)
    way = WAYS["live"] if part else each.name
    return list(WAYS.values()).index(way), each.database != "sqlite", part


def kept(path: Path = LATEST) -> list[Figures]:
    """The latest figures."""
    if not path.exists():
        return []
    return [Figures(**each) for each in json.loads(path.read_text(encoding="utf-8"))]


def written(page: str, figures: Sequence[Figures]) -> str:
    """The page with the table between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(figures)}{END}{after}"
