"""Who may be the person that somebody asks about, and why, in words."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ContactKind, ContactPoint, DateQuality
from tasks.duplicates.person_matching import (
    LIKELY,
    SURE,
    Known,
    Sought,
    birth_dates_like,
    folded,
    initials_like,
    likeness,
)

BORN = date(1991, 4, 12)
ANA = Known("Ana", "Testwell", date_of_birth=BORN, quality=DateQuality.FULL)


def phone(value: str, **fields: object) -> ContactPoint:
    return ContactPoint(client_id="c", kind=ContactKind.PHONE, value=value, **fields)


@pytest.mark.parametrize(
    ("given_name", "family_name", "why"),
    [
        ("Ana", "Testwell", "same name"),
        ("ána", "TESTWELL", "same name"),
        ("Testwell", "Ana", "same name, with given and family name swapped"),
        ("Ana", "Testwel", "name differs by one letter"),
        ("Aan", "Testwell", "name differs by one letter"),
        ("Anna", "Testwelt", "name differs by two letters"),
        ("Anastasia", "Testwell", "same family name, and the given name begins alike"),
        ("Bob", "Testwell", "same family name"),
    ],
)
def test_a_name_that_is_alike_is_said_in_words(given_name: str, family_name: str, why: str) -> None:
    assert likeness(Sought(given_name, family_name), ANA).why == why


def test_another_name_of_theirs_counts_as_the_name() -> None:
    known = Known("Anastasia", "Testwell", preferred_name="Stasi", other_names="Nastya, Ana")
    for name in ("Stasi", "nastya", "Ana"):
        assert likeness(Sought(name, "Testwell"), known).why == "same name, by another name of theirs"


@pytest.mark.parametrize(
    ("born", "why"),
    [
        (BORN, "same birth date"),
        (date(1991, 12, 4), "same birth date, with day and month swapped"),
        (date(1991, 4, 13), "birth date differs by one figure"),
        (date(1970, 1, 31), "another birth date"),
    ],
)
def test_a_birth_date_is_compared_by_what_people_mistake(born: date, why: str) -> None:
    assert likeness(Sought(date_of_birth=born), ANA).why == why


def test_reasons_stand_with_the_strongest_first() -> None:
    found = likeness(Sought("Ana", "Testwel", BORN, phone="+12025550160"), ANA, [phone("+1 202-555-0160")])
    assert found.why == "same phone; same birth date; name differs by one letter"
    assert found.points >= SURE


def test_a_number_of_somebody_around_them_is_said_to_be_theirs() -> None:
    found = likeness(Sought(phone="+12025550160"), ANA, [phone("+12025550160", involvement_id="i")])
    assert found.why == "same phone as somebody around them"
    assert found.points < LIKELY


def test_father_and_son_of_one_name_are_not_likely() -> None:
    assert likeness(Sought("Ana", "Testwell", date(1960, 1, 31)), ANA).points < LIKELY


def test_a_birth_date_or_a_family_name_alone_finds_nobody() -> None:
    assert likeness(Sought(date_of_birth=BORN), ANA).points < LIKELY
    assert likeness(Sought(family_name="Testwell"), ANA).points < LIKELY
    assert likeness(Sought(family_name="Testwell", date_of_birth=BORN), ANA).points >= LIKELY


names = st.text(st.characters(codec="utf-8", categories=("L",)), min_size=1, max_size=12)


@given(names, names)
def test_somebody_is_always_like_themselves_and_found_by_the_initials(given_name: str, family: str) -> None:
    if not folded(given_name) or not folded(family):
        return
    found = likeness(Sought(given_name, family), Known(given_name, family))
    assert found.why == "same name"
    assert folded(given_name)[:1] in {folded(each)[:1] for each in initials_like(given_name)}


@pytest.mark.parametrize(("typed", "kept"), [("Nunez", "Núñez"), ("Ödegaard", "Odegaard"), ("oz", "Őz")])
def test_accents_and_cases_do_not_hide_a_name(typed: str, kept: str) -> None:
    assert kept[0] in initials_like(typed)


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.dates(date(1900, 1, 1), date(2026, 1, 1)))
def test_every_birth_date_that_counts_as_alike_is_looked_for(one: date, other: date) -> None:
    sign = likeness(Sought(date_of_birth=one), Known("A", "B", date_of_birth=other)).signs[0]
    if sign.points > 0:
        assert other in birth_dates_like(one)
    assert set(birth_dates_like(one)) >= {one}
