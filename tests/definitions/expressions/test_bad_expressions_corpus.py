"""Every line of the corpus is refused, in the words that stand beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from definitions.diagnostics import Diagnostic, Span, render
from definitions.expressions import ExpressionError, Scope, infer, parse
from definitions.problems import Problem
from definitions.types import Choice, Condition, Date, Duration, Money, Number, Record, Text, Type

CASES = Path(__file__).parents[2] / "corpus" / "bad" / "expressions" / "cases.txt"
EXPECTED: dict[str, Type] = {
    "condition": Condition(),
    "date": Date(),
    "text": Text(),
    "number": Number(),
    "money": Money(),
    "duration": Duration(),
    "record": Record("Client"),
    "choice": Choice(("stable", "at_risk", "homeless")),
}


def cases() -> list[tuple[int, str, Type | None, str]]:
    """Line number, expression, expected type and the words before it, of every line that is not a heading."""
    found = []
    for number, line in enumerate(CASES.read_text(encoding="utf-8").splitlines(), start=1):
        word, _, rest = line.partition(": ")
        if line.startswith("## "):
            continue
        if word in EXPECTED:
            found.append((number, rest, EXPECTED[word], f"{word}: "))
        else:
            found.append((number, line, None, ""))
    return found


def problems(text: str, scope: Scope, expected: Type | None) -> tuple[Problem, ...]:
    try:
        return infer(parse(text), scope, expected)[1]
    except ExpressionError as error:
        return error.problems


def rendered(problem: Problem, line: int, text: str, before: str) -> str:
    start, end = problem.start + 1 + len(before), problem.end + 1 + len(before)
    return render(
        Diagnostic(
            problem.code,
            "error",
            problem.message,
            Span(CASES.name, line, start, line, end),
            before + text,
            problem.allowed,
            problem.suggestion,
            problem.advice,
        )
    )


def test_bad_expressions_are_refused_in_the_agreed_words(
    scope: Scope, golden: Callable[[Path, str], None]
) -> None:
    answers = []
    for line, text, expected, before in cases():
        found = problems(text, scope, expected)
        assert found, f"line {line} is accepted: {text}"
        answers.extend(rendered(problem, line, text, before) for problem in found)
    golden(CASES.with_suffix(".expected"), "\n\n".join(answers) + "\n")


def test_every_problem_lies_inside_its_text(scope: Scope) -> None:
    for _, text, expected, _ in cases():
        for problem in problems(text, scope, expected):
            assert 0 <= problem.start < problem.end <= len(text), (text, problem)
