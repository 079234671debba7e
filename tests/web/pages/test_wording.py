"""Moments in words."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from web.pages.wording import Wording, dated, initials, sentence, span, telephone

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
WORDS = Wording(ZoneInfo("America/New_York"), NOW)


@pytest.mark.parametrize(
    ("hours", "words", "tone"),
    [
        (-49, "overdue by 2 days", "danger"),
        (-0.1, "overdue by 6 minutes", "danger"),
        (4, "today, 14:00", "warn"),
        (20, "tomorrow, 06:00", "warn"),
        (30, "tomorrow, 16:00", ""),
        (72, "in 3 days", ""),
        (24 * 30, "Wed 1 Apr", ""),
    ],
)
def test_a_due_date_says_how_far_away_it_is(hours: float, words: str, tone: str) -> None:
    due = WORDS.due(NOW + timedelta(hours=hours))
    assert due is not None
    assert (due.words, due.tone) == (words, tone)


def test_another_year_is_said() -> None:
    assert WORDS.at(datetime(2027, 1, 1, tzinfo=UTC)) == "Thu 31 Dec, 19:00"
    assert WORDS.at(datetime(2027, 1, 2, tzinfo=UTC)) == "Fri 1 Jan 2027, 19:00"


def test_a_language_has_a_name() -> None:
    assert [WORDS.language(tag) for tag in ("es", "zh-Hant", "xx-none")] == [
        "Spanish",
        "Chinese (Traditional)",
        "xx-none",
    ]


def test_small_words() -> None:
    assert span(timedelta(seconds=3)) == "1 minute"
    assert (initials("Ana Maria Lopez"), initials("Ana")) == ("AL", "A")
    assert sentence("do it") == "Do it."


def test_what_the_engine_wrote_is_said_as_people_say_it() -> None:
    words = Wording(ZoneInfo("America/New_York"), datetime(2026, 11, 27, 15, tzinfo=UTC))
    names = {"intake_team": "Intake team", "food-insecurity": "Food"}
    said = {
        "Team: intake_team.": "Team: Intake team.",
        "Need: food-insecurity": "Need: Food",
        "housing 2 (at_risk)": "housing 2 (at risk)",
        "Due 2026-11-02 17:00 America/New_York, told": "Due Mon 2 Nov, 17:00, told",
        "the first on 2026-01-31": "the first on Sat 31 Jan",
        "case 2026-000001, first_last@example.net": "case 2026-000001, first_last@example.net",
        "on 2026-02-31 a well-known day": "on 2026-02-31 a well-known day",
    }
    assert {text: words.text(text, names) for text in said} == said


def test_a_birthday_has_its_year_and_no_weekday() -> None:
    assert dated(date(1990, 3, 4)) == "4 Mar 1990"


def test_an_absence_ends_with_the_day_before_its_last_midnight() -> None:
    assert WORDS.last_day(datetime(2026, 3, 7, 5, tzinfo=UTC)) == date(2026, 3, 6)


def test_a_title_calls_codes_by_their_names_and_leaves_the_rest() -> None:
    names = {"employment-status": "Work"}
    assert Wording.title("Create referral: `employment-status`", names) == "Create referral: Work"
    assert Wording.title("A follow-up of 2026-03-02", names) == "A follow-up of 2026-03-02"


def test_a_telephone_number_stands_in_groups_and_what_is_none_as_it_was() -> None:
    assert telephone("+12025550143") == "+1 202-555-0143"
    assert telephone("the neighbour") == "the neighbour"


def test_a_condition_in_a_text_asks_by_the_last_of_its_names() -> None:
    said = WORDS.text("By the rule: findings.immediate_danger is not no. See office.example", {})
    assert said == "By the rule: immediate danger is not no. See office.example"
