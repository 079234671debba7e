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


def test_another_site_cannot_send_it(door: Door) -> None:
    headers = {**FORM, "Sec-Fetch-Site": "cross-site"}
    answer = door.browser(None).post("/contact", content=urlencode(SENT), headers=headers)
    assert answer.status_code == 403
    assert door.rows(FirstContact) == []
