from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from fractions import Fraction

import pytest

from definitions.diagnostics import DefinitionError
from definitions.runtime_values import (
    ABSENT,
    MISSING,
    UNDECIDED,
    DurationValue,
    MoneyValue,
    Singleton,
    ValueConflictError,
)

TEN = MoneyValue(Decimal("10.00"), "EUR")
DOLLAR = MoneyValue(Decimal("1.00"), "USD")


@pytest.mark.parametrize("value", [MISSING, ABSENT, UNDECIDED])
def test_what_is_not_a_value_has_no_truth(value: Singleton) -> None:
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(value)


@pytest.mark.parametrize("value", [MISSING, ABSENT, UNDECIDED])
def test_there_is_one_of_each_even_after_copying(value: Singleton) -> None:
    assert copy.deepcopy(value) is value
    assert pickle.loads(pickle.dumps(value)) is value


def test_amounts_of_one_currency_add_and_compare() -> None:
    assert TEN + TEN == TEN * 2
    assert (TEN - TEN).amount == 0
    assert (TEN / 4).amount == Decimal("2.5")
    assert -TEN < TEN <= TEN
    assert TEN > -TEN
    assert TEN >= TEN
    assert str(TEN) == "10.00 EUR"


def test_two_currencies_are_refused_without_naming_the_amounts() -> None:
    for combine in (lambda: TEN + DOLLAR, lambda: TEN - DOLLAR, lambda: TEN < DOLLAR, lambda: TEN >= DOLLAR):
        with pytest.raises(ValueConflictError, match="EUR and USD") as caught:
            combine()
        assert "10" not in str(caught.value)
        assert isinstance(caught.value, DefinitionError)


def test_durations_in_different_units_compare_exactly() -> None:
    assert DurationValue(7, "days").same_as(DurationValue(1, "weeks"))
    assert DurationValue(90, "minutes").compared(DurationValue(Decimal("1.5"), "hours")) == 0
    assert DurationValue(25, "hours").compared(DurationValue(1, "days")) == 1
    assert DurationValue(1, "months").compared(DurationValue(2, "months")) == -1
    assert DurationValue(2, "hours").minutes == Fraction(120)


def test_months_compare_with_months_only() -> None:
    with pytest.raises(ValueConflictError, match="months"):
        DurationValue(1, "months").compared(DurationValue(30, "days"))


def test_a_duration_is_written_as_people_say_it() -> None:
    assert str(DurationValue(1, "days")) == "1 day"
    assert str(DurationValue(2, "weeks")) == "2 weeks"
