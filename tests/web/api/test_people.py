"""The people of a case by the API: read with a trace, changed by those who may write the case."""

from collections.abc import Iterator

import pytest
from door_world import Door, open_door

from models import (
    AuditEvent,
    Case,
    CaseStatus,
    ChronologyEntry,
    Client,
    Consent,
    ContactKind,
    ContactPoint,
    Involvement,
    Role,
    Safety,
)


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


KNOWN = {"given_name": "Ana", "family_name": "Testwell", "language": "en"}


def revision(door: Door, case: Case) -> dict[str, str]:
    shown = door.browser().get(address(case)).json()
    return {"If-Match": f'"{shown["profile"]["revision"]}"'}


def test_what_is_known_of_the_client_is_corrected_as_it_was_read(door: Door, case: Case) -> None:
    put, place = door.browser().put, f"{address(case)}/client"
    born = {"date_of_birth": "1984-05-02", "date_of_birth_quality": "full"}
    alone = {"lone_visit_note": "Two dogs", "interpreter_needed": True, "language": "es"}
    read = revision(door, case)
    assert put(place, json={**KNOWN, **born, **alone}, headers=read).status_code == 200
    row = next(each for each in door.rows(Client) if each.id == case.client_id)
    assert (row.date_of_birth.isoformat(), row.language, row.lone_visit_note) == (
        "1984-05-02",
        "es",
        "Two dogs",
    )
    entry = door.rows(ChronologyEntry)[-1]
    assert (entry.title, entry.significant) == ("What is known of the client was corrected", True)
    assert "Day of birth" in entry.detail
    assert "1984" not in entry.detail
    assert put(place, json=KNOWN, headers=read).status_code == 412
    assert put(place, json=KNOWN).status_code == 428
    written = len(door.rows(ChronologyEntry))
    assert put(place, json={**KNOWN, **born, **alone}, headers=revision(door, case)).status_code == 200
    assert len(door.rows(ChronologyEntry)) == written


def test_what_can_t_be_so_is_said_at_its_field(door: Door, case: Case) -> None:
    for change, item in (
        ({"given_name": " "}, "given_name"),
        ({"date_of_birth": "2999-01-01", "date_of_birth_quality": "full"}, "date_of_birth"),
        ({"date_of_birth": "1984-02-30", "date_of_birth_quality": "full"}, "date_of_birth"),
        ({"language": "klingon!"}, "language"),
    ):
        body = {**KNOWN, **change}
        refused = door.browser().put(f"{address(case)}/client", json=body, headers={"If-Match": "*"})
        assert refused.status_code == 422, (change, refused.text)
        assert [each["item"] for each in refused.json()["errors"]] == [item]
    half = {**KNOWN, "date_of_birth_quality": "full"}
    refused = door.browser().put(f"{address(case)}/client", json=half, headers={"If-Match": "*"})
    assert refused.status_code == 422
    assert refused.json()["errors"] == [
        {"item": "date_of_birth", "reason": "Give the day of birth, or say that it is not known."}
    ]
    day = {**KNOWN, "date_of_birth": "1984-05-02"}
    assert (
        door.browser().put(f"{address(case)}/client", json=day, headers={"If-Match": "*"}).status_code == 200
    )
    assert door.rows(Client)[0].date_of_birth_quality == "full"


def test_somebody_of_the_household_is_corrected_unless_they_have_a_case(door: Door, case: Case) -> None:
    browser, at = door.browser(), address(case)
    bea = {"given_name": "Bea", "family_name": "Testwell", "relation": "child"}
    made = browser.post(f"{at}/household", json=bea).json()
    place, born = f"{at}/household/{made['id']}", {"date_of_birth": "2019-09-30", "joined_on": "2020-01-01"}
    head, member = browser.get(at).json()["living"]["members"]
    assert head["facts"] is None  # the client has a form of their own
    tag = {"If-Match": f'"{member["facts"]}"'}
    right = {**bea, **born, "given_name": "Beatrix", "relation": "spouse_or_partner"}
    assert browser.put(place, json=right, headers=tag).status_code == 200
    assert browser.put(place, json=bea, headers=tag).status_code == 412
    assert browser.put(place, json=bea).status_code == 428
    _, member = browser.get(at).json()["living"]["members"]
    assert (member["name"], member["relation"], member["born"]) == (
        "Beatrix Testwell",
        "spouse_or_partner",
        "2019-09-30",
    )
    assert member["joined_on"] == "2020-01-01"
    door.case(next(each for each in door.rows(Client) if each.id == made["client"]))
    refused = browser.put(place, json=bea, headers={"If-Match": "*"})
    assert (refused.status_code, "a case of their own" in refused.text) == (422, True)
    assert browser.get(at).json()["living"]["members"][1]["facts"] is None


def test_domestic_violence_counts_at_once_for_every_number(door: Door, case: Case) -> None:
    browser, place = door.browser(), f"{address(case)}/client"
    told = {"kind": ContactKind.EMAIL, "value": "ana@example.org", "safe": Safety.YES}  # who knows when
    with door.store.write() as session:
        session.add(ContactPoint(client_id=case.client_id, created_at=door.now, **told))
    assert _verdict(door, case) == ""
    known = {**KNOWN, "domestic_violence": True}
    assert browser.put(place, json=known, headers=revision(door, case)).status_code == 200
    assert "not confirmed as safe" in _verdict(door, case)
    entry = door.rows(ChronologyEntry)[-1]
    assert (entry.significant, "Domestic violence is known" in entry.title) == (True, True)


def _verdict(door: Door, case: Case) -> str:
    reached = door.browser().get(address(case)).json()["reached"]
    (mail,) = [each for each in reached if each["kind"] == "email"]
    return str(mail["verdict"])
