"""What a decision table does not decide, decides twice, or never uses. Exact, with a bound on the work.

Every input is cut into pieces within which no test changes its answer (`columns.pieces`). A row is then a
box: for each input a set of pieces, kept as the bits of a number. Two rows overlap where their boxes meet.
For gaps the inputs are gone through one after the other; pieces in which the same rows still hold are looked
at once, and so are the same rows at the same input.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key, reduce
from operator import or_
from typing import Any, Final

from definitions.expressions.computation import compared
from definitions.runtime_values import MISSING
from definitions.tables.columns import Piece, answer, pieces
from definitions.tables.regions import Ranges, Stretch
from definitions.tables.table import Row, Table

MOST_WORK: Final = 200_000
"""Pieces that one search looks at: a fraction of a second."""
MOST_FOUND: Final = 5
"""Gaps, or overlaps, that are told of one table."""

_BY_SIZE: Final = cmp_to_key(compared)

Example = Mapping[str, object]
"""A value for each input by its name; an input that makes no difference is left out."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two rows (from 0) that both hold, for example here."""

    first: int
    second: int
    example: Example


class TooMuchError(Exception):
    """The search would take too long."""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as boxes: the pieces of each input, and for each row the pieces that it takes, as bits.

    `takers` has for each piece of each input the rows that take it, as bits.
    """

    table: Table
    pieces: tuple[tuple[Piece, ...], ...]
    boxes: tuple[tuple[int, ...], ...]
    takers: tuple[tuple[int, ...], ...]

    def meeting(self, box: Sequence[int], among: int) -> int:
        """Which `among` some rows (bits), none of which is empty, share something with a box."""
        found = among
        for bits, takers in zip(box, self.takers, strict=True):
            if bits != (1 << len(takers)) - 1:
                found &= reduce(or_, [rows for piece, rows in enumerate(takers) if bits >> piece & 1], 0)
        return found

    def full(self, column: int) -> int:
        """The bits of all pieces of an input."""
        return (1 << len(self.pieces[column])) - 1


def grid(table: Table) -> Grid:
    """The boxes of a table."""
    presence = table.presence
    cut = tuple(pieces(column, table.tests(index)) for index, column in enumerate(table.inputs))
    boxes = tuple(
        tuple(_bits(row, index, cut[index], presence[index]) for index in range(len(cut)))
        for row in table.rows
    )
    takers = tuple(_takers(boxes, column, len(each)) for column, each in enumerate(cut))
    return Grid(table, cut, boxes, takers)


def _takers(boxes: Sequence[Sequence[int]], column: int, count: int) -> tuple[int, ...]:
    found = [0] * count
    for row, box in enumerate(boxes):
        bits, own = box[column], 1 << row
        for piece in range(count):
            if bits >> piece & 1:
                found[piece] |= own
    return tuple(found)


def overlaps(boxes: Grid) -> Iterator[Overlap]:
    """Every two rows that both hold for something."""
    can_hold = sum(1 << row for row, box in enumerate(boxes.boxes) if all(box))
    for first, box in enumerate(boxes.boxes):
        others = boxes.meeting(box, can_hold) >> (first + 1) if all(box) else 0
        while others:
            second = first + 1 + _lowest(others)
            both = [one & other for one, other in zip(box, boxes.boxes[second], strict=True)]
            yield Overlap(first, second, _example(boxes, both))
            others &= others - 1


def gaps(boxes: Grid) -> list[Example]:
    """Inputs for which no row holds, at most `MOST_FOUND` of them; none when every input is decided.

    Raises:
        TooMuchError: the table is too entangled to say.
    """
    search = _Search(boxes)
    whole = [boxes.full(column) for column in range(len(boxes.pieces))]
    return list(search.uncovered(range(len(boxes.boxes)), whole, MOST_FOUND))


def idle(boxes: Grid) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Rows (from 0) that never count, with the rows that stand in front of them.

    No rows in front means that its tests let nothing through. Only the rows of `first` stand in front of
    others.

    Raises:
        TooMuchError: the table is too entangled to say.
    """
    search = _Search(boxes)
    for index, box in enumerate(boxes.boxes):
        if not all(box):
            yield index, ()
            continue
        if boxes.table.hit != "first":
            continue
        before = [row for row in range(index) if _meet(boxes.boxes[row], box)]
        if before and not list(search.uncovered(before, box, 1)):
            yield index, tuple(before)


def _bits(row: Row, column: int, cut: Sequence[Piece], presence: bool) -> int:
    region = row.when[column]
    if region is None:
        return (1 << len(cut)) - 1
    if isinstance(region, Ranges):
        return sum(_run(stretch, cut) for stretch in region.stretches)
    return sum(
        1 << index for index, piece in enumerate(cut) if answer(region, piece.sample, presence=presence)
    )


def _run(stretch: Stretch, cut: Sequence[Piece]) -> int:
    """The bits of the pieces in a stretch: they stand in their order, so only its ends are looked for."""
    last = len(cut) - (bool(cut) and cut[-1].sample is MISSING)
    start, end = 0, last
    if stretch.low is not None:
        side = bisect_right if stretch.low_open else bisect_left
        start = side(cut, _BY_SIZE(stretch.low), 0, last, key=_size)
    if stretch.high is not None:
        side = bisect_left if stretch.high_open else bisect_right
        end = side(cut, _BY_SIZE(stretch.high), 0, last, key=_size)
    return (1 << end) - (1 << start) if end > start else 0


def _size(piece: Piece) -> Any:
    return _BY_SIZE(piece.sample)


def _meet(one: Sequence[int], other: Sequence[int]) -> bool:
    return all(mine & others for mine, others in zip(one, other, strict=True))


def _example(boxes: Grid, bits: Sequence[int]) -> Example:
    """The first value of each input; those that take everything are left out."""
    return {
        boxes.table.inputs[column].name: boxes.pieces[column][_lowest(each)].sample
        for column, each in enumerate(bits)
        if each != boxes.full(column)
    }


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


@dataclass(slots=True)
class _Search:
    """Looks for a part of a box that none of some rows takes. Remembers what it has seen to be covered."""

    boxes: Grid
    work: int = 0
    order: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        columns = range(len(self.boxes.pieces))
        self.order = sorted(columns, key=lambda column: len(set(self.boxes.takers[column])))

    def uncovered(self, rows: Sequence[int], within: Sequence[int], most: int) -> Iterator[Example]:
        """At most `most` examples inside the box `within` that none of the rows takes."""
        some = sum(1 << row for row in rows)
        covered: set[tuple[int, int]] = set()
        found = self._from(0, some, within, {}, covered)
        for _ in range(most):
            example = next(found, None)
            if example is None:
                return
            yield example

    def _from(
        self,
        depth: int,
        rows: int,
        within: Sequence[int],
        chosen: dict[int, int],
        covered: set[tuple[int, int]],
    ) -> Iterator[Example]:
        if not rows:
            bits = [chosen.get(column, within[column]) for column in range(len(within))]
            yield _example(self.boxes, bits)
            return
        if depth == len(self.order) or (depth, rows) in covered:
            return
        column, clean = self.order[depth], True
        for left, part in self._parts(column, rows, within[column]).items():
            runs = [part] if left else self._runs(column, part)
            for run in runs:
                for example in self._from(depth + 1, left, within, {**chosen, column: run}, covered):
                    clean = False
                    yield example
        if clean:
            covered.add((depth, rows))

    def _parts(self, column: int, rows: int, within: int) -> dict[int, int]:
        """The pieces of an input that are asked for, put together where the same rows are left."""
        parts: dict[int, int] = {}
        for piece, takers in enumerate(self.boxes.takers[column]):
            self.work += 1
            if within >> piece & 1:
                parts[rows & takers] = parts.get(rows & takers, 0) | 1 << piece
        if self.work > MOST_WORK:
            raise TooMuchError
        return parts

    def _runs(self, column: int, part: int) -> list[int]:
        """The pieces apart from each other; those of a size that touch stay together."""
        runs: list[int] = []
        for piece, found in enumerate(self.boxes.pieces[column]):
            if not part >> piece & 1:
                continue
            if runs and found.stretch is not None and part >> (piece - 1) & 1:
                runs[-1] |= 1 << piece
            else:
                runs.append(1 << piece)
        return runs
