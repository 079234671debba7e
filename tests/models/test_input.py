from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import models
from models import (
    AppointmentInput,
    CaseNoteInput,
    ClientInput,
    ConsentInput,
    ContactPointInput,
    HouseholdMemberInput,
    IncomeInput,
    Input,
    InvalidInputError,
    InvolvementInput,
    Record,
    ServiceInput,
    StaffInput,
)

TODAY = date(2026, 3, 29)
NOW = datetime(2026, 3, 29, 10, 0, tzinfo=UTC)

GOOD: dict[type[Input], dict[str, Any]] = {
    ClientInput: {"given_name": "Ada", "family_name": "Example"},
    HouseholdMemberInput: {"household_id": "h", "client_id": "c"},
    InvolvementInput: {"client_id": "c", "role": "guardian", "name": "Gus Guardian"},
    ContactPointInput: {"client_id": "c", "kind": "phone", "value": "+49 30 123456"},
    IncomeInput: {"client_id": "c", "amount": "1200.50", "currency": "eur", "frequency": "monthly"},
    StaffInput: {"name": "Wim Worker", "email": "wim@example.org"},
    ServiceInput: {"organization": "Food bank", "name": "Parcels", "categories": ["food-insecurity"]},
    AppointmentInput: {
        "case_id": "1",
        "client_id": "c",
        "place": "Office",
        "starts_at": NOW,
        "ends_at": NOW + timedelta(hours=1),
    },
    ConsentInput: {
        "client_id": "c",
        "purpose": "referral",
        "recipients": ["Food bank"],
        "data_categories": ["contact"],
        "given_by": "Ada",
        "given_at": NOW,
    },
    CaseNoteInput: {
        "case_id": "1",
        "kind": "contact",
        "title": "Call",
        "text": "Spoke.\nAll well.",
        "happened_at": NOW,
    },
}


def parsed(kind: type[Input], changed: Mapping[str, Any]) -> Any:
    return kind.parse({**GOOD[kind], **changed}, today=TODAY)


@pytest.mark.parametrize("kind", GOOD, ids=lambda kind: kind.__name__)
def test_a_good_input_is_taken(kind: type[Input]) -> None:
    parsed(kind, {})


@pytest.mark.parametrize(
    ("kind", "field", "given", "expected"),
    [
        (ClientInput, "given_name", "  Zoë ", "Zoë"),
        (ClientInput, "given_name", "Zoe\u0308", "Zoë"),
        (ClientInput, "language", "PT-br", "pt-BR"),
        (ClientInput, "language", "zh-hant-tw", "zh-Hant-TW"),
        (ContactPointInput, "value", "+44 (0)20 7946 0018", "+442079460018"),
        (IncomeInput, "currency", "eur", "EUR"),
        (IncomeInput, "amount", "1200.5", Decimal("1200.50")),
        (IncomeInput, "amount", "0", Decimal("0.00")),
        (IncomeInput, "amount", None, None),
        (StaffInput, "email", "Wim.Worker@EXAMPLE.org", "Wim.Worker@example.org"),
        (StaffInput, "email", "wim@bücher.example", "wim@xn--bcher-kva.example"),
        (ServiceInput, "url", "https://example.org/a?b=c", "https://example.org/a?b=c"),
    ],
)
def test_a_value_is_normalised(kind: type[Input], field: str, given: object, expected: object) -> None:
    assert getattr(parsed(kind, {field: given}), field) == expected


@pytest.mark.parametrize(
    ("kind", "changed", "field", "reason"),
    [
        (ClientInput, {"given_name": ""}, "given_name", "at least 1 character"),
        (ClientInput, {"given_name": "   "}, "given_name", "at least 1 character"),
        (ClientInput, {"given_name": "A" * 201}, "given_name", "at most 200"),
        (ClientInput, {"given_name": "Ada\nBcc: x"}, "given_name", "line break"),
        (ClientInput, {"given_name": "Ada\x00"}, "given_name", "control character"),
        (ClientInput, {"given_name": "Ada\u202e"}, "given_name", "direction"),
        (ClientInput, {"given_name": "\ud800"}, "given_name", ""),
        (ClientInput, {"nickname": "A"}, "nickname", "Extra inputs"),
        (ClientInput, {"language": "english"}, "language", "BCP 47"),
        (ClientInput, {"language": "qqz"}, "language", "BCP 47"),
        (ClientInput, {"time_zone": "Berlin"}, "time_zone", "time zone"),
        (ClientInput, {"time_zone": "Europe"}, "time_zone", "time zone"),
        (ClientInput, {"time_zone": "../../etc/passwd"}, "time_zone", "time zone"),
        (ClientInput, {"living_situation": "castle"}, "living_situation", "'homeless'"),
        (
            ClientInput,
            {"date_of_birth": "2026-03-30", "date_of_birth_quality": "full"},
            "date_of_birth",
            "future",
        ),
        (
            ClientInput,
            {"date_of_birth": "1895-01-01", "date_of_birth_quality": "full"},
            "date_of_birth",
            "130 years",
        ),
        (
            ClientInput,
            {"date_of_birth": "2025-02-29", "date_of_birth_quality": "full"},
            "date_of_birth",
            "date",
        ),
        (ClientInput, {"date_of_birth": "2020-01-01"}, "(record)", "full or approximate"),
        (ClientInput, {"date_of_birth_quality": "full"}, "(record)", "date_of_birth is missing"),
        (HouseholdMemberInput, {"joined_on": "2026-02-02", "left_on": "2026-02-01"}, "(record)", "left_on"),
        (InvolvementInput, {"name": None}, "(record)", "name is missing"),
        (ContactPointInput, {"value": "12"}, "value", "telephone number"),
        (ContactPointInput, {"value": "030 123456"}, "value", "with its country"),
        (ContactPointInput, {"value": "+49 30 123456 ext. 9"}, "value", "extension"),
        (ContactPointInput, {"value": None}, "(record)", "value is missing"),
        (ContactPointInput, {"kind": "email", "value": "nobody"}, "value", "e-mail"),
        (ContactPointInput, {"kind": "address", "value": None}, "(record)", "address_1"),
        (
            ContactPointInput,
            {"kind": "email", "value": "a@example.org", "phone_type": "cell"},
            "(record)",
            "phone_type",
        ),
        (ContactPointInput, {"country": "UK"}, "country", "ISO 3166"),
        (ContactPointInput, {"confirmed_at": NOW, "expires_at": NOW}, "(record)", "expires_at"),
        (ContactPointInput, {"confirmed_at": "2026-03-29T10:00:00"}, "confirmed_at", "timezone"),
        (IncomeInput, {"amount": "-1"}, "amount", "not negative"),
        (IncomeInput, {"amount": "1,200"}, "amount", "digits"),
        (IncomeInput, {"amount": "1.234"}, "amount", "two decimals"),
        (IncomeInput, {"amount": "1e3"}, "amount", "digits"),
        (IncomeInput, {"amount": 12.5}, "amount", "float"),
        (IncomeInput, {"amount": "9" * 50}, "amount", "digits"),
        (IncomeInput, {"currency": "XYZ"}, "currency", "ISO 4217"),
        (IncomeInput, {"starts_on": "2026-02-02", "ends_on": "2026-02-01"}, "(record)", "ends_on"),
        (StaffInput, {"email": "a@b"}, "email", "domain"),
        (StaffInput, {"email": "a b@example.org"}, "email", "e-mail"),
        (StaffInput, {"email": "a@example.org\nBcc: b@example.org"}, "email", "line break"),
        (StaffInput, {"email": "=?utf-8?q?a?=@example.org"}, "email", "e-mail"),
        (StaffInput, {"email": "a@example.org, b@example.org"}, "email", "e-mail"),
        (StaffInput, {"email": "a" * 65 + "@example.org"}, "email", "e-mail"),
        (StaffInput, {"absent_from": NOW, "absent_until": NOW}, "(record)", "absent_until"),
        (ServiceInput, {"categories": []}, "categories", "at least 1"),
        (ServiceInput, {"categories": ["stress", "Food!"]}, "categories.1", "code"),
        (ServiceInput, {"url": "javascript:alert(1)"}, "url", "web address"),
        (AppointmentInput, {"ends_at": NOW}, "(record)", "ends_at"),
        (ConsentInput, {"expires_at": NOW}, "(record)", "expires_at"),
        (CaseNoteInput, {"text": "\x1b[31m"}, "text", "control character"),
    ],
)
def test_a_bad_value_is_refused_with_its_field_and_reason(
    kind: type[Input], changed: dict[str, Any], field: str, reason: str
) -> None:
    with pytest.raises(InvalidInputError) as refused:
        parsed(kind, changed)
    (problem,) = refused.value.problems
    assert problem.field == field
    assert reason in problem.reason


def test_all_problems_come_at_once_and_do_not_repeat_the_values() -> None:
    with pytest.raises(InvalidInputError) as refused:
        parsed(
            ClientInput, {"family_name": "Lovelace\x07", "language": "lovelace", "hidden_name": "Lovelace"}
        )
    assert [problem.field for problem in refused.value.problems] == ["family_name", "hidden_name", "language"]
    assert "Lovelace" not in str(refused.value)
    assert "lovelace" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_national_number_is_read_with_the_region_of_the_department() -> None:
    given = {**GOOD[ContactPointInput], "value": "030 123456"}
    assert ContactPointInput.parse(given, today=TODAY, region="DE").value == "+4930123456"


def test_a_birth_today_is_not_in_the_future() -> None:
    born = parsed(ClientInput, {"date_of_birth": TODAY, "date_of_birth_quality": "full"})
    assert born.date_of_birth == TODAY


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_either_taken_as_one_clean_line_or_refused(text: str) -> None:
    try:
        name = parsed(ClientInput, {"given_name": text}).given_name
    except InvalidInputError:
        return
    assert name.isprintable() or all(character not in name for character in "\r\n\t\0\x1b\u202e")
    assert name == name.strip()


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_either_an_address_that_is_safe_in_a_header_or_refused(text: str) -> None:
    try:
        address = parsed(StaffInput, {"email": text}).email
    except InvalidInputError:
        return
    assert address.isascii()
    assert not set(address) & set('\r\n\t\0 ,;<>"()[]:\\')


@pytest.mark.parametrize(
    "kind",
    [
        value
        for value in vars(models).values()
        if isinstance(value, type) and issubclass(value, Input) and value is not Input
    ],
    ids=lambda kind: kind.__name__,
)
def test_every_field_of_an_input_is_a_field_of_its_table(kind: type[Input]) -> None:
    table: type[Record] = getattr(models, kind.__name__.removesuffix("Input"))
    assert kind.model_fields.keys() <= table.model_fields.keys()
