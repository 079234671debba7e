"""New contacts by the API: searching comes first, beginning is done once, and nothing leaks."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from door_world import ANA, Door, open_door

from models import AuditEvent, Client, ContactPoint, FirstContact, HumanTask, Instance, Role, TaskStatus
from web.accounts.tokens import make_token

WHO = {name: ANA[name] for name in ("given_name", "family_name", "date_of_birth", "phone")}


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as opened:
        yield opened


def begin(door: Door, key: str = "k", name: str = "worker", **more: Any) -> httpx.Response:
    sent = {**ANA, **more}
    return door.browser(name).post("/api/v1/contacts", json=sent, headers={"Idempotency-Key": key})


def test_a_contact_is_begun_once_however_often_it_is_sent(door: Door) -> None:
    first, second = begin(door), begin(door)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.json()["page"] == f"/contacts/{first.json()['id']}"
    assert len(door.rows(Instance)) == 1
    door.move()
    contact = door.browser().get(f"/api/v1/contacts/{first.json()['id']}").json()
    assert door.browser().get(f"/api/v1/cases/{contact['case']}").status_code == 200


def test_nobody_is_made_twice_without_a_look_at_who_was_found(door: Door) -> None:
    known = door.client("+12025550160", given_name="Anna")
    refused = begin(door)
    assert (refused.status_code, door.rows(Instance)) == (409, [])
    (match,) = door.browser().post("/api/v1/contacts/search", json=WHO).json()["matches"]
    assert (match["client_id"], match["why"]) == (known.id, "same phone; name differs by one letter")
    assert begin(door, client="somebody else").status_code == 409
    assert begin(door, none_of=[known.id]).status_code == 201
    assert len(door.rows(Client)) == 2
    assert begin(door, "other", client=known.id).json()["client"] == known.id


def test_a_search_is_written_down_with_the_fields_and_not_what_was_typed(door: Door) -> None:
    door.browser().post("/api/v1/contacts/search", json=WHO)
    (row,) = [each for each in door.rows(AuditEvent) if each.action == "search"]
    assert row.fields == ["date_of_birth", "family_name", "given_name", "phone"]
    assert "Testwell" not in repr(row.model_dump())


def test_those_who_work_with_somebody_unseen_hear_of_a_new_contact(door: Door) -> None:
    known = door.client("+12025550160", given_name="Anna")
    case = door.case(known, "referral_team", worker_id=door.staff_id("specialist"))
    found = door.browser().post("/api/v1/contacts/search", json=WHO)
    assert found.json()["matches"] == []
    assert [each["team"] for each in found.json()["elsewhere"]] == ["referral_team"]
    assert all(each not in found.text for each in (known.id, case.id, case.number, "Anna"))
    assert begin(door).status_code == 201
    (task,) = door.rows(HumanTask, case_id=case.id)
    assert (task.assignee_id, task.title) == (
        door.staff_id("specialist"),
        "A new contact may be this client",
    )
    assert "same phone" in task.description


def test_what_cannot_be_read_is_said_at_its_place_and_nothing_is_made(door: Door) -> None:
    answer = begin(door, date_of_birth="2090-01-01", phone="12", language="xx", email="no")
    assert answer.status_code == 422
    assert {each["item"] for each in answer.json()["errors"]} == {
        "date_of_birth",
        "phone",
        "language",
        "email",
    }
    assert "2090" not in answer.text
    assert door.rows(FirstContact) == []


def test_a_contact_for_another_team_waits_there(door: Door) -> None:
    sent = {**ANA, "team": "referral_team"}
    passed = door.browser().post("/api/v1/contacts/pass-on", json=sent).json()
    assert (passed["standing"], door.rows(Instance)) == ("waiting", [])
    specialist = door.browser("specialist", Role.SPECIALIST)
    (waiting,) = specialist.get("/api/v1/contacts").json()["contacts"]
    assert waiting["id"] == passed["id"]
    duty = door.browser("duty")
    assert duty.get("/api/v1/contacts").json()["contacts"] == []
    assert duty.get(f"/api/v1/contacts/{passed['id']}").status_code == 404
    assert begin(door, name="duty", waiting=passed["id"]).status_code == 404
    done = specialist.post("/api/v1/contacts", json={**ANA, "waiting": passed["id"]})
    assert (done.status_code, done.json()["id"]) == (201, passed["id"])
    unknown = door.browser().post("/api/v1/contacts/pass-on", json={**sent, "team": "nowhere"})
    assert unknown.status_code == 422


def test_a_contact_is_set_aside_with_a_reason(door: Door) -> None:
    left = door.browser().post("/api/v1/contacts/pass-on", json={**ANA, "team": "intake_team"}).json()
    address = f"/api/v1/contacts/{left['id']}/set-aside"
    assert door.browser("specialist").post(address, json={"reason": "no"}).status_code == 404
    assert door.browser().post(address, json={"reason": "a wrong number"}).json()["standing"] == "set_aside"


def test_a_contact_that_waits_is_not_done_by_completing_its_task(door: Door) -> None:
    left = door.browser().post("/api/v1/contacts/pass-on", json={**ANA, "team": "intake_team"}).json()
    (task,) = door.rows(HumanTask)
    refused = door.browser().post(f"/api/v1/tasks/{task.id}/complete", json={"answers": {}})
    assert (refused.status_code, "set aside" in refused.json()["detail"]) == (403, True)
    assert [each.status for each in door.rows(HumanTask)] == [task.status]
    door.browser().post(f"/api/v1/contacts/{left['id']}/set-aside", json={"reason": "a wrong number"})
    assert [each.status for each in door.rows(HumanTask)] == [TaskStatus.COMPLETED]


@pytest.mark.parametrize("role", [Role.OPERATIONS, Role.DATA_PROTECTION, Role.ADMINISTRATOR])
def test_others_than_caseworkers_open_no_door(door: Door, role: Role) -> None:
    browser = door.browser("manager", role)
    answers = [
        browser.post("/api/v1/contacts/search", json=WHO),
        browser.post("/api/v1/contacts", json=ANA),
        browser.post("/api/v1/contacts/pass-on", json={**ANA, "team": "managers"}),
        browser.get("/api/v1/contacts"),
    ]
    assert [each.status_code for each in answers] == [403] * 4
    assert (door.rows(FirstContact), door.rows(Client)) == ([], [])


@pytest.mark.parametrize(("scope", "codes"), [("contacts:write", (200, 201)), ("cases:read", (403, 403))])
def test_a_program_needs_the_scope(door: Door, scope: str, codes: tuple[int, int]) -> None:
    account, program = door.account("worker"), door.browser(None)
    token = make_token(door.store, account, scope, [scope], timedelta(days=1), by="test", now=door.now)
    headers = {"Authorization": f"Bearer {token.value}"}
    found = program.post("/api/v1/contacts/search", json=WHO, headers=headers)
    made = program.post("/api/v1/contacts", json=ANA, headers=headers)
    assert (found.status_code, made.status_code) == codes


def test_markup_and_formulas_stay_what_was_typed(door: Door) -> None:
    nasty = "<script>alert(1)</script>=cmd|' /C calc'!A0"
    made = begin(door, given_name=nasty, need=nasty, referred_by=nasty)
    assert made.status_code == 201
    assert made.json()["name"].startswith("<script>")
    html = door.browser().post("/contacts/likely", json={**WHO, "given_name": nasty}).text
    assert "<script>" not in html
    assert "&lt;script&gt;" in html
    assert len(door.rows(ContactPoint)) == 1
