"""The literal expressions of the public DMN TCK, level 2, as expressions of ours: 0002, 0100 to 0107
(github.com/dmn-tck/tck, TestCases/compliance-level-2). What null is there is missing, or undecided, here.
"""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from definitions.expressions import (
    MISSING,
    UNDECIDED,
    EvaluationError,
    MappingEnvironment,
    decide,
    evaluate,
    parse,
)

TRUTHS = (True, False, None)


def given(**values: object) -> MappingEnvironment:
    return MappingEnvironment(values, datetime(2026, 3, 2, tzinfo=UTC), ZoneInfo("UTC"))


def test_0002_input_data_number() -> None:
    assert evaluate(parse("12 * salary"), given(salary=10_000)).value == Decimal(120_000)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.872", "0.872"),
        ("-0.872", "-0.872"),
        ("50", "50"),
        ("-50", "-50"),
        ("125.4321987654", "125.4321987654"),
        ("-125.4321987654", "-125.4321987654"),
    ],
)
def test_0101_feel_constants(text: str, value: str) -> None:
    assert evaluate(parse(text), given()).value == Decimal(value)


@pytest.mark.parametrize("text", ["foo bar", "šomeÚnicodeŠtriňg", "横綱", "longer" * 30])
def test_0102_feel_constants(text: str) -> None:
    assert evaluate(parse(f'"{text}"'), given()).value == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10+5", 15),
        ("-10+-5", -15),
        ("(-10)+(-5)", -15),
        ("10-5", 5),
        ("-10--5", -5),
        ("(-10)-(-5)", -5),
        ("(10+20)-(-5+3)", 32),
        ("10*5", 50),
        ("-10*-5", 50),
        ("(-10)*(-5)", 50),
        ("(10+5)*(-5*3)", -225),
        ("10/5", 2),
        ("-10/-5", 2),
        ("(-10)/(-5)", 2),
        ("(10+20)/(-5*3)", -2),
        ("10 + 20 / -5 - 3", 3),
        ("10 + 20 / (-5 - 3)", "7.5"),
    ],
)
def test_0105_feel_math(text: str, value: int | str) -> None:
    assert evaluate(parse(text), given()).value == Decimal(value)


@pytest.mark.parametrize("sign", "+-*/")
def test_0105_feel_math_with_what_is_missing(sign: str) -> None:
    for text in (f"10 {sign} nothing", f"nothing {sign} 10"):
        assert evaluate(parse(text), given(nothing=MISSING)).value is MISSING


def test_0105_feel_math_divided_by_zero_is_an_error_here() -> None:
    with pytest.raises(EvaluationError):
        evaluate(parse("(10+20)/0"), given())


@pytest.mark.parametrize("a", TRUTHS)
@pytest.mark.parametrize("b", TRUTHS)
def test_0106_feel_ternary_logic(a: bool | None, b: bool | None) -> None:
    """And is false where one is false, or is true where one is true, else what is missing counts."""
    both = False if False in (a, b) else None if None in (a, b) else True
    either = True if True in (a, b) else None if None in (a, b) else False
    assert decide(parse("a and b"), given(a=a, b=b))[0] is (UNDECIDED if both is None else both)
    assert decide(parse("a or b"), given(a=a, b=b))[0] is (UNDECIDED if either is None else either)


@pytest.mark.parametrize("a", TRUTHS)
def test_0107_feel_ternary_logic_not(a: bool | None) -> None:
    assert decide(parse("not a"), given(a=a))[0] is (UNDECIDED if a is None else not a)
