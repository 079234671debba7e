"""Files of forms: given for one question, handed out as downloads, to whoever may see the task."""

from collections.abc import Iterator
from typing import Any

import pytest
from web_desk import WebDesk, open_web_desk, standing

from models import AuditEvent, Case, CaseStatus, StoredContents, StoredFile
from tasks.people.file_kinds import LARGEST

STEPS = """
- id: ask
  title: Ask
  do: assign_task
  to: caseworker
  items:
    - {id: proof, ask: The tenancy agreement, type: file}
    - {id: other, ask: Another paper, type: file}
    - {id: papers, ask: All the papers, type: files}
    - {id: why, ask: Why so many?, type: text, only_if: count(papers) > 1}
    - {id: note, ask: Note, type: text}
"""
PDF = b"%PDF-1.7 a synthetic paper"


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(STEPS, specialist="referral_team") as opened:
        yield opened


def give(office: WebDesk, item: str = "ask.proof", name: str = "paper.pdf", contents: bytes = PDF) -> Any:
    return office.worker.post(f"{office.task}/files/{item}", params={"name": name}, content=contents)


def test_a_file_is_the_answer_of_its_question_and_comes_back_as_a_download(office: WebDesk) -> None:
    said = give(office).json()
    assert (said["name"], said["size"]) == ("paper.pdf", len(PDF))
    answers = {"proof": {"file": said["file"]}}
    assert office.worker.post(f"{office.task}/complete", json={"answers": answers}).status_code == 200
    assert office.desk.answers()["proof"] == {"record": "StoredFile", "id": said["file"]}
    back = office.worker.get(f"/api/v1/files/{said['file']}")
    assert back.content == PDF
    assert back.headers["content-type"] == "application/octet-stream"
    assert back.headers["content-disposition"] == "attachment; filename*=UTF-8''paper.pdf"
    assert back.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in back.headers["content-security-policy"]


def test_a_draft_of_a_file_is_there_again_with_its_name(office: WebDesk) -> None:
    said = give(office).json()
    standing(office.worker, office.task, answers={"ask.proof": {"file": said["file"]}})
    (field,) = [
        each for each in office.worker.get(office.task).json()["fields"] if each["name"] == "ask.proof"
    ]
    assert field["value"] == {"file": said["file"], "name": "paper.pdf", "size": len(PDF)}


def papers(office: WebDesk, *names: str) -> list[dict[str, str]]:
    """Files for the question that takes several, as they are given as its answer."""
    return [
        {"file": give(office, "papers", f"{each}.pdf", PDF + each.encode()).json()["file"]} for each in names
    ]


def field_of(office: WebDesk, name: str) -> Any:
    fields = office.worker.get(office.task).json()["fields"]
    return next(each for each in fields if each["name"] == f"ask.{name}")


def test_several_files_are_one_answer_in_the_order_in_which_they_were_given(office: WebDesk) -> None:
    first, second, third = papers(office, "one", "two", "three")
    stands = standing(office.worker, office.task, answers={"ask.papers": [second, first]})
    assert stands["asked"]["ask.why"] is True
    told = field_of(office, "papers")["value"]
    assert [(each["name"], each["size"]) for each in told] == [
        ("two.pdf", len(PDF) + 3),
        ("one.pdf", len(PDF) + 3),
    ]
    stands = standing(office.worker, office.task, answers={"ask.papers": [third]})
    assert stands["asked"]["ask.why"] is False
    answers = {"papers": [second, third["file"]], "why": "They came by post"}
    sent = office.worker.post(f"{office.task}/complete", json={"answers": answers})
    assert sent.status_code == 200, sent.text
    kept = [{"record": "StoredFile", "id": each["file"]} for each in (second, third)]
    assert office.desk.answers()["papers"] == kept
    assert [each["name"] for each in field_of(office, "papers")["value"]] == ["two.pdf", "three.pdf"]
    assert office.worker.get(f"/api/v1/files/{third['file']}").content == PDF + b"three"
    at = f"{office.task}/answers/papers/correction"
    corrected = office.worker.post(at, json={"value": [third, first], "reason": "One was another's"})
    assert (corrected.status_code, corrected.json()["changed"]) == (200, True)
    assert [each["name"] for each in field_of(office, "papers")["value"]] == ["three.pdf", "one.pdf"]


def test_what_is_no_list_of_files_of_this_question_is_no_answer(office: WebDesk) -> None:
    (one,) = papers(office, "one")
    other = {"file": give(office).json()["file"]}
    many = [{"file": f"01FILE{number}"} for number in range(21)]
    for wrong, words in (
        (one, "a list of files"),
        ([], "a list of files"),
        ([one, one], "twice"),
        ([other], "not here"),
        ([one, {"name": "paper.pdf"}], "a file is wanted"),
        (many, "20 files at most"),
    ):
        answer = office.worker.post(f"{office.task}/complete", json={"answers": {"papers": wrong}})
        (fault,) = answer.json()["errors"]
        assert (answer.status_code, fault["item"], words in fault["reason"]) == (422, "papers", True), wrong
    refused = {"papers": {"no_answer": "prefers_not_to_answer"}}
    assert office.worker.post(f"{office.task}/complete", json={"answers": refused}).status_code == 200
    assert field_of(office, "papers")["value"] == {"no_answer": "prefers_not_to_answer"}


def test_giving_and_getting_are_written_down(office: WebDesk) -> None:
    said = give(office).json()
    office.worker.get(f"/api/v1/files/{said['file']}")
    rows = [row for row in office.desk.rows(AuditEvent) if row.record == "StoredFile"]
    assert [(row.actor, row.action, row.record_id) for row in rows] == [
        (office.desk.worker, "create", said["file"]),
        (office.desk.worker, "read", said["file"]),
    ]


def test_the_same_file_a_second_time_is_kept_once(office: WebDesk) -> None:
    first, again = give(office).json(), give(office, name="other-name.pdf").json()
    assert first["file"] == again["file"]
    assert (len(office.desk.rows(StoredFile)), len(office.desk.rows(StoredContents))) == (1, 1)


def test_a_file_answers_no_other_question_than_the_one_that_it_was_given_for(office: WebDesk) -> None:
    said = give(office).json()
    for wrong in (said["file"], "01NOTHING"):
        answer = office.worker.post(f"{office.task}/complete", json={"answers": {"other": wrong}})
        assert (answer.status_code, answer.json()["errors"][0]["item"]) == (422, "other")


@pytest.mark.parametrize(
    ("item", "name", "contents", "status"),
    [
        ("proof", "page.html", b"<html>", 422),
        ("proof", "paper.pdf", b"<script>", 422),
        ("proof", "paper.pdf", PDF + b"x" * LARGEST, 413),
        ("note", "paper.pdf", PDF, 422),
        ("nothing", "paper.pdf", PDF, 422),
    ],
)
def test_what_is_not_taken_is_not_kept(
    office: WebDesk, item: str, name: str, contents: bytes, status: int
) -> None:
    assert give(office, item, name, contents).status_code == status
    assert office.desk.rows(StoredFile) == []


def test_who_may_not_see_the_task_finds_no_file(office: WebDesk) -> None:
    said = give(office).json()
    stranger = office.client(office.desk.others["specialist"])
    assert stranger.get(f"/api/v1/files/{said['file']}").status_code == 404
    assert (
        stranger.get("/api/v1/files/01NOTHING").json() == stranger.get(f"/api/v1/files/{said['file']}").json()
    )
    refused = stranger.post(f"{office.task}/files/proof", params={"name": "a.pdf"}, content=PDF)
    assert refused.status_code == 404


def test_after_a_form_was_sent_a_file_is_given_as_long_as_its_answer_may_be_corrected(
    office: WebDesk,
) -> None:
    answers = {name: {"file": give(office, name).json()["file"]} for name in ("proof", "other")}
    sent = office.worker.post(f"{office.task}/complete", json={"answers": {**answers, "note": "seen"}})
    assert sent.status_code == 200, sent.text
    assert give(office, contents=PDF + b" the right one").status_code == 201
    with office.desk.store.write() as session:
        case = session.get_one(Case, office.desk.case_id)
        case.status, case.closed_at = CaseStatus.CLOSED, office.desk.now
    refused = give(office, contents=PDF + b" too late")
    assert (refused.status_code, "closed" in refused.json()["detail"]) == (403, True)
    assert len(office.desk.rows(StoredFile)) == 3
