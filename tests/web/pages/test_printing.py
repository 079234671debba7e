"""Forms on paper: what is on them, who gets them, and the trace that they leave."""

from collections.abc import Iterator

import pytest
from desk_world import STEPS, say, send
from web_desk import WebDesk, open_web_desk, publish, standing

from models import AuditEvent, Role


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(STEPS.replace("ask: Housing", 'ask: "Housing <i>"'), specialist="referral_team") as it:
        publish(it.desk)
        yield it


def paper(office: WebDesk, query: str = "") -> str:
    answer = office.worker.get(f"/tasks/{office.desk.task_id}/print{query}")
    assert answer.status_code == 200
    return answer.text


def ticked(text: str) -> list[str]:
    return [part.split("</span>")[0] for part in text.split('class="box on"><i></i>')[1:]]


def test_a_blank_form_has_boxes_and_no_answers(office: WebDesk) -> None:
    say(office.desk, "danger", "yes")
    text = paper(office, "?blank=1")
    assert ticked(text) == []
    assert "Is anyone in danger?" in text
    assert "Pass this on at once." in text
    assert "Only if how many of “Needs” is more than 0" in text


def test_a_filled_form_has_the_answers_ticked_and_names_the_case(office: WebDesk) -> None:
    send(office.desk)
    text = paper(office)
    assert ticked(text) == ["No", "Stable"]
    assert "2026-000001" in text


def test_what_was_only_typed_says_so(office: WebDesk) -> None:
    standing(office.worker, office.task, answers={"findings.housing": "homeless"})
    text = paper(office)
    assert (ticked(text), "Typed, and not sent yet." in text) == (["Homeless"], True)


def test_markup_in_it_stays_text(office: WebDesk) -> None:
    assert "Housing &lt;i&gt;" in paper(office)


def test_who_printed_what_is_written_down(office: WebDesk) -> None:
    paper(office)
    paper(office, "?blank=1")
    rows = [row for row in office.desk.rows(AuditEvent) if row.action == "print"]
    assert [(row.actor, row.record_id, row.fields) for row in rows] == [
        (office.desk.worker, office.desk.task_id, ["answers", "questions"]),
        (office.desk.worker, office.desk.task_id, ["questions"]),
    ]


def test_who_may_not_work_on_it_gets_nothing(office: WebDesk) -> None:
    stranger = office.client(office.desk.others["specialist"])
    assert stranger.get(f"/tasks/{office.desk.task_id}/print").status_code == 404


def test_operations_print_the_form_of_a_definition_and_caseworkers_do_not(office: WebDesk) -> None:
    address = "/processes/try-it/forms/findings/print"
    staff = office.client(office.desk.others["specialist"], Role.OPERATIONS)
    answer = staff.get(address)
    assert (answer.status_code, ticked(answer.text)) == (200, [])
    assert "Is anyone in danger?" in answer.text
    assert staff.get("/processes/try-it/forms/nothing/print").status_code == 404
    assert staff.get("/processes/none/forms/findings/print").status_code == 404
    assert office.worker.get(address).status_code == 404
