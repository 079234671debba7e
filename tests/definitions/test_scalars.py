from __future__ import annotations

from decimal import Decimal

import pytest

from definitions.yaml_text.scalars import Refused, resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("-0.5", Decimal("-0.5")),
        ("999999999999999999", 999999999999999999),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
    ],
)
def test_core_scalars_have_their_value(text: str, value: object) -> None:
    resolved = resolve(text)
    assert resolved == value
    assert type(resolved) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        *("yes", "no", "on", "off", "y", "n", "Yes", "tRUE", "nUll"),
        *("1:30", "12:30:45", "190:20:30"),
        *("2026-02-01", "2026-02-01T10:00:00Z", "01.02.2020", "1/2/2020"),
        *(
            "1_000",
            "1,200",
            "0b101",
            "12a",
            "10%",
            "+",
            "-",
            ".",
            "..",
            "1.2.3",
            "nan",
            "NaN",
            "inf",
            "= x",
            "٣",
        ),
    ],
)
def test_what_yaml_1_1_made_a_truth_a_time_or_a_number_stays_text(text: str) -> None:
    assert resolve(text) == text


@pytest.mark.parametrize(
    "text", ["0123", "00", "-012", "+5", "+4930123456", "0o17", "0x1F", "1e5", "1.", "007.5", "1.5E-3"]
)
def test_a_number_that_readers_understand_differently_is_refused(text: str) -> None:
    resolved = resolve(text)
    assert isinstance(resolved, Refused)
    assert resolved.code == "CW120"
    assert f'"{text}"' in resolved.advice


@pytest.mark.parametrize("text", [".nan", ".NaN", ".inf", "-.Inf", "+.INF"])
def test_numbers_that_are_not_finite_are_refused(text: str) -> None:
    resolved = resolve(text)
    assert isinstance(resolved, Refused)
    assert resolved.code == "CW121"


@pytest.mark.parametrize("text", ["1" * 19, "0." + "1" * 18, "1" * 50_000, "9" * 18 + ".5", "-" + "1" * 19])
def test_a_number_of_more_than_eighteen_digits_is_refused(text: str) -> None:
    resolved = resolve(text)
    assert isinstance(resolved, Refused)
    assert resolved.code == "CW122"
    assert len(resolved.message) < 100
