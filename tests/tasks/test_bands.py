"""Bands of numbers and days."""

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.scoring.bands import BandError, faults, holding, in_order, parse_band, parse_bands

AGES = ("under 6", "6 to 64", "65 and over")


def bands(*words: str) -> dict[str, object]:
    return {each: parse_band(each) for each in words}


@pytest.mark.parametrize(
    ("value", "band"),
    [
        (0, "under 6"),
        (5, "under 6"),
        (6, "6 to 64"),
        (64, "6 to 64"),
        (65, "65 and over"),
        (110, "65 and over"),
    ],
)
def test_both_bounds_belong_to_a_band(value: int, band: str) -> None:
    assert holding(bands(*AGES), Decimal(value)) == band  # type: ignore[arg-type]


def test_a_number_between_two_whole_ones_belongs_to_the_lower() -> None:
    assert holding(bands(*AGES), Decimal("64.9")) == "6 to 64"  # type: ignore[arg-type]
    assert holding(bands(*AGES), Decimal("5.99")) == "under 6"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "band"),
    [("18.4", 0), ("18.49", 0), ("18.5", 1), ("20", 1), ("20.04", 1), ("20.1", 2), ("31", 2), ("0", 0)],
)
def test_decimals_of_one_bound_are_the_steps_of_all_bands(value: str, band: int) -> None:
    words = ("under 18.5", "18.5 to 20", "20.1 and over")
    found = dict(zip(words, parse_bands(words), strict=True))
    assert holding(found, Decimal(value)) == words[band]
    assert list(faults(list(found.values()), 0, None)) == []


@pytest.mark.parametrize(
    ("value", "band"), [("4.9", 0), ("5", 1), ("10", 1), ("10.0", 1), ("10.002", 2), ("10.5", 2), ("11", 2)]
)
def test_beside_what_is_over_a_number_a_band_ends_where_it_says(value: str, band: int) -> None:
    words = ("under 5", "5 to 10", "over 10")
    found = dict(zip(words, parse_bands(words), strict=True))
    assert holding(found, Decimal(value)) == words[band]
    assert list(faults(list(found.values()), 0, None)) == []
    assert list(faults(parse_bands(("0 to 10", "over 11")), 0, None)) == [
        "no band holds 10.0001 to 11.0000, between `0 to 10` and `over 11`"
    ]


def test_a_gap_or_an_overlap_between_decimals_is_named_with_them() -> None:
    gap = parse_bands(["0 to 18", "18.5 to 20", "20 and over"])
    assert list(faults(gap, 0, None)) == [
        "no band holds 18.1 to 18.4, between `0 to 18` and `18.5 to 20`",
        "`18.5 to 20` and `20 and over` overlap: 20.0 is in both",
    ]


def test_days_have_bands_too() -> None:
    days = bands("before 2000-01-01", "2000-01-01 to 2009-12-31", "2010-01-01 and later")
    assert holding(days, date(1999, 12, 31)) == "before 2000-01-01"  # type: ignore[arg-type]
    assert holding(days, date(2009, 12, 31)) == "2000-01-01 to 2009-12-31"  # type: ignore[arg-type]
    assert holding(days, date(2010, 1, 1)) == "2010-01-01 and later"  # type: ignore[arg-type]
    assert list(faults(list(days.values()), None, None)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("6 - 64", "is no band"),
        ("over 2026-01-01", "is no band"),
        ("six to ten", "is no band"),
        ("1,5 to 3", "is no band"),
        ("1.50001 to 3", "is no band"),
        ("64 to 6", "runs backwards"),
        ("2000-02-30 and later", "does not exist"),
        ("6 to 2000-01-01", "mixes"),
        ("99999999999999999999 and over", "is no band"),
    ],
)
def test_what_is_no_band_is_refused(words: str, why: str) -> None:
    with pytest.raises(BandError, match=why):
        parse_band(words)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("under 6", "7 to 64", "65 and over"), "no band holds 6, between `under 6` and `7 to 64`"),
        (
            ("under 6", "6 to 60", "65 and over"),
            "no band holds 61 to 64, between `6 to 60` and `65 and over`",
        ),
        (("under 6", "6 to 65", "65 and over"), "`6 to 65` and `65 and over` overlap: 65 is in both"),
        (("under 6", "4 to 64", "65 and over"), "`under 6` and `4 to 64` overlap: 4 to 5 is in both"),
        (
            ("under 6", "6 and over", "65 and over"),
            "`6 and over` and `65 and over` overlap: 65 and over is in both",
        ),
        (("6 to 64", "65 and over"), "no band holds what is under 6"),
        (("under 6", "6 to 64"), "no band holds what is over 64"),
        (("under 6", "before 2000-01-01"), "some bands are of numbers and some of dates"),
    ],
)
def test_gaps_and_overlaps_are_named(words: tuple[str, ...], fault: str) -> None:
    assert fault in list(faults([parse_band(each) for each in words], 0, None))


def test_bands_need_not_reach_further_than_the_values() -> None:
    assert list(faults([parse_band("0 to 2"), parse_band("3 to 10")], 0, 10)) == []


def test_bands_are_ordered_by_their_lower_end() -> None:
    assert in_order(
        {"high": parse_band("6 and over"), "low": parse_band("under 3"), "medium": parse_band("3 to 5")}
    ) == [
        "low",
        "medium",
        "high",
    ]


@given(
    st.lists(st.integers(-500, 500), min_size=1, max_size=6, unique=True), st.decimals(-600, 600, places=2)
)
def test_bands_without_faults_hold_every_number_exactly_once(cuts: list[int], value: Decimal) -> None:
    cuts.sort()
    words = [
        f"under {cuts[0]}",
        *(f"{a} to {b - 1}" for a, b in pairwise(cuts)),
        f"{cuts[-1]} and over",
    ]
    made = [parse_band(each) for each in words]
    assert list(faults(made, None, None)) == []
    assert sum(band.holds(value) for band in made) == 1
