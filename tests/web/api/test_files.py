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
