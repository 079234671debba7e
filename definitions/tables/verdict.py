"""What a search of a decision table found, as problems for the people who wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from definitions.diagnostics import Severity
from definitions.problems import Problem
from definitions.tables.columns import Column
from definitions.tables.search import (
    MOST_FOUND,
    Example,
    Grid,
    Overlap,
    TooMuchError,
    gaps,
    grid,
    idle,
    overlaps,
)
from definitions.tables.table import Table
from definitions.tables.wording import value_words

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A problem at the key at `path` of the table."""

    path: Path
    problem: Problem
    severity: Severity = "error"


def search(table: Table) -> Iterator[Found]:
    """Overlaps, gaps and rows that never count. What could not be searched to the end is said too."""
    boxes = grid(table)
    if table.hit in ("unique", "any"):
        yield from _overlaps(boxes)
    try:
        if table.single and table.default is None:
            yield from _gaps(boxes)
        yield from _idle(boxes)
    except TooMuchError:
        message = "the table is too entangled to be searched for gaps to the end"
        advice = "split it into several tables, each with fewer inputs"
        yield Found(("rows",), Problem("CW814", message, 0, 0, advice=advice), "warning")


def in_words(example: Example, inputs: Mapping[str, Column]) -> str:
    """An example in words: `age 70, housing homeless`."""
    named = [f"{inputs[name].name} {value_words(value)}" for name, value in example.items()]
    return ", ".join(named) or "every value"


def _overlaps(boxes: Grid) -> Iterator[Found]:
    table = boxes.table
    found = (each for each in overlaps(boxes) if table.hit == "unique" or _differ(table, each) is not None)
    columns = {column.name: column for column in table.inputs}
    for each in islice(found, MOST_FOUND):
        both = f"rows {each.first + 1} and {each.second + 1}"
        example = in_words(each.example, columns)
        at: Path = ("rows", each.second)
        if table.hit == "unique":
            message = f"{both} both hold, for example for {example}"
            advice = "let their tests exclude each other, or write `hit: first`"
            yield Found(at, Problem("CW811", message, 0, 0, advice=advice))
            continue
        sure = _differ(table, each)
        message = f"{both} {'give' if sure else 'may give'} different values, for example for {example}"
        advice = "give both the same values, or let their tests exclude each other"
        yield Found(at, Problem("CW815", message, 0, 0, advice=advice), "error" if sure else "warning")


def _differ(table: Table, overlap: Overlap) -> bool | None:
    """True where two rows give different values, False where that comes out later, None where they do not."""
    found: bool | None = None
    for one, other in zip(table.rows[overlap.first].then, table.rows[overlap.second].then, strict=True):
        if one.expression is None and other.expression is None:
            if one.literal != other.literal:
                return True
        elif (one.expression and one.expression.root) != (other.expression and other.expression.root):
            found = False
    return found


def _gaps(boxes: Grid) -> Iterator[Found]:
    columns = {column.name: column for column in boxes.table.inputs}
    for example in gaps(boxes):
        message = f"no row holds for {in_words(example, columns)}"
        advice = "add a row, or say under `default:` what counts then"
        yield Found(("rows",), Problem("CW812", message, 0, 0, advice=advice))


def _idle(boxes: Grid) -> Iterator[Found]:
    for row, before in idle(boxes):
        if before:
            stands = ", ".join(str(each + 1) for each in before[:6])
            rows, come = ("row", "comes") if len(before) == 1 else ("rows", "come")
            message, advice = (
                f"row {row + 1} never counts: {rows} {stands} {come} first",
                "move it up, or take it out",
            )
        else:
            message = f"row {row + 1} never holds: {_impossible(boxes, row)}"
            advice = "correct the test, or take the row out"
        yield Found(("rows", row), Problem("CW813", message, 0, 0, advice=advice), "warning")


def _impossible(boxes: Grid, row: int) -> str:
    index = next(index for index, bits in enumerate(boxes.boxes[row]) if not bits)
    return f"`{boxes.table.inputs[index].name}` cannot have such a value"
