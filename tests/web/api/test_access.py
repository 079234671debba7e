"""Opening, sealing and "I know this person" by the API; and who saw a file."""

from collections.abc import Iterator

import pytest
from web_desk import WebDesk, open_web_desk, publish

from models import Role, Staff

WHY = "She rang and is in danger now"


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(specialist="referral_team", ann="intake_team") as opened:
        publish(opened.desk)
        yield opened


def case_of(office: WebDesk) -> str:
    return f"/api/v1/cases/{office.desk.case_id}"


def test_the_glass_is_broken_seen_on_the_list_and_reviewed(office: WebDesk) -> None:
    stranger = office.client(office.desk.others["specialist"], Role.SPECIALIST)
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    sent = {"number": "2026-000001", "reason": WHY}
    assert stranger.post("/api/v1/access/openings", json={**sent, "reason": "short"}).status_code == 422
    assert stranger.post("/api/v1/access/openings", json={**sent, "number": "2026-9"}).status_code == 404
    assert stranger.get(case_of(office)).status_code == 404
    opened = stranger.post("/api/v1/access/openings", json=sent)
    assert opened.status_code == 201
    assert stranger.get(case_of(office)).status_code == 200
    assert stranger.get("/api/v1/access/openings").status_code == 403
    (waiting,) = lead.get("/api/v1/access/openings").json()["openings"]
    assert (waiting["case"], waiting["who"], waiting["reason"]) == ("2026-000001", "Specialist", WHY)
    address = f"/api/v1/access/openings/{waiting['id']}/review"
    assert stranger.post(address, json={"finding": "I was right"}).status_code == 404
    assert lead.post(address, json={"finding": "It was right to look"}).status_code == 200
    assert lead.get("/api/v1/access/openings").json()["openings"] == []


def test_who_knows_the_client_sees_the_case_no_more_and_their_work_goes_on(office: WebDesk) -> None:
    assert office.worker.post(f"{case_of(office)}/conflict", json={"reason": "cousin"}).status_code == 204
    assert office.worker.get(case_of(office)).status_code == 404
    assert office.worker.get(office.task).status_code == 404
    assert office.desk.task.assignee_id == office.desk.lead


def test_a_sealed_case_is_seen_by_those_who_are_named(office: WebDesk) -> None:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    ann = office.client(office.desk.others["ann"])
    assert ann.get(case_of(office)).status_code == 200
    sent = {"reason": "a colleague's family"}
    assert office.worker.put(f"{case_of(office)}/seal", json=sent).status_code == 403
    named = lead.put(f"{case_of(office)}/seal", json=sent).json()["named"]
    assert set(named) == {office.desk.worker, office.desk.lead}
    assert [each.get(case_of(office)).status_code for each in (ann, office.worker, lead)] == [404, 200, 200]
    assert lead.request("DELETE", f"{case_of(office)}/seal", json=sent).status_code == 204
    assert ann.get(case_of(office)).status_code == 200


def test_who_is_named_for_a_sealed_case_is_changed_only_as_it_was_read(office: WebDesk) -> None:
    lead, at = office.client(office.desk.lead, Role.SUPERVISOR), f"{case_of(office)}/seal"
    ann, specialist = office.desk.others["ann"], office.desk.others["specialist"]

    def read() -> dict[str, str]:
        found = lead.get(at)
        assert found.headers["etag"] == f'"{found.json()["state"]}"'
        return {"If-Match": found.headers["etag"]}

    unsealed = read()
    assert lead.put(at, json={"reason": WHY, "names": [ann]}, headers=unsealed).status_code == 200
    sealed = read()
    late = lead.put(at, json={"reason": WHY, "names": [specialist]}, headers=unsealed)
    assert (late.status_code, late.headers["content-type"]) == (412, "application/problem+json")
    names = {each["name"] for each in lead.get(at).json()["named"]}
    assert names == {"Ann", "Lead", "Worker"}
    assert lead.request("DELETE", f"{at}/names/{ann}", headers=sealed).status_code == 204
    reason = {"reason": "it is over"}
    assert lead.request("DELETE", at, json=reason, headers=sealed).status_code == 412
    assert lead.get(at).json()["sealed"]
    assert lead.request("DELETE", at, json=reason, headers=read()).status_code == 204
    assert (lead.get(at).json()["sealed"], lead.get(at).json()["named"]) == (False, [])
    outside = office.client(specialist, Role.SPECIALIST)
    assert outside.get(at).status_code == 404


def test_who_saw_a_file_is_told_to_those_who_answer_for_it(office: WebDesk) -> None:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    office.worker.get(case_of(office))
    assert office.worker.get(f"{case_of(office)}/readers").status_code == 403
    (seen,) = lead.get(f"{case_of(office)}/readers").json()["readers"]
    assert (seen["who"], seen["act"], seen["record"]) == ("Worker", "read", "Case")
    assert "chronology" in seen["fields"]
    later = lead.get(f"{case_of(office)}/readers").json()["readers"]
    assert [each["who"] for each in later] == ["Lead", "Worker"]


def test_a_case_is_opened_by_its_address_too_and_one_that_is_not_there_looks_alike(office: WebDesk) -> None:
    stranger = office.client(office.desk.others["specialist"], Role.SPECIALIST)
    both = {"number": "2026-000001", "case": office.desk.case_id, "reason": WHY}
    assert stranger.post("/api/v1/access/openings", json=both).status_code == 422
    missing = stranger.post("/api/v1/access/openings", json={"case": "no-such-id", "reason": WHY})
    assert (missing.status_code, "no-such-id" in missing.text) == (404, False)
    opened = stranger.post("/api/v1/access/openings", json={"case": office.desk.case_id, "reason": WHY})
    assert opened.json()["case"] == office.desk.case_id
    assert stranger.get(case_of(office)).status_code == 200


def test_who_knows_the_client_is_let_back_by_somebody_else(office: WebDesk) -> None:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    ann = office.client(office.desk.others["ann"])
    office.worker.post(f"{case_of(office)}/conflict", json={"reason": "cousin"})
    (standing,) = lead.get("/api/v1/access/conflicts").json()["conflicts"]
    assert (standing["who"], standing["reason"]) == ("Worker", "cousin")
    assert standing["cases"] == [["2026-000001", office.desk.case_id]]
    end = f"/api/v1/access/conflicts/{standing['id']}/end"
    assert office.worker.get("/api/v1/access/conflicts").status_code == 403
    assert office.worker.post(end, json={"reason": "let me in"}).status_code == 404
    assert ann.post(end, json={"reason": "let them in"}).status_code == 404
    assert lead.post(end, json={"reason": "a namesake"}).status_code == 204
    assert lead.get("/api/v1/access/conflicts").json()["conflicts"] == []


def test_more_people_are_named_for_a_sealed_case_by_their_address_and_taken_off_again(
    office: WebDesk,
) -> None:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    ann = office.client(office.desk.others["ann"])
    seal = f"{case_of(office)}/seal"
    wrong = {"reason": "family", "others": "nobody@example.org"}
    assert lead.put(seal, json=wrong).status_code == 422
    with office.desk.store.read() as session:
        address = session.get_one(Staff, office.desk.others["ann"]).email
    assert lead.put(seal, json={"reason": "family", "others": f"{address.upper()},"}).status_code == 200
    assert ann.get(case_of(office)).status_code == 200
    assert lead.request("DELETE", f"{seal}/names/{office.desk.others['ann']}").status_code == 204
    assert ann.get(case_of(office)).status_code == 404
