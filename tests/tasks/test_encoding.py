"""Values of the language as JSON and back."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from step_bench import Bench

from definitions.arguments import StepOutput
from definitions.runtime_values import ABSENT, MISSING, UNDECIDED, DurationValue, MoneyValue
from definitions.types import (
    Choice,
    Choices,
    Condition,
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
    YesNo,
)
from models import RiskLevel
from tasks.encoding import EncodingError, decode, encode, encode_input, output_values
from tasks.outputs import NamedOutput
from tasks.records.record_view import LiveRecord

VALUES = [
    (Text(), "Ñandú, 3rd floor"),
    (Number(), Decimal("12.50")),
    (Money(), MoneyValue(Decimal("433.33"), "USD")),
    (Date(), date(2024, 2, 29)),
    (DateTime(), datetime(2026, 3, 2, 15, 0, tzinfo=UTC)),
    (Duration("days"), DurationValue(Decimal(3), "days")),
    (Condition(), False),
    (YesNo(), "doesnt_know"),
    (Choice(("low", "high")), "high"),
    (Choices(("a", "b")), ("b", "a")),
    (Choices(("a", "b")), ()),
    (ListOf(Number()), (Decimal(1), MISSING)),
    (Struct((("a", Text()), ("b", Number()))), {"a": "x", "b": MISSING}),
]


@pytest.mark.parametrize(("kind", "value"), VALUES)
def test_every_type_comes_back_as_it_was(bench: Bench, kind: object, value: object) -> None:
    assert decode(kind, encode(value), bench.session) == value  # type: ignore[arg-type]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6))
def test_no_digit_of_a_number_is_lost(number: Decimal) -> None:
    assert str(decode(Number(), encode(number), None)) == str(number)  # type: ignore[arg-type]


@pytest.mark.parametrize("nothing", [None, MISSING, ABSENT, UNDECIDED])
def test_what_is_not_there_is_null_and_comes_back_missing(bench: Bench, nothing: object) -> None:
    assert encode(nothing) is None
    assert decode(YesNo(), None, bench.session) is MISSING


def test_a_moment_is_kept_in_utc() -> None:
    berlin = timezone(timedelta(hours=2))
    assert encode(datetime(2026, 7, 1, 9, tzinfo=berlin)) == "2026-07-01T07:00:00+00:00"


def test_a_record_is_kept_as_its_kind_and_id_and_comes_back_live(bench: Bench) -> None:
    client = bench.client()
    json = encode(LiveRecord("Client", client.id, bench.session))
    assert json == {"record": "Client", "id": client.id}
    view = decode(MaybeAbsent(Record("Client"), "x"), json, bench.session)
    client.given_name = "Eva"
    assert isinstance(view, LiveRecord)
    assert view.field("given_name") == "Eva"


def test_a_bare_id_is_read_as_a_record_too(bench: Bench) -> None:
    client = bench.client()
    assert decode(Record("Client"), client.id, bench.session) == LiveRecord(
        "Client", client.id, bench.session
    )


def test_an_answer_that_says_why_there_is_none_is_missing(bench: Bench) -> None:
    assert decode(Number(), {"no_answer": "doesnt_know"}, bench.session) is MISSING


def test_members_of_value_sets_are_kept_as_their_codes() -> None:
    assert encode((RiskLevel.HIGH,)) == ["high"]


def test_the_outputs_of_a_step_are_values_not_dictionaries() -> None:
    class Out(StepOutput):
        total: MoneyValue

    money = MoneyValue(Decimal(1), "EUR")
    assert output_values(Out(total=money)) == {"total": money}
    assert encode(Out(total=money)) == {"total": {"amount": "1", "currency": "EUR"}}
    assert encode(NamedOutput(housing="stable", count=Decimal(2))) == {"housing": "stable", "count": "2"}


def test_a_value_that_could_not_be_read_back_is_not_written() -> None:
    with pytest.raises(EncodingError, match="object"):
        encode(object())


@pytest.mark.parametrize(
    ("kind", "json"),
    [
        (Number(), "many"),
        (Money(), {"amount": "3"}),
        (Date(), "02.03.2026"),
        (DateTime(), "2026-03-02T09:00"),
        (ListOf(Text()), 3),
    ],
)
def test_a_stored_value_of_another_shape_is_refused(bench: Bench, kind: object, json: object) -> None:
    with pytest.raises(EncodingError):
        decode(kind, json, bench.session)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "words", "json"),
    [
        (Number(), "12.5", "12.5"),
        (Number(), 3, 3),
        (Money(), "12.50 eur", {"amount": "12.50", "currency": "EUR"}),
        (Date(), "2026-03-02", "2026-03-02"),
        (DateTime(), "2026-03-02T09:00-05:00", "2026-03-02T14:00:00+00:00"),
        (YesNo(), "yes", "yes"),
        (Choices(("a", "b")), "a, b", ["a", "b"]),
        (Text(), "", None),
    ],
)
def test_inputs_can_be_given_in_words(bench: Bench, kind: object, words: object, json: object) -> None:
    assert encode_input(kind, words, bench.session, "x") == json  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Number(), "twelve"),
        (Money(), "7.77"),
        (Date(), "02.03.2026"),
        (DateTime(), "2031-05-06T09:00"),
        (YesNo(), "true"),
        (Choice(("low", "high")), "medium"),
        (Choices(("a", "b")), "a, c"),
        (Record("Client"), "01JNOBODY0000000000000000X"),
    ],
)
def test_an_input_that_does_not_fit_is_refused_by_its_name(bench: Bench, kind: object, words: str) -> None:
    with pytest.raises(EncodingError, match="`received`") as refused:
        encode_input(kind, words, bench.session, "received")  # type: ignore[arg-type]
    assert words not in str(refused.value)


def test_a_record_is_given_as_an_input_by_its_id(bench: Bench) -> None:
    client = bench.client()
    json = encode_input(Record("Client"), client.id, bench.session, "client")
    assert json == {"record": "Client", "id": client.id}
