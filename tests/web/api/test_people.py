"""The people of a case by the API: read with a trace, changed by those who may write the case."""

from collections.abc import Iterator

import pytest
from door_world import Door, open_door

from models import AuditEvent, Case, CaseStatus, Client, Consent, ContactPoint, Involvement, Role


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as opened:
        yield opened


@pytest.fixture
def case(door: Door) -> Case:
    return door.case(door.client("+12025550160"), worker_id=door.staff_id("worker"))


def address(case: Case) -> str:
    return f"/api/v1/cases/{case.id}/people"


def test_what_is_sent_stands_there_and_a_second_time_changes_nothing(door: Door, case: Case) -> None:
    sent = [
        ("reach", {"kind": "email", "value": "ana@example.org", "safe": "yes"}),
        ("around", {"name": "Dr. Example", "role": "doctor"}),
        ("household", {"given_name": "Bea", "family_name": "Testwell", "relation": "child"}),
        (
            "incomes",
            {"client": case.client_id, "source": "earned", "currency": "USD", "frequency": "monthly"},
        ),
        ("consents", {"purpose": "food", "recipients": ["services"], "data": ["all"], "given_by": "Ana"}),
    ]
    for part, body in sent:
        answers = [door.browser().post(f"{address(case)}/{part}", json=body) for _ in range(2)]
        if part == "household":  # somebody of this name lives there by now, and is looked at first
            assert [each.status_code for each in answers] == [201, 409]
            continue
        assert [each.status_code for each in answers] == [201, 201], answers[0].text
        assert answers[0].json()["id"] == answers[1].json()["id"]
    shown = door.browser().get(address(case)).json()
    assert [each["text"] for each in shown["reached"]] == ["+12025550160", "ana@example.org"]
    assert [each["name"] for each in shown["around"]] == ["Dr. Example"]
    assert [each["name"] for each in shown["living"]["members"]] == ["Ana Testwell", "Bea Testwell"]
    reads = [each for each in door.rows(AuditEvent) if each.action == "read" and each.case_id == case.id]
    assert "contact_points" in reads[-1].fields


def test_a_contact_is_changed_only_as_it_was_read(door: Door, case: Case) -> None:
    (point,) = door.rows(ContactPoint)
    place = f"{address(case)}/reach/{point.id}"
    put = door.browser().put
    assert put(place, json={"safe": "no"}, headers={"If-Match": '"1"'}).status_code == 200
    assert put(place, json={"safe": "yes"}, headers={"If-Match": '"1"'}).status_code == 412
    assert put(place, json={"safe": "yes"}).status_code == 428
    assert door.rows(ContactPoint)[0].safe == "no"


def test_a_warning_of_somebody_is_not_undone_by_who_has_not_seen_it(door: Door, case: Case) -> None:
    browser, part = door.browser(), {"name": "Sam", "role": "other"}
    made = browser.post(f"{address(case)}/around", json=part)
    assert made.status_code == 201, made.text
    place = f"{address(case)}/around/{made.json()['id']}"
    (seen,) = browser.get(address(case)).json()["around"]
    tag = {"If-Match": f'"{seen["state"]}"'}
    warned = browser.put(place, json={"alleged_perpetrator": True}, headers=tag)
    assert warned.status_code == 200
    assert browser.put(place, json={"note": "works at night"}, headers=tag).status_code == 412
    assert browser.put(place, json={"note": "works at night"}).status_code == 428
    (row,) = door.rows(Involvement)
    assert (row.alleged_perpetrator, row.note) == (True, None)
    both = {"alleged_perpetrator": True, "note": "works at night"}
    again = browser.put(place, json=both, headers={"If-Match": f'"{warned.json()["state"]}"'})
    assert again.status_code == 200


def test_what_ends_ends_only_as_it_was_read(door: Door, case: Case) -> None:
    browser, at = door.browser(), address(case)
    for part, body in (
        ("around", {"name": "Dr. Example", "role": "doctor"}),
        ("household", {"given_name": "Bea", "family_name": "Testwell", "relation": "child"}),
        (
            "incomes",
            {"client": case.client_id, "source": "earned", "currency": "USD", "frequency": "monthly"},
        ),
        ("consents", {"purpose": "food", "recipients": ["services"], "data": ["all"], "given_by": "Ana"}),
    ):
        assert browser.post(f"{at}/{part}", json=body).status_code == 201
    shown = browser.get(at).json()
    bea = shown["living"]["members"][1]
    (income,) = shown["living"]["members"][0]["incomes"]
    (part,), (consent,), (point,) = shown["around"], shown["consents"], shown["reached"]
    today = {"day": door.now.date().isoformat()}
    ways = (
        (f"reach/{point['id']}/end", {"reason": "wrong number"}, str(point["revision"])),
        (f"around/{part['id']}/end", today, part["state"]),
        (f"household/{bea['id']}/end", today, bea["state"]),
        (f"incomes/{income['id']}/end", today, income["state"]),
        (f"consents/{consent['id']}/withdraw", {}, consent["state"]),
    )
    for where, body, state in ways:
        said = [
            browser.post(f"{at}/{where}", json=body, headers={"If-Match": f'"{named}"'}).status_code
            for named in ("0", state, state)
        ]
        assert said == [412, 200, 412], where  # it has ended: that is another state
        assert browser.post(f"{at}/{where}", json=body).status_code == 200


def test_a_person_who_is_known_is_chosen_and_not_made_anew(door: Door, case: Case) -> None:
    known = door.client(given_name="Bea")
    body = {"given_name": "Bea", "family_name": "Testwell", "relation": "child"}
    assert door.browser().post(f"{address(case)}/household", json=body).status_code == 409
    chosen = door.browser().post(f"{address(case)}/household", json={**body, "client": known.id})
    assert (chosen.json()["client"], len(door.rows(Client))) == (known.id, 2)


def test_others_see_and_change_nothing(door: Door, case: Case) -> None:
    stranger = door.browser("specialist", Role.SPECIALIST)
    (point,) = door.rows(ContactPoint)
    answers = [
        stranger.get(address(case)),
        stranger.put(f"{address(case)}/reach/{point.id}", json={"safe": "yes"}),
        stranger.post(f"{address(case)}/around", json={"name": "A", "role": "other"}),
        door.browser().get(address(case).replace(case.id, "nowhere")),
    ]
    assert [each.status_code for each in answers] == [404] * 4
    assert door.rows(ContactPoint)[0].safe == "unknown"


def test_a_closed_case_is_read_and_not_written_to(door: Door) -> None:
    closed = door.case(door.client(), status=CaseStatus.CLOSED, closed_at=door.now)
    assert door.browser().get(address(closed)).status_code == 200
    body = {"purpose": "food", "recipients": ["services"], "data": ["all"], "given_by": "Ana"}
    assert door.browser().post(f"{address(closed)}/consents", json=body).status_code == 403
    assert door.rows(Consent) == []


def test_what_cannot_be_read_is_said_at_its_place(door: Door, case: Case) -> None:
    answer = door.browser().post(f"{address(case)}/reach", json={"kind": "phone", "value": "12"})
    assert answer.status_code == 422
    assert [each["item"] for each in answer.json()["errors"]] == ["value"]
