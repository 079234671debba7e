"""What people do with a case as a whole, by the API: for those who may, once, and with words where it is
refused.
"""

from collections.abc import Iterator

import pytest
from case_world import case_of, open_case
from web_desk import WebDesk

from models import AuditEvent, Case, CaseStatus, Instance, InstanceStatus, Role


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_case("case-assessment", "case-closure") as opened:
        yield opened


def at(office: WebDesk, path: str) -> str:
    return f"/api/v1/cases/{office.desk.case_id}{path}"


def test_a_process_is_offered_and_started_once(office: WebDesk) -> None:
    offered = office.worker.get(at(office, "/processes")).json()["processes"]
    assert [(each["process"], each["under_way"]) for each in offered] == [
        ("case-assessment", False),
        ("case-closure", False),
    ]
    sent = {"json": {"process": "case-assessment"}, "headers": {"Idempotency-Key": "k"}}
    answers = [office.worker.post(at(office, "/processes"), **sent) for _ in range(2)]
    assert [(each.status_code, each.json()["repeated"]) for each in answers] == [(201, False)] * 2
    again = office.worker.post(at(office, "/processes"), json={"process": "case-assessment"})
    assert (again.status_code, "under way" in again.json()["detail"]) == (409, True)
    wrong = office.worker.post(at(office, "/processes"), json={"process": "case-closure", "inputs": {"x": 1}})
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "application/problem+json")


def test_what_runs_is_held_and_goes_on(office: WebDesk) -> None:
    held = office.worker.post(at(office, "/hold"), json={"reason": "away"})
    assert [each["changed"] for each in held.json()["processes"]] == [True]
    assert {each.status for each in office.desk.rows(Instance)} == {InstanceStatus.HELD}
    assert office.worker.post(at(office, "/hold"), json={}).status_code == 422
    on = office.worker.post(at(office, "/resume"), json={})
    assert [each["changed"] for each in on.json()["processes"]] == [True]


def test_a_colleague_of_the_team_neither_holds_nor_hands_over(office: WebDesk) -> None:
    ana = office.client(office.desk.others["ana"])
    assert ana.get(at(office, "")).status_code == 200
    for path, body in (
        ("/hold", {"reason": "x"}),
        ("/resume", {}),
        ("/transfer", {"to": office.desk.worker, "handover": "x"}),
    ):
        answer = ana.post(at(office, path), json=body)
        assert (answer.status_code, answer.json()["status"]) == (403, 403), path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/processes"),
        ("GET", "/handover"),
        ("POST", "/processes"),
        ("POST", "/hold"),
        ("POST", "/resume"),
        ("POST", "/transfer"),
        ("POST", "/processes/any/cancel"),
    ],
)
def test_what_one_may_not_see_is_not_there(office: WebDesk, method: str, path: str) -> None:
    stranger = office.client(office.desk.others["sam"], Role.SPECIALIST)
    body = {"process": "x"} if path == "/processes" else {"reason": "x"}
    sent = {"handover": "x", "to": "x"} if path == "/transfer" else body
    answer = stranger.request(method, at(office, path), **({} if method == "GET" else {"json": sent}))
    assert answer.status_code == 404, answer.text


def test_a_supervisor_hands_over_what_they_have_read(office: WebDesk) -> None:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    tag = lead.get(at(office, "")).headers["etag"]
    sent = {"to": office.desk.others["ana"], "handover": "Call in the morning."}
    late = lead.post(at(office, "/transfer"), json=sent, headers={"If-Match": '"0"'})
    assert (late.status_code, case_of(office).worker_id) == (412, office.desk.worker)
    done = lead.post(at(office, "/transfer"), json=sent, headers={"If-Match": tag})
    assert (done.status_code, done.json()["tasks"]) == (200, 1), done.text
    assert case_of(office).worker_id == office.desk.others["ana"]


def test_a_supervisor_cancels_one_process_of_this_case_alone(office: WebDesk) -> None:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    (instance,) = office.desk.rows(Instance)
    assert lead.post(at(office, "/processes/other/cancel"), json={"reason": "x"}).status_code == 404
    path = at(office, f"/processes/{instance.id}/cancel")
    assert office.worker.post(path, json={"reason": "x"}).status_code == 403
    done = lead.post(path, json={"reason": "begun by mistake"})
    assert (done.status_code, done.json()["changed"]) == (200, True), done.text


def test_the_points_of_a_handover_are_told_with_what_is_missing(office: WebDesk) -> None:
    told = office.worker.get(at(office, "/handover")).json()
    assert not told["ready"]
    points = [each["name"] for each in told["points"]]
    assert points == ["note", "summary", "plan", "contacts", "consent"]
    assert all(each["missing"] for each in told["points"] if not each["met"])


def test_on_a_closed_case_a_leader_alone_starts_something(office: WebDesk) -> None:
    with office.desk.store.write() as session:
        case = session.get_one(Case, office.desk.case_id)
        case.status, case.closed_at = CaseStatus.CLOSED, office.desk.now
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    sent = {"json": {"process": "case-assessment"}}
    assert office.worker.post(at(office, "/processes"), **sent).status_code == 403
    assert lead.post(at(office, "/processes"), **sent).status_code == 201


def test_a_flow_run_leads_to_the_case_for_those_who_may_see_it(office: WebDesk) -> None:
    (instance,) = office.desk.rows(Instance)
    there = office.worker.get(f"/instances/{instance.id}")
    assert there.status_code == 303
    assert there.headers["location"] == f"/cases/{office.desk.case_id}/process#{instance.id}"
    stranger = office.client(office.desk.others["sam"], Role.SPECIALIST)
    answers = [stranger.get(f"/instances/{each}") for each in (instance.id, "nowhere")]
    assert [each.status_code for each in answers] == [404, 404]


@pytest.mark.parametrize(
    ("part", "key"), [("process", "processes"), ("chronology", "entries"), ("messages", "messages")]
)
def test_each_part_of_a_case_is_there_by_itself_and_leaves_its_trace(
    office: WebDesk, part: str, key: str
) -> None:
    answer = office.worker.get(at(office, f"/{part}"))
    assert (answer.status_code, key in answer.json()) == (200, True), answer.text
    (read,) = [each for each in office.desk.rows(AuditEvent) if each.action == "read"]
    assert (read.actor, read.case_id) == (office.desk.worker, office.desk.case_id)
    stranger = office.client(office.desk.others["sam"], Role.SPECIALIST)
    assert stranger.get(at(office, f"/{part}")).status_code == 404
