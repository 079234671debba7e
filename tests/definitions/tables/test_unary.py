"""The tests of a decision table: what they let through, how they are said, what is refused."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.runtime_values import MISSING, UNDECIDED, DurationValue, MoneyValue
from definitions.tables.columns import Column
from definitions.tables.linking import link
from definitions.tables.regions import Ranges, Region, Stretch, holds, outside, ranges
from definitions.tables.unary import UnaryTest
from definitions.tables.wording import words
from definitions.types import Choice, Condition, Date, Duration, Money, Number, Text, Type, YesNo

HOUSING = Choice(("stable", "at_risk", "homeless", "food-insecurity"))


DAYS = Duration("days")


def region(raw: object, kind: Type, **said: object) -> Region:
    found = link(UnaryTest.read(raw), Column("it", kind, **said))  # type: ignore[arg-type]
    assert not isinstance(found, tuple), found
    return found


def problem(raw: object, kind: Type) -> tuple[str, str, str | None]:
    found = link(UnaryTest.read(raw), Column("it", kind))
    assert isinstance(found, tuple), found
    return found[0].code, found[0].message, found[0].suggestion or found[0].advice


def exact(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def euros(amount: int) -> MoneyValue:
    return MoneyValue(Decimal(amount), "EUR")


@pytest.mark.parametrize(
    ("test", "kind", "inside", "without"),
    [
        (5, Number(), [5], [4, 6]),
        ("under 6", Number(), [5, -3], [6, 7]),
        ("6 and under", Number(), [6, 5], [7]),
        ("65 and over", Number(), [65, 66], [64]),
        ("over 65", Number(), [66], [65]),
        ("6 to 64", Number(), [6, 64], [5, 65, Decimal("64.5")]),
        ("6 to under 65", Number(), [6, Decimal("64.9")], [65, 5]),
        ("over 6 to 64", Number(), [64, Decimal("6.1")], [6]),
        ("over 6 to under 64", Number(), [63], [6, 64]),
        ("in (1, 5, 9)", Number(), [1, 9], [2]),
        ("not in (1, 5)", Number(), [2], [1, 5]),
        ("not 5", Number(), [4, 6], [5]),
        ("not 6 to 64", Number(), [5, 65], [6, 64]),
        ("under 6 or 65 and over", Number(), [5, 65], [6, 64]),
        ("not (under 6 or 65 and over)", Number(), [6, 64], [5, 65]),
        ("1 or 10 to 20", Number(), [1, 10, 20], [2]),
        ("-5 to -1.5", Number(), [-5, -2], [-1, -6]),
        ("before 2026-01-01", Date(), [date(2025, 12, 31)], [date(2026, 1, 1)]),
        ("2026-01-01 and later", Date(), [date(2026, 1, 1)], [date(2025, 12, 31)]),
        ("2026-01-01 to before 2026-02-01", Date(), [date(2026, 1, 31)], [date(2026, 2, 1)]),
        ("2026-02-01", Date(), [date(2026, 2, 1)], [date(2026, 2, 2)]),
        ("under days(3)", Duration(), [DurationValue(48, "hours")], [DurationValue(1, "weeks")]),
        ('money(100, "EUR") and over', Money(), [euros(100)], [euros(99)]),
        ("homeless", HOUSING, ["homeless"], ["stable"]),
        ("food-insecurity", HOUSING, ["food-insecurity"], ["stable"]),
        ("is not homeless", HOUSING, ["stable"], ["homeless"]),
        ("in (homeless, at_risk)", HOUSING, ["at_risk"], ["stable"]),
        ("not in (homeless, at_risk)", HOUSING, ["stable"], ["homeless"]),
        ("is not no", YesNo(), ["yes", "doesnt_know", "not_collected"], ["no"]),
        ("yes", YesNo(), ["yes"], ["no", "doesnt_know"]),
        (True, Condition(), [True], [False]),
        ("North West", Text(), ["North West"], ["North"]),
        ('"in (a)"', Text(), ["in (a)"], ["a"]),
        ('in ("North West", South)', Text(), ["South", "North West"], ["North"]),
        ("is known", YesNo(), ["yes", "no"], ["doesnt_know", MISSING]),
        ("is not known", Number(), [MISSING], [3]),
    ],
)  # fmt: skip
def test_a_test_lets_through_what_it_says(
    test: object, kind: Type, inside: list[object], without: list[object]
) -> None:
    found = region(test, kind)
    numbers = [
        Decimal(each) if isinstance(each, int) and not isinstance(each, bool) else each for each in inside
    ]
    assert [holds(found, each) for each in numbers] == [True] * len(inside)
    others = [
        Decimal(each) if isinstance(each, int) and not isinstance(each, bool) else each for each in without
    ]
    assert [holds(found, each) for each in others] == [False] * len(without)


@pytest.mark.parametrize("test", ["under 6", "in (1, 2)", "not 3"])
def test_a_comparison_with_something_missing_is_undecided(test: str) -> None:
    assert holds(region(test, Number()), MISSING) is UNDECIDED


@pytest.mark.parametrize(
    ("test", "kind", "code", "message", "instead"),
    [
        (">= 65", Number(), "CW801", "`>=` is not written in a test", "`65 and over`"),
        ("[6..64]", Number(), "CW801", "`[` is not written in a test", "write `6 to 64`"),
        ("-", Number(), "CW801", "a row that takes every value leaves the input out", "take this line out"),
        ("any", HOUSING, "CW801", "a row that takes every value leaves the input out", "take this line out"),
        ("64 to 6", Number(), "CW801", "the range runs backwards", "the smaller end first"),
        ("over 6 to under 6", Number(), "CW801", "the range holds nothing", "the smaller end first"),
        ("before 6", Number(), "CW801", "`before` is not said of numbers", "write `under`"),
        ("2026-01-01 and over", Date(), "CW801", "`over` is not said of dates", "write `later`"),
        ("under 2026-01-01", Date(), "CW801", "`under` is not said of dates", "write `before`"),
        ("2026-02-30", Date(), "CW801", "there is no day 2026-02-30", ""),
        ("homeles", HOUSING, "CW803", "`homeles` is not one of the options of `it`", "homeless"),
        (
            "homeless or at_risk",
            HOUSING,
            "CW801",
            "several values stand in brackets",
            "in (homeless, at_risk)",
        ),
        ("is homeless", HOUSING, "CW801", "a value stands alone here", "homeless"),
        ("not homeless", HOUSING, "CW801", "`not` alone stands before ranges and lists", "is not homeless"),
        ("is not 5", Number(), "CW801", "values with a size are not compared with `is`", "not 5"),
        ("under 6", YesNo(), "CW802", "a yes/no answer has no size, so it has no ranges", "`in (a, b)`"),
        ("soon", Number(), "CW802", "soon is not a number", "write digits"),
        (True, YesNo(), "CW803", "`true` is not one of the options of `it`", "yes"),
        ("yes", Condition(), "CW802", "a condition is true or false", "true"),
        ("under months(3)", DAYS, "CW804", "months(3) does not compare with a length of time in days", ""),
        ("in (1, 2", Number(), "CW801", "the test ends too early", "write a test"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(
    test: object, kind: Type, code: str, message: str, instead: str
) -> None:
    found = problem(test, kind)
    assert found[:2] == (code, message)
    assert instead in (found[2] or "")


def test_the_place_of_a_problem_is_that_of_the_word() -> None:
    found = link(UnaryTest.read("in (stable, homeles)"), Column("it", HOUSING))
    assert isinstance(found, tuple)
    assert (found[0].start, found[0].end) == (12, 19)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("5", Number()),
        ("under 6", Number()),
        ("6 and under", Number()),
        ("over 0.5 to under 64", Number()),
        ("in (1, 5)", Number()),
        ("not 5", Number()),
        ("under 6 or 65 and over", Number()),
        ("1 or 10 to 20", Number()),
        ("before 2026-01-01", Date()),
        ("after 2026-01-01 to 2026-02-01", Date()),
        ("days(3) and over", Duration()),
        ('under money(100, "EUR")', Money()),
        ("in (at_risk, homeless)", HOUSING),
        ("is not food-insecurity", HOUSING),
        ("true", Condition()),
        ('"North West"', Text()),
        ("is not known", Text()),
    ],
)
def test_a_region_is_said_as_it_would_be_written(said: str, kind: Type) -> None:
    raw: object = True if said == "true" else said
    assert words(region(raw, kind), Column("it", kind)) == said


stretches = st.builds(
    Stretch,
    st.none() | st.integers(0, 6).map(Decimal),
    st.none() | st.integers(0, 6).map(Decimal),
    st.booleans(),
    st.booleans(),
)


@given(st.lists(stretches, max_size=5), st.integers(-1, 13))
def test_joining_and_turning_round_keep_every_value_in_its_place(
    given_ones: list[Stretch], half: int
) -> None:
    value = Decimal(half) / 2
    plain = any(each.holds(value) for each in given_ones)
    joined = ranges(given_ones)
    assert holds(joined, value) == plain
    assert holds(outside(joined), value) != plain


@given(st.lists(stretches, min_size=1, max_size=4))
def test_what_is_said_of_a_region_reads_as_the_same_region(some: list[Stretch]) -> None:
    found = ranges(some)
    if found.stretches and found.stretches != (Stretch(),):
        said = words(found, Column("it", Number()))
        raw: object = Decimal(said) if said.isdigit() else said
        assert region(raw, Number()) == found


def test_hostile_tests_are_read_in_no_time() -> None:
    for text in (
        "(" * 900,
        "not (" * 180,
        "in (" + "1, " * 330,
        "1 or " * 199 + "1",
        "9" * 1_000,
        "x" * 100_000,
    ):
        found = UnaryTest.read(text)
        assert found.root is not None or found.problems
    assert isinstance(region("1 to 2", Number()), Ranges)
