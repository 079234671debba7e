"""Several people and one task, through the API that pages use."""

from collections.abc import Iterator
from typing import Any

import pytest
from web_desk import WebDesk, open_web_desk

from models import Role, TaskEvent, TaskStatus


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(ann="intake_team", specialist="referral_team") as opened:
        yield opened


def shared(office: WebDesk) -> Any:
    return office.worker.get(f"{office.task}/sharing").json()


def test_a_question_goes_to_a_colleague_and_its_answer_comes_back(office: WebDesk) -> None:
    ann = office.client(office.desk.others["ann"])
    assert "Ann" in [each["name"] for each in shared(office)["colleagues"]]
    asked = office.worker.post(
        f"{office.task}/questions", json={"of": office.desk.others["ann"], "question": "Who has the key?"}
    )
    assert asked.status_code == 201
    (waiting,) = ann.get("/api/v1/tasks").json()["tasks"]
    assert (waiting["id"], waiting["kind"]) == (asked.json()["question"], "question")
    page = ann.get(f"/api/v1/tasks/{waiting['id']}").json()
    assert page["description"] == "Who has the key?"
    assert office.worker.get(office.task).json()["status"] == "on_hold"
    sent = ann.post(f"/api/v1/tasks/{waiting['id']}/complete", json={"answers": {"answer": "The neighbour"}})
    assert sent.status_code == 200, sent.text
    (question,) = shared(office)["questions"]
    assert (question["answer"], question["asked_of"]) == ("The neighbour", "Ann")
    assert office.worker.get(office.task).json()["status"] != "on_hold"


def test_a_task_is_delegated_shown_to_both_and_handed_back(office: WebDesk) -> None:
    ann = office.client(office.desk.others["ann"])
    done = office.worker.post(f"{office.task}/delegate", json={"to": office.desk.others["ann"]})
    assert done.json()["mine"] is False
    assert shared(office)["does_it_for"] == "Worker"
    assert [each["mine"] for each in ann.get("/api/v1/tasks").json()["tasks"]] == [True]
    assert office.worker.get("/api/v1/tasks").json()["tasks"] == []
    assert ann.post(f"{office.task}/hand-back", json={}).status_code == 200
    assert office.desk.task.assignee_id == office.desk.worker


def test_whoever_may_only_look_comments_and_does_nothing_else(office: WebDesk) -> None:
    ann = office.client(office.desk.others["ann"])
    said = ann.post(f"{office.task}/comments", json={"text": "=1+1 <b>bold</b>"})
    assert said.status_code == 201
    events = office.worker.get(office.task).json()["events"]
    assert [each["comment"] for each in events if each["what"] == "comment"] == ["=1+1 <b>bold</b>"]
    for path, body in (
        ("delegate", {"to": office.desk.lead}),
        ("reassign", {"to": office.desk.lead, "reason": "why not"}),
        ("questions", {"of": office.desk.lead, "question": "Well?"}),
        ("hand-back", {}),
    ):
        assert ann.post(f"{office.task}/{path}", json=body).status_code == 403


def test_a_stranger_finds_nothing_to_do(office: WebDesk) -> None:
    stranger = office.client(office.desk.others["specialist"])
    assert stranger.get(f"{office.task}/sharing").status_code == 404
    assert stranger.post(f"{office.task}/comments", json={"text": "hello"}).status_code == 404


def test_a_supervisor_gives_a_task_to_somebody_else_with_a_reason(office: WebDesk) -> None:
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    refused = lead.post(f"{office.task}/reassign", json={"to": office.desk.others["ann"]})
    assert refused.status_code == 422
    body = {"to": office.desk.others["ann"], "reason": "Worker is ill"}
    assert lead.post(f"{office.task}/reassign", json=body).status_code == 200
    assert office.desk.task.assignee_id == office.desk.others["ann"]
    assert office.desk.task.status is TaskStatus.REQUESTED


def test_the_list_is_narrowed_as_the_inbox_is(office: WebDesk) -> None:
    def found(query: str) -> int:
        return len(office.worker.get(f"/api/v1/tasks?{query}").json()["tasks"])

    asked = ["q=assess", "q=nothing", "whose=queue", "status=requested", "status=on_hold", "due=overdue"]
    assert [found(each) for each in asked] == [1, 0, 0, 1, 0, 0]
    for odd in ("whose=everybody", "after=x", "after=MiAgeA=="):
        assert office.worker.get(f"/api/v1/tasks?{odd}").status_code == 422


def test_a_comment_is_one_however_often_it_is_sent_with_its_key(office: WebDesk) -> None:
    ann = office.client(office.desk.others["ann"])
    sent = {"json": {"text": "I rang"}, "headers": {"Idempotency-Key": "k"}}
    first = office.worker.post(f"{office.task}/comments", **sent).json()
    ann.post(f"{office.task}/comments", **sent)
    assert office.worker.post(f"{office.task}/comments", **sent).json() == first
    again = {**sent, "headers": {"Idempotency-Key": "another"}}
    assert office.worker.post(f"{office.task}/comments", **again).json()["id"] != first["id"]
    said = [each.actor_id for each in office.desk.rows(TaskEvent) if each.comment == "I rang"]
    assert sorted(said) == sorted([office.desk.worker, office.desk.others["ann"], office.desk.worker])
