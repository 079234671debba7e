"""What a decision table decides: the rows that hold, those that nobody can tell yet, and the result.

Missing is not no. While inputs are missing, every way is looked at in which they could still turn out. What
comes out the same in all of them is decided; the rest is provisional.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any, Final, TypeAlias

from definitions.arguments import Value
from definitions.diagnostics import MessageError
from definitions.expressions.computation import EvaluationError, compared, kind_of
from definitions.runtime_values import MISSING, DurationValue, MoneyValue, RecordView, Singleton
from definitions.tables.columns import Column, answer, pieces
from definitions.tables.regions import Stretch
from definitions.tables.table import AGGREGATED, LISTS, ORDERED, Row, Table

MOST_WORK: Final = 50_000
"""Rows that are asked while the ways are looked at in which missing inputs can turn out."""

Give: TypeAlias = Callable[[Value], object]
"""The value of an output's entry, in which an expression reads the inputs by their names."""

Values: TypeAlias = tuple[object, ...]
"""One value for each output."""


class TableError(MessageError):
    """A table has no result. `code` is the error of the step; the message names rows, never values."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was decided. Rows count from 0.

    `values` has one entry per output: its value, MISSING where it is not known; with a hit policy that lists,
    a tuple with the value of each row that counts. `held` are the rows that hold, `open` those that could not
    be decided, `counted` those that gave the values. `possible` has for each output every value that may
    still be right; `default` says that the default counted.
    """

    values: Values
    held: tuple[int, ...]
    open: tuple[int, ...]
    counted: tuple[int, ...]
    provisional: bool
    possible: tuple[Values, ...]
    default: bool = False


def decide(table: Table, inputs: Mapping[str, object], give: Give) -> Outcome:
    """Decide by a table. Missing inputs are MISSING; `give` evaluates the entries of the rows that count.

    Raises:
        TableError: two rows of `unique` hold, those of `any` differ, none holds and there is no `default`,
            or an input lies outside of what it can be.
        EvaluationError: an entry cannot be computed.
    """
    known = [_checked(column, inputs[column.name]) for column in table.inputs]
    presence = table.presence
    answers = [_answer(row, known, presence) for row in table.rows]
    held = tuple(row for row, found in enumerate(answers) if found is True)
    behind = held[0] if held and table.hit == "first" else len(table.rows)  # nothing counts behind that row
    unsure = tuple(row for row, found in enumerate(answers[:behind]) if found is None)
    reading = _Reading(table, give)
    if not unsure:
        counted = reading.counted(held)
        values = reading.result(counted)
        return Outcome(values, held, (), counted, False, _single(values), not held)
    return _open(reading, held, unsure, tuple(_ways(table, known, held, unsure)))


def _checked(column: Column, value: object) -> object:
    """The value as tests compare it; one that the input cannot have is an error, not just another value."""
    if isinstance(value, Singleton):
        return MISSING
    value = Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value
    outside = isinstance(value, str) and bool(column.codes) and value not in column.codes
    if column.stretch != Stretch() and not column.stretch.holds(value):
        outside = True
    if column.whole and isinstance(value, Decimal) and value != value.to_integral_value():
        outside = True
    if outside:
        raise TableError("not_in_table", f"the value of `{column.name}` is none that the table allows for it")
    return value


def _answer(row: Row, known: Sequence[object], presence: Sequence[bool]) -> bool | None:
    """Whether a row holds; None where that hangs on something missing."""
    found: bool | None = True
    for region, value, asked in zip(row.when, known, presence, strict=True):
        one = answer(region, value, presence=asked)
        if one is False:
            return False
        found = None if one is None else found
    return found


def _ways(
    table: Table, known: Sequence[object], held: tuple[int, ...], unsure: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    """The rows that hold, for each way in which what is missing can turn out."""
    presence = table.presence
    may_hold = sorted({*held, *unsure})
    choices: list[list[object]] = []
    work = len(may_hold)
    for index, column in enumerate(table.inputs):
        cut = [known[index]]
        if known[index] is MISSING and not presence[index]:
            tests = [table.rows[row].when[index] for row in may_hold]  # no other row can change its answer
            cut = [piece.sample for piece in pieces(column, tests)]
        choices.append(cut)
        work *= len(cut)
    if work > MOST_WORK:
        yield held
        yield from (tuple(sorted({*held, row})) for row in unsure)
        yield tuple(sorted({*held, *unsure}))
        return
    seen: set[tuple[int, ...]] = set()
    for way in product(*choices):
        rows = tuple(row for row in may_hold if _answer(table.rows[row], way, presence))
        if rows not in seen:
            seen.add(rows)
            yield rows


def _open(
    reading: _Reading, held: tuple[int, ...], unsure: tuple[int, ...], ways: Sequence[tuple[int, ...]]
) -> Outcome:
    """The outcome while something is missing."""
    table = reading.table
    results: dict[tuple[int, ...], Values] = {}
    for rows in ways:
        try:
            counted = reading.counted(rows)
            results.setdefault(counted, reading.result(counted))
        except TableError:
            continue  # what cannot be decided is no result that may be right
    if not results:
        raise TableError("no_row", "whatever the missing inputs are, no row decides; add one, or `default`")
    possible = tuple(_distinct(each) for each in zip(*results.values(), strict=True))
    provisional = any(len(each) > 1 for each in possible)
    if not provisional:  # it comes out the same, whichever rows turn out to hold
        sure = next(iter(results)) if len(results) == 1 else ()
        values = tuple(each[0] for each in possible)
        return Outcome(values, held, unsure, sure, False, possible, len(results) == 1 and not sure)
    if table.hit in LISTS:
        every = reading.counted(tuple(sorted({row for rows in ways for row in rows})))
        return Outcome(reading.result(every), held, unsure, every, provisional, possible, not every)
    chosen = reading.careful(results)
    if chosen is None:
        values = tuple(each[0] if len(each) == 1 else MISSING for each in possible)
        return Outcome(values, held, unsure, (), provisional, possible)
    return Outcome(results[chosen], held, unsure, chosen, provisional, possible, not chosen)


@dataclass(slots=True)
class _Reading:
    """A table with the values of its entries, each of which is evaluated once."""

    table: Table
    give: Give
    rows: dict[int, Values] = field(default_factory=dict)

    def counted(self, held: tuple[int, ...]) -> tuple[int, ...]:
        """Of the rows that hold, those that count, in the order in which they do."""
        if self.table.hit in ORDERED:
            held = tuple(sorted(held, key=self.rank))
        if not held or not self.table.single:
            return held
        if self.table.hit == "unique" and len(held) > 1:
            message = f"the rows {_numbers(held)} hold together; in a unique table only one may"
            raise TableError("several_rows", message)
        if self.table.hit == "any" and any(not _same(self.row(held[0]), self.row(row)) for row in held[1:]):
            message = f"the rows {_numbers(held)} hold together and give different values"
            raise TableError("several_rows", message)
        return held[:1]

    def result(self, counted: tuple[int, ...]) -> Values:
        """The values that these rows give together."""
        if self.table.hit in AGGREGATED:
            return (self.aggregated(counted),)
        rows = [self.row(row) for row in counted] or self.default()
        if self.table.single:
            return rows[0]
        return tuple(tuple(row[index] for row in rows) for index in range(len(self.table.outputs)))

    def aggregated(self, counted: tuple[int, ...]) -> object:
        """The number of the rows, or their values put together."""
        if not counted and isinstance(self.table.default, tuple):
            return self._value(self.table.default[0])
        if self.table.hit == "collect count":
            return Decimal(len(counted))
        return _gathered(self.table.hit, tuple(self.row(row)[0] for row in counted))

    def default(self) -> list[Values]:
        """The values where no row holds, none in a table that gives a list."""
        default = self.table.default
        if isinstance(default, tuple):
            return [tuple(self._value(each) for each in default)]
        if not self.table.single:
            return []
        if default is None:
            raise TableError("no_row", "no row holds; add one, or `default`")
        return [(MISSING,) * len(self.table.outputs)]

    def row(self, index: int) -> Values:
        """The values of one row."""
        if index not in self.rows:
            self.rows[index] = tuple(self._value(each) for each in self.table.rows[index].then)
        return self.rows[index]

    def careful(self, results: Mapping[tuple[int, ...], Values]) -> tuple[int, ...] | None:
        """The rows whose result counts while several may be right; None where none is nearer than others.

        The first row that may hold in `first`, the most important one in `priority`; of sums, counts and
        largest values the largest, of smallest values the smallest.
        """
        hit = self.table.hit
        rows = [counted for counted in results if counted]
        if len(results) == 1:
            return next(iter(results))
        if hit == "first":
            return min(rows)
        if hit == "priority":
            return min(rows, key=lambda counted: self.rank(counted[0]))
        if hit in ("unique", "any"):
            return None
        return _extreme(results, least=hit == "collect min")

    def rank(self, row: int) -> tuple[int, ...]:
        """Where a row stands by the importance of its values, output by output; the file decides the rest."""
        found = []
        for column, value in zip(self.table.outputs, self.row(row), strict=True):
            order = column.order
            place = next((index for index, each in enumerate(order) if _equal(each, value)), len(order))
            found.append(place)
        return (*found, row)

    def _value(self, entry: Value) -> object:
        value = self.give(entry)
        return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _single(values: Values) -> tuple[Values, ...]:
    return tuple((each,) for each in values)


def _extreme(results: Mapping[tuple[int, ...], Values], *, least: bool) -> tuple[int, ...]:
    """The result that is the largest, or the least; one that gives nothing never counts before others."""
    best: tuple[int, ...] | None = None
    for counted, (value,) in results.items():
        if isinstance(value, Singleton):
            continue
        if best is None or compared(value, results[best][0]) == (-1 if least else 1):
            best = counted
    return next(iter(results)) if best is None else best


def _gathered(hit: str, values: Values) -> object:
    """The sum, the smallest or the largest; missing when there is none or one of them is missing."""
    if not values or any(isinstance(each, Singleton) for each in values):
        return MISSING
    total: Any = values[0]
    for each in values[1:]:
        if hit == "collect sum":
            total = _added(total, each)
        elif compared(each, total) == (-1 if hit == "collect min" else 1):
            total = each
    return total


def _added(one: object, other: object) -> object:
    match one, other:
        case Decimal(), Decimal():
            return one + other
        case MoneyValue(), MoneyValue():
            return one + other
        case DurationValue(amount, unit), DurationValue(others, same) if unit == same:
            return DurationValue(Decimal(amount) + Decimal(others), unit)
        case DurationValue(), DurationValue():
            minutes = one.minutes + other.minutes
            return DurationValue(Decimal(minutes.numerator) / Decimal(minutes.denominator), "minutes")
        case _:
            raise EvaluationError(f"{kind_of(one)} and {kind_of(other)} cannot be added")


def _distinct(values: Sequence[object]) -> Values:
    found: list[object] = []
    for each in values:
        if not any(_equal(each, other) for other in found):
            found.append(each)
    return tuple(found)


def _same(one: Values, other: Values) -> bool:
    return all(_equal(mine, others) for mine, others in zip(one, other, strict=True))


def _equal(one: object, other: object) -> bool:
    if isinstance(one, Singleton) or isinstance(other, Singleton):
        return one is other
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and _same(one, other)
    sized = (Decimal, date, MoneyValue, DurationValue)
    if isinstance(one, sized) and isinstance(other, sized) and type(one) is type(other):
        return compared(one, other) == 0
    if isinstance(one, RecordView) and isinstance(other, RecordView):
        return one.id == other.id
    return one == other


def _numbers(rows: Sequence[int]) -> str:
    return " and ".join(str(row + 1) for row in rows)
