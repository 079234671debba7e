"""Correcting an answer of a form that was sent, through the API that the page uses."""

from collections.abc import Iterator

import pytest
from desk_world import FINE, send
from web_desk import WebDesk, open_web_desk, publish

from models import ChecklistAnswer, Role


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(specialist="referral_team") as opened:
        publish(opened.desk)
        send(opened.desk)
        yield opened


def row(office: WebDesk, item: str) -> str:
    (found,) = [
        each.id
        for each in office.desk.rows(ChecklistAnswer)
        if each.item == item and each.superseded_at is None and not each.draft
    ]
    return str(found)


def correct(office: WebDesk, value: object = "homeless", **more: object) -> dict[str, object]:
    return {"value": value, "reason": "The wrong box", **more}


def test_one_looks_first_and_nothing_is_changed_by_it(office: WebDesk) -> None:
    address = f"{office.task}/answers/findings.housing/correction/preview"
    answer = office.worker.post(address, json={"value": "homeless"})
    assert (answer.status_code, answer.json()["changed"]) == (200, True)
    assert office.desk.answers() == FINE


def test_the_old_answer_stays_beside_the_new_one(office: WebDesk) -> None:
    address = f"{office.task}/answers/findings.housing/correction"
    before = row(office, "housing")
    done = office.worker.post(address, json=correct(office, based_on=before))
    assert (done.status_code, done.json()["changed"]) == (200, True)
    assert office.desk.answers()["housing"] == "homeless"
    view = office.worker.get(office.task).json()
    event = next(each for each in view["events"] if each["field"])
    assert (event["old"], event["new"], event["comment"]) == ("stable", "homeless", "The wrong box")


def test_it_may_be_sent_again(office: WebDesk) -> None:
    address, key = f"{office.task}/answers/housing/correction", {"Idempotency-Key": "once"}
    first = office.worker.post(address, json=correct(office), headers=key)
    again = office.worker.post(address, json=correct(office), headers=key)
    assert [first.json()["changed"], again.json()["changed"]] == [True, True]
    assert office.desk.actions().count("corrected") == 1


def test_what_somebody_else_has_corrected_meanwhile_is_not_overwritten(office: WebDesk) -> None:
    address, seen = f"{office.task}/answers/housing/correction", row(office, "housing")
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    assert lead.post(address, json=correct(office)).status_code == 200
    late = office.worker.post(address, json=correct(office, "stable", based_on=seen))
    assert late.status_code == 409
    assert office.desk.answers()["housing"] == "homeless"


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reason_is_wanted(office: WebDesk, reason: str) -> None:
    address = f"{office.task}/answers/housing/correction"
    answer = office.worker.post(address, json={"value": "homeless", "reason": reason})
    assert answer.status_code == 422
    assert office.desk.answers() == FINE


def test_what_cannot_be_read_is_said_at_its_question(office: WebDesk) -> None:
    for rest in ("correction", "correction/preview"):
        body = correct(office, "palace") if rest == "correction" else {"value": "palace"}
        answer = office.worker.post(f"{office.task}/answers/housing/{rest}", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["item"]) == (422, "housing")


def test_who_may_not_see_the_task_finds_nothing(office: WebDesk) -> None:
    stranger = office.client(office.desk.others["specialist"])
    for rest in ("correction", "correction/preview"):
        body = correct(office) if rest == "correction" else {"value": "homeless"}
        assert stranger.post(f"{office.task}/answers/housing/{rest}", json=body).status_code == 404


def test_a_question_that_the_form_was_sent_without_is_answered_the_same_way(office: WebDesk) -> None:
    address = f"{office.task}/answers/findings.needs/correction"
    looked = office.worker.post(f"{address}/preview", json={"value": ["food-insecurity"]})
    assert (looked.status_code, looked.json()["changed"]) == (200, True)
    done = office.worker.post(address, json=correct(office, ["food-insecurity"]))
    assert (done.status_code, done.json()["changed"]) == (200, True)
    assert office.desk.answers() == {**FINE, "needs": ["food-insecurity"]}
    assert office.worker.post(address, json=correct(office, [], based_on="another")).status_code == 409
