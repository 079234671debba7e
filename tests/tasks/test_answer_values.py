"""One answer as it was typed: the JSON that is kept, or what is wrong."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from definitions.types import YES_NO_CODES
from tasks.people.answer_values import (
    UnreadableError,
    is_blank,
    no_answer,
    read_answer,
    read_moment,
    satisfies,
)

OPTIONS = {"stable": "Stable", "homeless": "Homeless"}


def item(kind: str, **more: Any) -> dict[str, Any]:
    return {"id": "x", "type": kind, "zone": "Europe/Berlin", **more}


CHOICE, CHOICES = item("choice", options=OPTIONS), item("choices", options=OPTIONS)
SERVICE = item("Service", record="Service", options={"A1": "Pantry"})


@pytest.mark.parametrize(
    ("entry", "typed", "kept"),
    [
        (item("yes_no"), "doesnt_know", "doesnt_know"),
        (item("text"), "  Two lines\nof text ", "Two lines\nof text"),
        (item("text"), "doesnt_know", "doesnt_know"),
        (item("text"), "=SUM(A1) <b>bold</b>", "=SUM(A1) <b>bold</b>"),
        (item("number"), 12, "12"),
        (item("number"), "12.50", "12.50"),
        (item("number"), Decimal("0.1"), "0.1"),
        (item("number"), 0.1, "0.1"),
        (item("money"), "1200.50 EUR", {"amount": "1200.50", "currency": "EUR"}),
        (item("money"), {"amount": 3, "currency": "USD"}, {"amount": "3.00", "currency": "USD"}),
        (item("date"), "2028-02-29", "2028-02-29"),
        (item("date"), date(2026, 3, 2), "2026-03-02"),
        (item("date and time"), "2026-03-02T09:00+01:00", "2026-03-02T08:00:00+00:00"),
        (item("date and time"), "2026-07-01T09:00", "2026-07-01T07:00:00+00:00"),
        (CHOICE, "homeless", "homeless"),
        (CHOICES, ["homeless", "stable"], ["stable", "homeless"]),
        (CHOICES, [], []),
        (SERVICE, "A1", {"record": "Service", "id": "A1"}),
        (SERVICE, {"record": "Service", "id": "A1"}, {"record": "Service", "id": "A1"}),
        (
            SERVICE,
            {"none_suitable": "No place free"},
            {"no_answer": "none_suitable", "reason": "No place free"},
        ),
        (item("file"), {"file": "F1", "name": "a.pdf"}, {"record": "StoredFile", "id": "F1"}),
        (
            item("files"),
            [{"file": "F2", "name": "b.pdf"}, "F1"],
            [{"record": "StoredFile", "id": "F2"}, {"record": "StoredFile", "id": "F1"}],
        ),
        (item("consent"), "yes", {"given": "yes"}),
        (item("consent"), "no", {"no_answer": "no"}),
        (
            item("consent"),
            {"given": "yes", "by": "Eva Ruiz", "capacity": "parent"},
            {"given": "yes", "by": "Eva Ruiz", "capacity": "parent"},
        ),
    ],
)
def test_an_answer_that_fits_is_kept_in_the_json_of_its_type(
    entry: dict[str, Any], typed: object, kept: object
) -> None:
    assert read_answer(entry, typed) == kept


@pytest.mark.parametrize(
    ("entry", "typed", "message"),
    [
        (item("yes_no"), "maybe", "is one of yes, no, doesnt_know"),
        (item("yes_no"), "yess", "did you mean `yes`?"),
        (item("yes_no"), True, "written as a word"),
        (item("text"), 5, "a text is wanted"),
        (item("text"), "x" * 10_001, "at most 10,000 characters"),
        (item("text"), "a\x00b", "cannot be seen"),
        (item("text"), "a\u202eb", "cannot be seen"),
        (item("number"), True, "a number is wanted"),
        (item("number"), "1,200", "digits with a point"),
        (item("number"), float("nan"), "15 digits"),
        (item("number"), float("inf"), "15 digits"),
        (item("number"), "9" * 40, "digits"),
        (item("number", at_least="0", at_most="120"), "-1", "at least 0"),
        (item("number", at_least="0", at_most="120"), 121, "at most 120"),
        (item("money"), "1200", "with its currency"),
        (item("money"), "1 XXQ", "ISO 4217"),
        (item("money"), "1.005 EUR", "two decimals"),
        (item("date"), "2027-02-29", "does not exist in the calendar"),
        (item("date"), "01.02.2026", "2026-02-28"),
        (item("date"), datetime(2026, 3, 2, tzinfo=UTC), "2026-02-28"),
        (item("date and time"), "2026-03-29T02:30", "does not exist"),
        (item("date and time"), "2026-10-25T02:30", "comes twice"),
        (CHOICE, "Homeless", "did you mean `homeless`?"),
        (CHOICE, ["homeless"], "the answer is one of"),
        (CHOICES, "homeless", "a list of answers"),
        (CHOICES, ["homeless", "homeless"], "stands twice"),
        (CHOICES, ["castle"], "each answer is one of"),
        (SERVICE, "B2", "one of the 1 offered"),
        (SERVICE, "none_suitable", "say why"),
        (SERVICE, {"none_suitable": " "}, "say why"),
        (item("files"), "F1", "a list of files"),
        (item("files"), [], "a list of files"),
        (item("files"), ["F1", {"file": "F1"}], "stands twice"),
        (item("files"), ["F1", 7], "a file is wanted"),
        (item("files"), [f"F{each}" for each in range(21)], "20 files at most"),
        (item("consent"), {"given": "yes", "signature": "x"}, "nothing else"),
        (item("consent"), {"given": "yes", "capacity": "neighbour"}, "the capacity"),
        (item("number"), {"no_answer": "lost"}, "`no_answer` is one of"),
    ],
)
def test_an_answer_that_does_not_fit_says_what_is_wanted(
    entry: dict[str, Any], typed: object, message: str
) -> None:
    with pytest.raises(UnreadableError, match=message.replace("(", r"\(").replace("?", r"\?")):
        read_answer(entry, typed)


@pytest.mark.parametrize(
    "entry", [CHOICE, CHOICES, SERVICE, *map(item, ("number", "date", "consent", "file", "files"))]
)
@pytest.mark.parametrize("code", ["doesnt_know", "prefers_not_to_answer", "not_collected"])
def test_every_item_can_be_answered_by_not_knowing_or_not_wanting(entry: dict[str, Any], code: str) -> None:
    kept = read_answer(entry, code)
    assert no_answer(kept) == code
    assert satisfies(kept) == (code != "not_collected")


def test_a_text_item_is_refused_by_saying_so_in_full() -> None:
    assert read_answer(item("text"), {"no_answer": "prefers_not_to_answer"}) == {
        "no_answer": "prefers_not_to_answer"
    }
    assert read_answer(item("yes_no"), {"no_answer": "doesnt_know"}) == "doesnt_know"


@pytest.mark.parametrize("code", YES_NO_CODES)
def test_required_is_met_by_every_yes_no_code_but_not_collected(code: str) -> None:
    assert satisfies(read_answer(item("yes_no"), code)) == (code != "not_collected")


def test_a_time_that_comes_twice_is_taken_with_its_offset() -> None:
    assert read_moment("2026-10-25T02:30+01:00", "Europe/Berlin") == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_blank_means_that_nothing_was_typed() -> None:
    assert [is_blank(each) for each in (None, "", "  ", 0, [], "x")] == [
        True,
        True,
        True,
        False,
        False,
        False,
    ]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.decimals() | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=15), inner, max_size=3),
    max_leaves=6,
)
ITEMS = [
    CHOICE,
    CHOICES,
    SERVICE,
    *(item(kind) for kind in ("yes_no", "text", "number", "money", "date", "consent", "file", "files")),
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([*ITEMS, item("date and time")]), ANYTHING)
def test_whatever_is_typed_is_kept_or_refused_and_never_breaks(entry: dict[str, Any], typed: object) -> None:
    try:
        kept = read_answer(entry, typed)
    except UnreadableError:
        return
    assert isinstance(kept, str | list | dict)
