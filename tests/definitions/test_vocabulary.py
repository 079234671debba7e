from __future__ import annotations

import pytest

from definitions.source import parse
from definitions.vocabulary import Vocabulary, VocabularyError
from definitions.vocabulary_file import SHIPPED, load_vocabulary, vocabulary_of
from models import ReferralCategory


def changed(old: str, new: str) -> list[tuple[str, str | None]]:
    """Codes and suggestions for the shipped vocabulary with one text replaced."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    found = vocabulary_of(parse(text.replace(old, new).encode(), "vocabulary.yaml"))
    assert (found.vocabulary is None) == bool(found.diagnostics)
    return [(each.code, each.suggestion) for each in found.diagnostics]


def test_the_shipped_vocabulary_is_clean(vocabulary: Vocabulary) -> None:
    assert vocabulary.calendar() is vocabulary.calendar("office")
    assert vocabulary.options("categories of referral")
    assert vocabulary.options("nothing") is None
    assert vocabulary.rotas["duty_manager"].group == "duty_managers"


def test_categories_of_referral_are_codes_of_the_standard_and_one_of_the_departments(
    vocabulary: Vocabulary,
) -> None:
    own = set(vocabulary.value_sets["categories of referral"]) - {str(code) for code in ReferralCategory}
    assert own == {"legal-aid"}


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("fallback: en", "fallback: fr", [("CW614", None)]),
        ("calendar: office", "calendar: offise", [("CW608", "office")]),
        ("group: duty_managers", "group: duty_manager", [("CW605", "duty_managers")]),
        ("to: manager", "to: manger", [("CW606", "manager")]),
        ("to: group duty_managers", "to: group duty_manager", [("CW605", "duty_managers")]),
        ("after: 15 minutes", "after: 15 mins", [("CW506", "minutes")]),
        ("channel: sms", "channel: fax", [("CW204", None)]),
        ("minutes: number", "minutes: nmber", [("CW401", "number")]),
        ("parts: 1", "parts: 0", [("CW205", None)]),
        ("parts: 1", "part: 1", [("CW201", "parts")]),
        ("zone: America/New_York", "zone: America/New_Yrok", [("CW511", "America/New_York")]),
        ("groups:\n", "grups:\n", [("CW202", None), ("CW201", "groups")]),
        ("  intake_team: Intake team", "  intake_team: 3", [("CW203", None)]),
    ],
)
def test_faults_of_a_vocabulary_have_a_place_and_a_near_word(
    old: str, new: str, found: list[tuple[str, str | None]]
) -> None:
    assert changed(old, new) == found


def test_all_problems_of_a_vocabulary_are_named_at_once() -> None:
    text = (
        "languages: {declared: [en], fallback: fr}\ncalendar: x\n"
        "calendars: {y: {zone: UTC}}\ngroups: {a: A, b: 1}\n"
    )
    found = vocabulary_of(parse(text.encode(), "vocabulary.yaml"))
    assert [each.code for each in found.diagnostics] == ["CW203", "CW510", "CW510", "CW608", "CW614"]
    only_group = text.replace("a: A, ", "")
    found = vocabulary_of(parse(only_group.encode(), "vocabulary.yaml"))
    assert [each.code for each in found.diagnostics] == ["CW203"]


def test_a_missing_calendar_is_named() -> None:
    with pytest.raises(VocabularyError, match="no calendar"):
        Vocabulary().calendar()
    with pytest.raises(VocabularyError, match="calendar `night`"):
        load_vocabulary().calendar("night")
