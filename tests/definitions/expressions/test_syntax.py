from __future__ import annotations

import time
from contextlib import suppress
from datetime import date
from decimal import Decimal

import pytest

from definitions.expressions import (
    Comparison,
    Constant,
    ExpressionError,
    Name,
    conjuncts,
    implies,
    parse,
)
from definitions.expressions.nodes import Known


def refused(text: str) -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    return caught.value


def test_names_have_their_places_in_the_order_of_the_text() -> None:
    text = ' findings.housing is  homeless or "ü € x.y" is name'
    names = parse(text).names
    assert [".".join(name.path) for name in names] == ["findings.housing", "homeless", "name"]
    assert [text[name.start : name.end] for name in names] == ["findings.housing", "homeless", "name"]


def test_an_expression_may_stand_on_several_lines() -> None:
    text = "sealed and\n  number > 3\n"
    assert parse(text).root == parse("sealed and number > 3").root
    assert text[slice(parse(text).names[1].start, parse(text).names[1].end)] == "number"


def test_numbers_are_exact_decimals() -> None:
    assert parse("0.1").root == Constant(0, 3, Decimal("0.1"))


def test_a_date_is_a_literal_outside_quotes_only() -> None:
    day, text = parse("2020-02-29").root, parse('"2020-02-29"').root
    assert isinstance(day, Constant)
    assert isinstance(text, Constant)
    assert day.value == date(2020, 2, 29)
    assert text.value == "2020-02-29"


@pytest.mark.parametrize("word", ["from", "class", "in", "is", "None", "import"])
def test_a_field_may_have_the_name_of_a_python_keyword(word: str) -> None:
    root = parse(f"income.{word}").root
    assert isinstance(root, Name)
    assert root.path == ("income", word)


@pytest.mark.parametrize("option", ["pass", "not-applicable", "in-home", "and-or", "IN", "None"])
def test_an_option_may_look_like_a_python_keyword(option: str) -> None:
    root = parse(f"x is {option}").root
    assert isinstance(root, Comparison)
    assert root.signs == ("is",)
    assert root.operands[1] == Name(0, 0, (option,))


def test_is_known_is_a_question_of_its_own() -> None:
    assert parse("a.b is not known").root == Known(0, 0, Name(0, 0, ("a", "b")), negated=True)


def test_equal_trees_say_the_same_wherever_they_stand() -> None:
    assert parse("a.x is yes  and b").root == parse("(a.x is yes) and b").root
    assert parse("a").root != parse("b").root


def test_a_condition_implies_each_of_its_parts() -> None:
    both, one = parse("a is yes and (b is no and c)"), parse("b is no")
    assert len(conjuncts(both.root)) == 3
    assert implies(both, one)
    assert not implies(one, both)
    assert not implies(parse("a is yes or b is no"), one)


def test_every_fault_is_told_in_one_run() -> None:
    codes = [problem.code for problem in refused("a = 3 AND b <> 10% and _c").problems]
    assert codes == ["CW306", "CW306", "CW306", "CW307", "CW312"]


def test_faults_are_limited_in_number() -> None:
    assert len(refused("$ " * 400).problems) == 10


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_nothing_is_not_an_expression(text: str) -> None:
    assert refused(text).problems[0].code == "CW301"


def test_the_limits_hold_at_their_edge() -> None:
    parse("a" * 1000)
    parse(" or ".join(["a"] * 199))
    parse("not " * 19 + "a")
    parse("(" * 20 + "a" + ")" * 20)
    assert refused("a" * 1001).problems[0].code == "CW302"
    assert refused(" or ".join(["a"] * 200)).problems[0].code == "CW302"
    assert refused("not " * 20 + "a").problems[0].code == "CW302"
    assert refused("(" * 21 + "a" + ")" * 21).problems[0].code == "CW302"
    assert refused("+".join(["1"] * 21)).problems[0].code == "CW302"


HOSTILE = {
    "brackets": "(" * 1000,
    "open calls": "a(" * 500,
    "square brackets": "[" * 1000,
    "braces": "{" * 1000,
    "lambdas": "lambda:" * 140,
    "powers": "9**" * 333 + "9",
    "minuses": "-" * 999 + "1",
    "nots": "not " * 249 + "a",
    "dots": "a" + ".a" * 499,
    "digits": "9" * 1000,
    "grouped digits": "1,111" * 200,
    "hyphens": "a-" * 499 + "a",
    "quotes": '"' * 999,
    "curly quotes": "“" * 1000,
    "f-strings": 'f"{' * 333,
    "comparisons": "a<" * 499 + "a",
    "commas": "a in (" + "b," * 490 + "b)",
    "walruses": "(a:=" * 250,
    "spaces": "a" + " " * 998 + "b",
    "NUL": "\0" * 1000,
    "surrogates": "\ud800" * 1000,
    "bidi": "a\u202e" * 500,
    "percent": "1 " * 499 + "%",
    "a million characters": "a+" * 500_000,
    "dates": "2020-02-01" * 100,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_answered_at_once(text: str) -> None:
    before = time.process_time()
    with suppress(ExpressionError):
        parse(text)
    assert time.process_time() - before < 5  # of the processor's; a slow way takes minutes
