"""The public form: off unless switched on; it leaves a contact to be looked at, and tells nothing."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import pytest
from door_world import Door, open_door

from models import (
    AuditEvent,
    Client,
    ContactStanding,
    FirstContact,
    HumanTask,
    Instance,
    Safety,
    TaskPriority,
)
from web.forms.contact_words import Words, words_for

SENT = {
    "given_name": "Ana",
    "family_name": "Testwell",
    "phone": "(202) 555-0160",
    "phone_safe": "yes",
    "texts": "no",
    "need": "Nothing to eat\r\nsince Friday",
    "language": "es",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door(public_form=True) as opened:
        yield opened


def send(door: Door, **fields: str) -> httpx.Response:
    content = urlencode({**SENT, **fields})
    return door.browser(None).post("/contact", content=content, headers=FORM)


def test_it_is_off_unless_it_is_switched_on() -> None:
    with open_door() as door:
        assert door.browser(None).get("/contact").status_code == 404
        assert send(door).status_code == 404
        assert door.rows(FirstContact) == []


def test_nobody_has_to_log_in_and_other_pages_stay_shut(door: Door) -> None:
    page = door.browser(None).get("/contact")
    assert page.status_code == 200
    assert "What happens with this" in page.text
    assert "Leave this page quickly" in page.text
    for place in ("/contacts", "/contacts/new", "/contact/", "/contact/other"):
        assert door.browser(None).get(place).status_code in (303, 404), place


def test_what_is_sent_waits_for_a_person_and_begins_nothing(door: Door) -> None:
    answer = send(door)
    assert (answer.status_code, answer.headers["location"]) == (303, "/contact/thanks")
    (contact,) = door.rows(FirstContact)
    assert (contact.standing, contact.team, contact.phone, contact.phone_safe) == (
        ContactStanding.WAITING,
        "intake_team",
        "+12025550160",
        Safety.UNKNOWN,
    )
    assert contact.need == "Nothing to eat\nsince Friday"
    assert contact.phone_type == "voice"
    assert len(door.rows(HumanTask)) == 1
    assert (door.rows(Client), door.rows(Instance)) == ([], [])
    assert [each.actor for each in door.rows(AuditEvent)] == ["public"]


def test_a_no_about_safety_counts_at_once(door: Door) -> None:
    send(door, phone_safe="no", in_danger="yes")
    (contact,), (task,) = door.rows(FirstContact), door.rows(HumanTask)
    assert (contact.phone_safe, task.priority) == (Safety.NO, TaskPriority.STAT)


def test_the_same_page_sent_twice_is_one_contact(door: Door) -> None:
    page = door.browser(None).get("/contact").text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    answers = [send(door, key=key[1]) for _ in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    assert len(door.rows(FirstContact)) == 1


def test_what_is_added_after_going_back_is_not_taken_for_the_same_page_sent_twice(door: Door) -> None:
    send(door, key="k")
    send(door, key="k", in_danger="yes")
    send(door, key="k", given_name="Another")
    found = [(each.given_name, each.in_danger) for each in door.rows(FirstContact)]
    assert sorted(found) == sorted([("Ana", False), ("Ana", True), ("Another", False)])
    assert TaskPriority.STAT in {each.priority for each in door.rows(HumanTask)}


def test_somebody_whom_we_know_gets_the_same_answer(door: Door) -> None:
    unknown = send(door)
    door.client("+12025550160")
    known = send(door)
    assert (known.status_code, known.headers["location"], known.content) == (
        unknown.status_code,
        unknown.headers["location"],
        unknown.content,
    )


def test_what_cannot_be_read_is_asked_again_and_nothing_typed_is_lost(door: Door) -> None:
    answer = send(door, phone="12", given_name='"><script>alert(1)</script>')
    assert answer.status_code == 422
    assert "This is not a telephone number" in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text
    assert "<script>alert" not in answer.text
    assert "since Friday" in answer.text
    assert door.rows(FirstContact) == []


def test_a_program_that_fills_in_every_field_is_thanked_and_kept_out(door: Door) -> None:
    assert send(door, website="https://spam.example").status_code == 303
    assert door.rows(FirstContact) == []


def test_an_address_that_sends_much_has_to_wait_and_then_may_again(door: Door) -> None:
    codes = [send(door, need=str(each)).status_code for each in range(8)]
    assert codes[:6] == [303] * 6
    assert codes[-1] == 429
    assert len(door.rows(FirstContact)) == codes.count(303)


def test_it_speaks_the_language_that_the_browser_asks_for_or_that_somebody_chooses(door: Door) -> None:
    browser = door.browser(None)
    asked = {"Accept-Language": "fr, es-MX;q=0.9, en;q=0.8"}
    spanish = browser.get("/contact", headers=asked)
    assert '<html lang="es" dir="ltr">' in spanish.text
    assert "Pídanos ayuda" in spanish.text
    assert spanish.headers["content-language"] == "es"
    assert "Accept-Language" in spanish.headers["vary"]
    assert '<option value="es" selected>español</option>' in spanish.text
    for headers in ({}, {"Accept-Language": "*;q=x, ;;, fr"}, {"Accept-Language": "es;q=0"}):
        assert '<html lang="en" dir="ltr">' in browser.get("/contact", headers=headers).text
    assert '<html lang="en"' in browser.get("/contact?language=en", headers=asked).text
    assert '<html lang="en"' in browser.get("/contact?language=xx%22%3E").text


def test_the_language_that_was_read_goes_on_and_is_kept_with_the_contact(door: Door) -> None:
    faulty = send(door, shown_in="es", phone="12")
    assert "Esto no es un número de teléfono" in faulty.text
    assert "since Friday" in faulty.text
    answer = send(door, shown_in="es", language="")
    assert answer.headers["location"] == "/contact/thanks?language=es"
    assert "Gracias" in door.browser(None).get(answer.headers["location"]).text
    (contact,) = door.rows(FirstContact)
    assert contact.language == "es"


def test_a_language_that_is_read_from_the_right_says_so() -> None:
    hebrew = Words("he", words_for(("en",))["en"].texts)
    with open_door(public_form=True, contact_words={**words_for(("en",)), "he": hebrew}) as door:
        page = door.browser(None).get("/contact?language=he").text
    assert '<html lang="he" dir="rtl">' in page
    assert 'lang="he" hreflang="he" dir="rtl" aria-current="true">עברית</a>' in page
    assert '<a href="/contact?language=en" lang="en" hreflang="en" dir="ltr" >English</a>' in page


def test_another_site_cannot_send_it(door: Door) -> None:
    headers = {**FORM, "Sec-Fetch-Site": "cross-site"}
    answer = door.browser(None).post("/contact", content=urlencode(SENT), headers=headers)
    assert answer.status_code == 403
    assert door.rows(FirstContact) == []
