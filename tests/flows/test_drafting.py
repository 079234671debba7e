"""Drafts of two people in one form."""

from collections.abc import Iterator

import pytest
from desk_world import Desk, open_desk, say

from flows.inbox import DraftKept, save_draft
from models import ChecklistAnswer, TaskStatus

HOUSING, NEEDS = "findings.housing", "findings.needs"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as opened:
        yield opened


def typed(desk: Desk, answers: dict[str, object], **based_on: str | None) -> DraftKept:
    rows = {name.replace("__", "."): row for name, row in based_on.items()}
    return save_draft(desk.store, desk.task_id, answers, by=desk.worker, now=desk.now, based_on=rows)


def test_what_was_typed_over_something_newer_is_not_kept_and_the_rest_is(desk: Desk) -> None:
    first = typed(desk, {HOUSING: "stable"})
    second = typed(desk, {HOUSING: "homeless", NEEDS: ["homelessness"]})
    assert list(second.conflicts) == [HOUSING]
    assert second.conflicts[HOUSING].id == first.rows[HOUSING]
    assert desk.answers(drafts=True) == {"housing": "stable", "needs": ["homelessness"]}


def test_the_same_is_no_conflict_and_makes_no_new_row(desk: Desk) -> None:
    first = typed(desk, {HOUSING: "stable"})
    again = typed(desk, {HOUSING: "stable"})
    assert (again.conflicts, again.rows) == ({}, first.rows)
    assert len(desk.rows(ChecklistAnswer)) == 1


def test_who_saw_what_stands_may_replace_it_or_take_it_away(desk: Desk) -> None:
    first = typed(desk, {HOUSING: "stable"})
    second = typed(desk, {HOUSING: "homeless"}, findings__housing=first.rows[HOUSING])
    gone = typed(desk, {HOUSING: ""}, findings__housing=second.rows[HOUSING])
    assert gone.rows == {HOUSING: None}
    assert desk.answers(drafts=True) == {}


def test_an_answer_that_counts_meanwhile_stands_in_the_way_too(desk: Desk) -> None:
    say(desk, "danger", "yes")
    assert list(typed(desk, {"findings.danger": "no"}).conflicts) == ["findings.danger"]
    assert desk.answers() == {"danger": "yes"}


def test_nothing_typed_begins_no_task(desk: Desk) -> None:
    before = desk.task.status
    typed(desk, {HOUSING: None})
    assert desk.task.status is before
    assert before is not TaskStatus.IN_PROGRESS
