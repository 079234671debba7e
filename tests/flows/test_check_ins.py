"""Whoever goes alone and does not say in time that all is well is looked for, whatever it belongs to."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_world import Desk
from step_bench import catalogue

from flows.inbox import Lone, book, complete
from flows.runtime import Runtime
from flows.timers import tick
from flows.versions import Plans
from models import (
    Appointment,
    Case,
    ChronologyEntry,
    HumanTask,
    Message,
    MessagePriority,
    Staff,
    TaskKind,
    TaskPriority,
    TaskStatus,
    Timer,
    TimerPurpose,
    new_id,
)
from tasks.registry import load_kinds

AT = datetime(2026, 3, 5, 15, tzinfo=UTC)
BACK = AT + timedelta(hours=2)


def of_no_process(desk: Desk) -> str:
    """A task of the case that no process has made; its id."""
    task = HumanTask(
        kind=TaskKind.ASSIGNMENT,
        title="A new contact may be this client",
        case_id=desk.case_id,
        assignee_id=desk.worker,
        priority=TaskPriority.URGENT,
        created_at=desk.now,
    )
    with desk.store.write() as session:
        session.add(task)
    return task.id


def go_alone(desk: Desk, task_id: str) -> None:
    lone = Lone("Vera", BACK)
    book(desk.store, task_id, AT, by=desk.worker, now=desk.now, place="At home", lone=lone)


def time_runs_out(desk: Desk) -> None:
    kinds, now = load_kinds(), BACK + timedelta(minutes=1)
    runtime = Runtime(desk.store, kinds, catalogue(), lambda: now, new_id, holder="test")
    tick(runtime, Plans(runtime))


def told(desk: Desk) -> list[HumanTask]:
    """The notices that look for somebody."""
    return [each for each in desk.rows(HumanTask) if each.title.startswith("No check-in")]


def test_a_visit_that_belongs_to_no_process_has_its_check_in_too(desk: Desk) -> None:
    go_alone(desk, of_no_process(desk))
    assert [each.due_at for each in desk.rows(Timer) if each.purpose is TimerPurpose.CHECK_IN] == [BACK]
    time_runs_out(desk)
    (notice,) = told(desk)
    assert (notice.assignee_id, notice.priority, notice.kind) == (
        desk.lead,
        TaskPriority.STAT,
        TaskKind.NOTICE,
    )
    assert "Vera" in notice.description
    assert "(UTC)" in notice.description  # no process says in which zone
    (message,) = desk.rows(Message)
    assert (message.staff_id, message.priority) == (desk.lead, MessagePriority.CRITICAL)
    assert desk.rows(ChronologyEntry)[-1].kind == "check_in_missed"
    time_runs_out(desk)
    assert len(told(desk)) == 1


@pytest.mark.parametrize("team", ["intake_team", None])
def test_where_the_supervisor_is_away_the_team_looks_for_the_worker_and_never_they_themselves(
    desk: Desk, team: str | None
) -> None:
    with desk.store.write() as session:
        lead = session.get_one(Staff, desk.lead)
        lead.absent_from = desk.now - timedelta(days=1)
        lead.cover_id = desk.worker
        case = session.get_one(Case, desk.case_id)
        case.team = team
        session.add_all([lead, case])
    go_alone(desk, of_no_process(desk))
    time_runs_out(desk)
    (notice,) = told(desk)
    assert notice.excluded_ids == [desk.worker]
    assert notice.assignee_id != desk.worker
    assert notice.candidate_group is not None or notice.assignee_id is not None


def test_a_task_that_was_finished_before_the_visit_is_no_sign_of_life(desk: Desk) -> None:
    ident = of_no_process(desk)
    go_alone(desk, ident)
    complete(desk.store, ident, {}, by=desk.worker, now=desk.now)
    with desk.store.read() as session:
        assert session.get_one(HumanTask, ident).status is TaskStatus.COMPLETED
        assert len(desk.rows(Appointment)) == 1
    time_runs_out(desk)
    assert len(told(desk)) == 1


def test_a_task_that_was_finished_after_the_visit_is_one(desk: Desk) -> None:
    ident = of_no_process(desk)
    go_alone(desk, ident)
    complete(desk.store, ident, {}, by=desk.worker, now=AT + timedelta(hours=1))
    time_runs_out(desk)
    assert told(desk) == []
