"""Overlaps, gaps and rows that never count: found exactly, against trying every value."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tables import table

from definitions.arguments import Value
from definitions.runtime_values import MISSING
from definitions.tables.columns import Column, answer
from definitions.tables.regions import Among, Presence, Region, Stretch, ranges
from definitions.tables.search import TooMuchError, gaps, grid, idle, overlaps
from definitions.tables.table import Hit, OutputColumn, Row, Table
from definitions.tables.verdict import search
from definitions.types import Choice, Condition, Date, Duration, Number, Text, Type, YesNo

Facets = dict[str, dict[str, object]] | None

OUT = """
outputs:
  level:
    type: choice
    options: {low: Low, high: High}
"""


def said(rows: str, hit: str = "unique", facets: Facets = None, **types: Type) -> list[str]:
    """What the search of a table says, without its advice."""
    return [each.problem.message for each in search(table(f"{OUT}hit: {hit}\n{rows}", facets, **types))]


def rows(*tests: str) -> str:
    """Rows with these tests, which give high and low in turn."""
    lines = []
    for index, each in enumerate(tests):
        lines.append(f"- when: {{{each}}}\n  then: {{level: {'low' if index % 2 else 'high'}}}")
    return "rows:\n" + "\n".join(lines)


@pytest.mark.parametrize(
    ("kind", "tests", "expected"),
    [
        (Number(), ["under 18", "18 and over"], []),
        (Number(), ["under 18", "17 and over"], ["rows 1 and 2 both hold, for example for it 17"]),
        (Number(), ["under 18", "over 18"], ["no row holds for it 18"]),
        (Number(), ["0 to 17", "18 and over"], ["no row holds for it -1", "no row holds for it 17.5"]),
        (
            YesNo(),
            ["yes", "no"],
            [
                f"no row holds for it {code}"
                for code in ("doesnt_know", "prefers_not_to_answer", "not_collected")
            ],
        ),
        (YesNo(), ["is not no", "no"], []),
        (Date(), ["before 2026-01-01", "2026-01-02 and later"], ["no row holds for it 2026-01-01"]),
        (Date(), ["2025-12-31 and earlier", "2026-01-01 and later"], []),
        (Duration(), ["under days(3)", "over hours(72)"], ["no row holds for it days(3)"]),
        (Text(), ["North", "is not North"], []),
        (Text(), ["North", "South"], ["no row holds for it another text"]),
        (Condition(), ["true", "false"], []),
        (
            Number(),
            ["is known", "under 6"],
            ["rows 1 and 2 both hold, for example for it 5", "no row holds for it not recorded"],
        ),
        (Number(), ["is not known", "under 6", "6 and over"], []),
    ],
)
def test_a_unique_table_is_told_where_it_overlaps_and_where_it_has_gaps(
    kind: Type, tests: list[str], expected: list[str]
) -> None:
    assert said(rows(*(f"it: {each}" for each in tests)), it=kind) == expected


def test_an_example_has_the_inputs_that_matter() -> None:
    found = said(rows("age: under 6, urgent: true", "urgent: false"), age=Number(), urgent=Condition())
    assert found == ["no row holds for age 6, urgent true"]


def test_whole_numbers_and_bounds_leave_nothing_between_them() -> None:
    facets: Facets = {"age": {"whole": True, "at_least": 0}}
    assert said(rows("age: 0 to 17", "age: 18 and over"), facets=facets, age=Number()) == []


def test_the_only_values_of_a_text_need_no_others() -> None:
    facets: Facets = {"region": {"values": ["North", "South"]}}
    assert said(rows("region: North", "region: South"), facets=facets, region=Text()) == []


def test_an_otherwise_closes_every_gap() -> None:
    assert said(rows("age: under 18") + "\ndefault: {level: low}", age=Number()) == []


def test_a_list_may_have_gaps_and_overlaps() -> None:
    assert said(rows("age: under 18", "age: under 30"), hit="collect", age=Number()) == []


def test_rows_of_any_may_overlap_where_they_give_the_same() -> None:
    written = rows("age: under 18", "age: 10 and over", "age: under 5")
    assert said(written, hit="any", age=Number()) == [
        "rows 1 and 2 give different values, for example for age 10"
    ]


def test_rows_behind_others_that_take_everything_never_count() -> None:
    written = rows("age: under 18", "age: under 6", "age: 18 and over")
    assert said(written, hit="first", age=Number()) == ["row 2 never counts: row 1 comes first"]


def test_a_row_that_no_value_meets_is_told() -> None:
    facets: Facets = {"age": {"at_most": 20}}
    written = rows("age: under 30", "age: over 25")
    assert said(written, hit="first", facets=facets, age=Number()) == [
        "row 2 never holds: `age` cannot have such a value"
    ]


quarters = st.integers(0, 3).map(Decimal)
numbers = st.builds(
    lambda one, other, low, high: ranges([Stretch(min(one, other), max(one, other), low, high)]),
    quarters,
    quarters,
    st.booleans(),
    st.booleans(),
)
choices = st.builds(Among, st.frozensets(st.sampled_from("abc"), min_size=1), st.booleans())
answers = st.builds(Among, st.frozensets(st.sampled_from(["yes", "no"]), min_size=1), st.booleans())
whens = st.tuples(
    st.none() | numbers, st.none() | choices, st.none() | answers | st.builds(Presence, st.booleans())
)
COLUMNS = (Column("n", Number()), Column("c", Choice(tuple("abc"))), Column("y", YesNo()))


def plain(columns: Sequence[Column], tests: Iterable[Sequence[Region | None]], hit: Hit = "first") -> Table:
    """A table with these tests, whose rows all give 1."""
    made = tuple(Row(tuple(each), (Value(1),)) for each in tests)
    return Table(tuple(columns), (OutputColumn("o", Number()),), made, hit)


tables = st.lists(whens, min_size=1, max_size=6).map(lambda tests: plain(COLUMNS, tests))
HALVES = [Decimal(half) / 2 for half in range(-1, 8)]
EVERY = list(product(HALVES, "abc", ["yes", "no", "doesnt_know", "not_collected", MISSING]))


def held(made: Table, way: tuple[object, ...]) -> list[int]:
    """The rows that hold for these inputs."""
    found = []
    for index, row in enumerate(made.rows):
        each = zip(row.when, way, made.presence, strict=True)
        if all(answer(region, value, presence=asked) for region, value, asked in each):
            found.append(index)
    return found


@given(tables)
def test_search_finds_what_trying_every_value_finds(made: Table) -> None:
    space = [way for way in EVERY if way[2] is not MISSING or made.presence[2]]
    truth = [held(made, way) for way in space]
    boxes = grid(made)
    assert bool(gaps(boxes)) == any(not each for each in truth)
    pairs = {(one, two) for each in truth for one in each for two in each if one < two}
    assert {(each.first, each.second) for each in overlaps(boxes)} == pairs
    first = {each[0] for each in truth if each}
    assert {row for row, _ in idle(boxes)} == set(range(len(made.rows))) - first


@given(tables)
def test_no_row_holds_for_a_gap_that_is_told(made: Table) -> None:
    for example in gaps(grid(made)):
        usual = {"n": Decimal(1), "c": "a", "y": "yes"}
        assert held(made, tuple((usual | dict(example)).values())) == []


def entangled() -> Table:
    """Whether rows of three conditions each take everything is as hard as a puzzle can be."""
    draw, tests = Random(3), []
    for _ in range(180):
        when: list[Region | None] = [None] * 42
        for index in draw.sample(range(42), 3):
            when[index] = Among(frozenset({draw.random() < 0.5}))
        tests.append(when)
    return plain([Column(f"i{n}", Condition()) for n in range(42)], tests)


def test_a_table_that_is_too_entangled_is_told_and_given_up() -> None:
    made = entangled()
    with pytest.raises(TooMuchError):
        gaps(grid(made))
    assert [each.problem.code for each in search(made)] == ["CW814"]


def test_a_large_plain_table_is_searched_to_its_end() -> None:
    steps = [ranges([Stretch(Decimal(n), Decimal(n + 1), False, True)]) for n in range(300)]
    columns = (Column("a", Number(), at_least=Decimal(0), at_most=Decimal(299)), Column("b", YesNo()))
    assert list(search(plain(columns, ([each, None] for each in steps), "unique"))) == []
