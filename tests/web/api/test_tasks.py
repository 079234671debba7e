"""What pages do with a task, through the API that they use."""

from collections.abc import Iterator

import pytest
from desk_world import FINE
from web_desk import WebDesk, open_web_desk, standing

from models import AuditEvent, Role, TaskStatus


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(specialist="referral_team") as opened:
        yield opened


def test_what_is_typed_is_there_after_a_reload_and_counts_when_the_form_is_sent(office: WebDesk) -> None:
    kept = standing(office.worker, office.task, answers={"findings.housing": "stable"})
    fields = {each["name"]: each for each in office.worker.get(office.task).json()["fields"]}
    assert fields["findings.housing"]["value"] == "stable"
    assert fields["findings.housing"]["row"] == kept["saved"]["findings.housing"]
    assert not fields["findings.housing"]["counts"]
    done = office.worker.post(f"{office.task}/complete", json={"answers": {"danger": "no"}})
    assert done.status_code == 200
    assert office.desk.answers() == FINE


def test_a_form_that_is_sent_twice_counts_once(office: WebDesk) -> None:
    key = {"Idempotency-Key": "the-same"}
    first = office.worker.post(f"{office.task}/complete", json={"answers": FINE}, headers=key)
    again = office.worker.post(f"{office.task}/complete", json={"answers": FINE}, headers=key)
    assert first.json() == again.json()
    assert office.desk.actions().count("completed") == 1


def test_what_two_people_type_into_one_question_is_asked_back_and_nothing_is_lost(office: WebDesk) -> None:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    standing(office.worker, office.task, answers={"findings.housing": "stable"})
    heard = standing(lead, office.task, answers={"findings.housing": "homeless"}, based_on={})
    assert heard["conflicts"] == ["findings.housing"]
    theirs = heard["theirs"]["findings.housing"]
    assert (theirs["value"], theirs["mine"]) == ("stable", False)
    assert office.desk.answers(drafts=True) == {"housing": "stable"}
    over = {"findings.housing": theirs["row"]}
    heard = standing(lead, office.task, answers={"findings.housing": "homeless"}, based_on=over)
    assert heard["conflicts"] == []
    assert office.desk.answers(drafts=True) == {"housing": "homeless"}


def test_an_answer_that_got_lost_on_its_way_back_may_be_sent_again(office: WebDesk) -> None:
    first = standing(office.worker, office.task, answers={"findings.housing": "stable"}, based_on={})
    again = standing(office.worker, office.task, answers={"findings.housing": "stable"}, based_on={})
    assert again["conflicts"] == []
    assert again["saved"] == first["saved"]


def test_whoever_has_the_same_task_open_is_told(office: WebDesk) -> None:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    assert standing(office.worker, office.task, here=True)["others"] == []
    assert len(standing(lead, office.task, here=True)["others"]) == 1
    office.desk.now = office.desk.now.replace(minute=1)
    assert standing(office.worker, office.task, here=True)["others"] == []


def test_a_question_is_asked_by_what_was_typed_so_far(office: WebDesk) -> None:
    assert standing(office.worker, office.task)["asked"]["findings.consent"] is None
    heard = standing(office.worker, office.task, answers={"findings.needs": []})
    assert heard["asked"]["findings.consent"] is False
    heard = standing(office.worker, office.task, answers={"findings.needs": ["homelessness"]})
    assert heard["asked"]["findings.consent"] is True


def test_what_cannot_be_read_is_kept_and_said_at_its_question(office: WebDesk) -> None:
    heard = standing(office.worker, office.task, answers={"findings.housing": "palace"})
    assert list(heard["problems"]) == ["findings.housing"]
    refused = office.worker.post(f"{office.task}/complete", json={"answers": {"danger": "no"}})
    assert refused.status_code == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert [each["item"] for each in refused.json()["errors"]] == ["housing"]
    assert office.desk.answers(drafts=True) == {"housing": "palace"}


def test_an_answer_that_acts_counts_at_once(office: WebDesk) -> None:
    said = office.worker.post(f"{office.task}/answers/danger", json={"value": "yes"})
    assert said.json()["counts"]
    assert office.desk.answers() == {"danger": "yes"}


def test_a_task_that_one_may_not_see_looks_as_if_there_were_none(office: WebDesk) -> None:
    stranger = office.client(office.desk.others["specialist"])
    assert stranger.get(office.task).json() == stranger.get("/api/v1/tasks/01NONE").json()
    assert stranger.post(f"{office.task}/complete", json={"answers": FINE}).status_code == 404
    assert office.desk.task.status is not TaskStatus.COMPLETED


def test_looking_at_a_task_leaves_a_trace(office: WebDesk) -> None:
    office.worker.get(office.task)
    read = [row for row in office.desk.rows(AuditEvent) if row.record == "HumanTask"]
    assert [(row.actor, row.action, row.record_id) for row in read] == [
        (office.desk.worker, "read", office.desk.task_id)
    ]


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
    ],
)
def test_a_command_that_another_site_sends_is_refused(office: WebDesk, headers: dict[str, str]) -> None:
    answer = office.worker.post(f"{office.task}/complete", json={"answers": FINE}, headers=headers)
    assert answer.status_code == 403
    assert office.desk.answers() == {}


def test_without_a_login_the_api_says_so_and_pages_lead_to_it(office: WebDesk) -> None:
    nobody = office.client(None)
    assert nobody.get(office.task).status_code == 401
    led = nobody.get("/cases?q=x")
    assert (led.status_code, led.headers["location"]) == (303, "/login?next=%2Fcases%3Fq%3Dx")


def test_a_session_ends_while_a_page_only_looks_by_itself(office: WebDesk) -> None:
    quiet, began = {"X-Casewright-Quiet": "1"}, office.desk.now
    assert office.worker.get(office.task).status_code == 200
    for minutes in (10, 20, 29):
        office.desk.now = began.replace(minute=minutes)
        assert office.worker.put(f"{office.task}/draft", json={}, headers=quiet).status_code == 200
    office.desk.now = began.replace(minute=31)
    assert office.worker.put(f"{office.task}/draft", json={}, headers=quiet).status_code == 401


def test_an_appointment_is_booked_by_the_clocks_of_the_office(office: WebDesk) -> None:
    early = office.worker.put(f"{office.task}/appointment", json={"at": "2026-03-02T10:30"})
    assert early.status_code == 422
    made = office.worker.put(f"{office.task}/appointment", json={"at": "2026-03-05T09:30", "minutes": 45})
    assert made.json()["starts_at"] == "2026-03-05T14:30:00Z"
    gone = office.worker.request("DELETE", f"{office.task}/appointment", json={"reason": "the client is ill"})
    assert gone.status_code == 204
