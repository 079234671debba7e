"""Several people and one human task: delegating, handing back, asking, commenting."""

from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from desk_world import FINE, Desk, open_desk, send
from sqlmodel import select
from step_bench import MONDAY

from flows.inbox import (
    ConflictError,
    InboxError,
    NotAllowedError,
    accept,
    ask_about,
    cancel_task,
    comment,
    complete,
    declare_conflict,
    delegate,
    hand_back,
    reassign,
    save_draft,
    seal_case,
    withdraw_question,
)
from models import Case, CaseConfidant, Delegation, HumanTask, Staff, TaskEvent, TaskQuestion, TaskStatus


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A case of Worker's, whose supervisor is Lead; Ann is of the same team, Rob of another one."""
    with open_desk(ann="intake_team", rob="referral_team") as opened:
        yield opened


def to_ann(desk: Desk, **more: str) -> HumanTask:
    return delegate(desk.store, desk.task_id, to=desk.others["ann"], by=desk.worker, now=desk.now, **more)


def ask_ann(desk: Desk, words: str = "Is the flat still theirs?") -> HumanTask:
    return ask_about(desk.store, desk.task_id, words, of=desk.others["ann"], by=desk.worker, now=desk.now)


def answer(desk: Desk, question: HumanTask, words: str = "Yes, until May") -> None:
    complete(desk.store, question.id, {"answer": words}, by=question.assignee_id, now=desk.now)


def row_of(desk: Desk) -> TaskQuestion:
    with desk.store.read() as session:
        return session.exec(select(TaskQuestion)).one()


def test_a_colleague_does_the_task_and_it_counts_as_done_by_them(desk: Desk) -> None:
    to_ann(desk, reason="You know the house")
    assert (desk.task.assignee_id, desk.task.accepted_at) == (desk.others["ann"], None)
    send(desk, by=desk.others["ann"])
    assert (desk.task.status, desk.task.completed_by) == (TaskStatus.COMPLETED, desk.others["ann"])


def test_delegated_twice_it_is_delegated_once_and_to_nobody_else_meanwhile(desk: Desk) -> None:
    to_ann(desk)
    to_ann(desk)
    assert desk.actions().count("delegated") == 1
    with pytest.raises(ConflictError, match="handed back"):
        delegate(desk.store, desk.task_id, to=desk.lead, by=desk.worker, now=desk.now)


def test_either_of_the_two_gives_it_back(desk: Desk) -> None:
    for by in (desk.others["ann"], desk.worker):
        to_ann(desk)
        hand_back(desk.store, desk.task_id, by=by, now=desk.now)
        assert desk.task.assignee_id == desk.worker
    assert all(each.ended_at is not None for each in desk.rows(Delegation))
    hand_back(desk.store, desk.task_id, by=desk.worker, now=desk.now)
    assert desk.actions().count("handed_back") == 2


@pytest.mark.parametrize("why", ["has left", "knows the client"])
def test_what_is_handed_back_to_somebody_who_must_not_have_it_goes_to_the_team(desk: Desk, why: str) -> None:
    to_ann(desk)
    if why == "has left":
        with desk.store.write() as session:
            worker = session.get_one(Staff, desk.worker)
            worker.active = False
            session.add(worker)
    else:
        declare_conflict(
            desk.store, desk.case_id, by=desk.worker, reason="aunt", now=desk.now, zone=ZoneInfo("UTC")
        )
    hand_back(desk.store, desk.task_id, by=desk.others["ann"], now=desk.now)
    assert (desk.task.assignee_id, desk.task.candidate_group) == (None, "intake_team")


def test_reassigning_ends_the_delegation(desk: Desk) -> None:
    to_ann(desk)
    reassign(desk.store, desk.task_id, to=desk.lead, by=desk.lead, now=desk.now, reason="enough")
    assert [each.ended_at for each in desk.rows(Delegation)] == [desk.now]
    hand_back(desk.store, desk.task_id, by=desk.lead, now=desk.now)
    assert desk.task.assignee_id == desk.lead


@pytest.mark.parametrize("why", ["another team", "away", "knows the client", "not named"])
def test_only_who_may_see_the_case_and_is_here_is_brought_in(desk: Desk, why: str) -> None:
    who = desk.others["rob" if why == "another team" else "ann"]
    if why == "away":
        with desk.store.write() as session:
            ann = session.get_one(Staff, who)
            ann.absent_from = desk.now - timedelta(hours=1)
            session.add(ann)
    if why == "knows the client":
        declare_conflict(desk.store, desk.case_id, by=who, reason="aunt", now=desk.now, zone=ZoneInfo("UTC"))
    if why == "not named":
        seal_case(desk.store, desk.case_id, (), by=desk.lead, reason="press", now=desk.now)
    with pytest.raises(NotAllowedError, match="can't be brought"):
        delegate(desk.store, desk.task_id, to=who, by=desk.worker, now=desk.now)
    with pytest.raises(NotAllowedError, match="can't be brought"):
        ask_about(desk.store, desk.task_id, "Well?", of=who, by=desk.worker, now=desk.now)


def test_a_question_is_a_task_of_whoever_is_asked_and_the_due_date_stays(desk: Desk) -> None:
    due = desk.task.due_at
    question = ask_ann(desk)
    assert (question.assignee_id, question.owner_id) == (desk.others["ann"], desk.worker)
    assert question.description == "Is the flat still theirs?"
    assert "flat" not in question.title
    assert (desk.task.status, desk.task.due_at) == (TaskStatus.ON_HOLD, due)
    assert question.due_at == due


def test_the_answer_comes_back_to_the_task(desk: Desk) -> None:
    accept(desk.store, desk.task_id, by=desk.worker, now=desk.now)
    answer(desk, ask_ann(desk))
    assert (desk.task.status, desk.task.reason) == (TaskStatus.IN_PROGRESS, None)
    assert row_of(desk).answer == "Yes, until May"
    (came,) = [each for each in desk.rows(TaskEvent) if each.action == "answer_came"]
    assert (came.comment, came.actor_id) == ("Yes, until May", desk.others["ann"])


def test_that_somebody_does_not_know_comes_back_too(desk: Desk) -> None:
    question = ask_ann(desk)
    given = {"answer": {"no_answer": "doesnt_know"}}
    complete(desk.store, question.id, given, by=desk.others["ann"], now=desk.now)
    assert row_of(desk).answer == "No answer: doesn't know"


def test_the_task_waits_until_every_question_is_answered(desk: Desk) -> None:
    first, second = ask_ann(desk), ask_ann(desk, "And the dog?")
    answer(desk, first)
    assert desk.task.status is TaskStatus.ON_HOLD
    answer(desk, second)
    assert desk.task.status is not TaskStatus.ON_HOLD


def test_the_same_question_is_asked_once(desk: Desk) -> None:
    assert ask_ann(desk).id == ask_ann(desk).id


def test_a_task_that_waits_may_be_worked_on_and_done_all_the_same(desk: Desk) -> None:
    question = ask_ann(desk)
    save_draft(desk.store, desk.task_id, {"housing": "stable"}, by=desk.worker, now=desk.now)
    assert desk.task.status is TaskStatus.ON_HOLD
    send(desk, FINE)
    assert desk.task.status is TaskStatus.COMPLETED
    with desk.store.read() as session:
        assert session.get_one(HumanTask, question.id).status is TaskStatus.CANCELLED
    assert row_of(desk).withdrawn_at == desk.now


@pytest.mark.parametrize("how", ["withdrawn", "cancelled"])
def test_a_question_that_is_taken_back_is_awaited_no_more(desk: Desk, how: str) -> None:
    question = ask_ann(desk)
    for _ in range(2 if how == "withdrawn" else 1):
        if how == "withdrawn":
            withdraw_question(desk.store, question.id, by=desk.worker, now=desk.now)
        else:
            cancel_task(desk.store, question.id, "a mistake", by=desk.others["ann"], now=desk.now)
    assert desk.task.status is not TaskStatus.ON_HOLD
    assert desk.actions().count("question_withdrawn") == 1


def test_a_question_is_not_passed_on(desk: Desk) -> None:
    question = ask_ann(desk)
    with pytest.raises(NotAllowedError, match="is answered"):
        delegate(desk.store, question.id, to=desk.lead, by=desk.others["ann"], now=desk.now)
    with pytest.raises(InboxError, match="not you yourself"):
        ask_about(desk.store, desk.task_id, "Well?", of=desk.worker, by=desk.worker, now=desk.now)


def test_a_comment_stays_and_one_that_is_sent_twice_is_one(desk: Desk) -> None:
    for _ in range(2):
        comment(desk.store, desk.task_id, "  The lift is broken\n", by=desk.others["ann"], now=MONDAY)
    comment(desk.store, desk.task_id, "Use the stairs", by=desk.worker, now=MONDAY)
    said = [each.comment for each in desk.rows(TaskEvent) if each.action == "comment"]
    assert sorted(map(str, said)) == ["The lift is broken", "Use the stairs"]
    with pytest.raises(InboxError, match="words"):
        comment(desk.store, desk.task_id, " \n", by=desk.worker, now=MONDAY)
    with pytest.raises(InboxError, match="cannot be seen"):
        comment(desk.store, desk.task_id, "left\u202eright", by=desk.worker, now=MONDAY)


def test_of_a_sealed_case_those_who_are_named_may_be_asked(desk: Desk) -> None:
    seal_case(desk.store, desk.case_id, [desk.others["rob"]], by=desk.lead, reason="press", now=desk.now)
    with desk.store.read() as session:
        assert session.get_one(Case, desk.case_id).sealed
        assert len(session.exec(select(CaseConfidant)).all()) == 3
    asked = ask_about(desk.store, desk.task_id, "Well?", of=desk.others["rob"], by=desk.worker, now=desk.now)
    assert asked.assignee_id == desk.others["rob"]
