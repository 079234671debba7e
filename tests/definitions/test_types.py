from __future__ import annotations

import pytest

from definitions.types import (
    Choice,
    Choices,
    Date,
    DateTime,
    Duration,
    ListOf,
    MaybeAbsent,
    Money,
    Number,
    Record,
    Struct,
    Text,
    Type,
    YesNo,
    describe,
    type_from_words,
)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (YesNo(), "a yes/no answer"),
        (DateTime(), "a date and time"),
        (Duration(), "a length of time"),
        (Duration("clock"), "a length of time in hours or minutes"),
        (Record("Client"), "a Client record"),
        (Record("Income"), "an Income record"),
        (Choice(("a", "b")), "a choice (a, b)"),
        (Choice(("a", "b", "c", "d", "e")), "a choice (a, b, c, d, ...)"),
        (Choices(("a", "b")), "any number of choices (a, b)"),
        (ListOf(Money()), "a list of amounts of money"),
        (ListOf(Record("Income")), "a list of Income records"),
        (ListOf(ListOf(Number())), "a list of lists"),
        (MaybeAbsent(Date(), "visit"), "a date that is absent when `visit` is skipped"),
    ],
)
def test_a_type_is_described_in_plain_words(kind: Type, words: str) -> None:
    assert describe(kind) == words


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("text", Text()),
        ("number", Number()),
        ("money", Money()),
        ("date", Date()),
        ("date and time", DateTime()),
        ("date  and   time", DateTime()),
        ("yes_no", YesNo()),
        ("choice", Choice(("a",))),
        ("choices", Choices(("a",))),
        ("consent", Record("Consent")),
        ("Service", Record("Service")),
        ("datetime", None),
        ("yes/no", None),
        ("client", None),
        ("Client record", None),
        ("", None),
    ],
)
def test_a_type_is_read_from_its_words(words: str, kind: Type | None) -> None:
    assert type_from_words(words, ("a",)) == kind


def test_a_group_of_values_tells_the_type_of_each() -> None:
    group = Struct((("a", Text()), ("b", Number())))
    assert group.field("b") == Number()
    assert group.field("c") is None
