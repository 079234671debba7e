"""What happens when the time of a task has come."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from people_world import booked, fire, open_timers, with_case
from step_bench import MONDAY, Bench

from models import (
    ChronologyEntry,
    GroupRole,
    HumanTask,
    Message,
    Referral,
    Service,
    TaskEvent,
    TaskKind,
    TaskStatus,
    Timer,
    TimerPurpose,
)
from tasks.people.asking import hand_over
from tasks.people.due_work import DECISION, GO_ON, KEEP_WAITING, decided
from tasks.people.human_tasks import end, withdraw_timers
from tasks.result import RegistrationError
from tasks.timers import FreeCall, handle_free_timer, on_timer

STEP = """
- id: visit
  title: Visit the client
  do: assign_task
  to: caseworker
  book_by: 1 working day
  due: 5 working days
  remind: [1 working day before due]
  escalate:
    - overdue: 0 hours
      to: supervisor
    - overdue: 1 working day
      to: duty_manager
  not_accepted:
    - after: 4 hours
      to: supervisor
    - after: 6 hours
      to: group intake_team
"""
ONCE = """
- id: case
  title: Open
  do: create_record
  record: Case
  set: {client: = inputs.client.id, received_at: = inputs.received_at}
- id: active
  title: Make it active
  do: update_record
  once: case.plan.status is agreed
  deadline:
    after: 45 working days from inputs.received_at
    then:
      assign: supervisor
  record: = case
  set: {status: active}
"""


def begin(bench: Bench) -> HumanTask:
    with_case(bench, STEP)
    bench.run("visit")
    return bench.tasks()[0]


def actions(bench: Bench) -> list[str]:
    return [event.action for event in bench.all(TaskEvent)]


def subjects(bench: Bench) -> list[tuple[str, str]]:
    return [(message.address, message.subject) for message in bench.all(Message)]


def test_a_reminder_goes_to_whoever_holds_the_task(bench: Bench) -> None:
    begin(bench)
    fire(bench, "visit", "remind:0")
    assert actions(bench) == ["created", "reminded"]
    assert subjects(bench) == [("worker@office.example", "Reminder: Visit the client")]


@pytest.mark.parametrize("name", ["remind:0", "book_by", "due", "escalate:0", "not_accepted:1:0"])
def test_nothing_is_said_about_a_task_that_is_done(bench: Bench, name: str) -> None:
    task = begin(bench)
    task.status, task.completed_at = TaskStatus.COMPLETED, MONDAY
    fire(bench, "visit", name)
    assert actions(bench) == ["created"]
    assert subjects(bench) == []


def test_a_booking_that_is_late_is_marked_unless_it_was_made(bench: Bench) -> None:
    task = begin(bench)
    fire(bench, "visit", "book_by")
    assert actions(bench) == ["created", "book_by"]
    booked(bench, task, MONDAY + timedelta(days=2))
    (timer,) = [each for each in bench.all(Timer) if each.key.endswith(":book_by")]
    timer.key = f"{task.id}:again:book_by"
    fire(bench, "visit", "book_by")
    assert actions(bench) == ["created", "book_by"]


def test_an_overdue_task_is_marked_escalated_and_stays_where_it_is(bench: Bench) -> None:
    task = begin(bench)
    holder = task.assignee_id
    fire(bench, "visit", "due")
    fire(bench, "visit", "escalate:0")
    assert task.assignee_id == holder
    assert task.escalated_to == [bench.case().supervisor_id]
    assert actions(bench) == ["created", "overdue", "escalated"]
    entry = bench.all(ChronologyEntry)[-1]
    assert (entry.kind, entry.significant, entry.title) == (
        "task_escalated",
        True,
        "Overdue: Visit the client",
    )
    assert "lead@office.example" in [address for address, _ in subjects(bench)]


def test_an_escalation_to_a_rota_lets_its_group_take_the_task(bench: Bench) -> None:
    task = begin(bench)
    bench.staff("Duty", "duty_managers", GroupRole.MANAGER)
    fire(bench, "visit", "escalate:1")
    assert task.escalated_to == ["group:duty_managers"]
    assert subjects(bench)[0][0] == "duty@office.example"


def test_a_task_that_nobody_accepts_goes_up_rung_by_rung(bench: Bench) -> None:
    task = begin(bench)
    worker = task.assignee_id
    fire(bench, "visit", "not_accepted:1:0")
    assert (task.assignee_id, task.candidate_group) == (bench.case().supervisor_id, None)
    fire(bench, "visit", "not_accepted:1:1")
    assert (task.assignee_id, task.candidate_group) == (None, "intake_team")
    assert task.escalated_to == [worker, bench.case().supervisor_id]
    assert open_timers(bench, TimerPurpose.NOT_ACCEPTED) == []


def test_the_ladder_ends_when_somebody_accepts(bench: Bench) -> None:
    task = begin(bench)
    task.accepted_at = MONDAY
    fire(bench, "visit", "not_accepted:1:0")
    assert task.escalated_to == []


ALERT = """
- id: alert
  title: Tell the client
  do: assign_task
  to: caseworker
  priority: critical
  otherwise:
    assign: duty_manager
"""


def test_a_critical_ladder_starts_over_ever_more_slowly_until_somebody_accepts(bench: Bench) -> None:
    with_case(bench, ALERT)
    call = bench.call("alert")
    task = hand_over(call, call.step.otherwise, "No contact is safe.")
    gaps = []
    for turn in range(1, 12):
        before = bench.now
        fire(bench, "alert", f"not_accepted:{turn}:0")
        gaps.append(bench.now - before)
    assert gaps[:4] == [timedelta(minutes=each) for each in (15, 60, 120, 240)]
    assert gaps[-1] == timedelta(days=1)
    withdraw_timers(bench.session, task, bench.now, (TimerPurpose.NOT_ACCEPTED,))
    assert open_timers(bench, TimerPurpose.NOT_ACCEPTED) == []


def test_after_an_outage_the_missed_rounds_are_left_out(bench: Bench) -> None:
    with_case(bench, ALERT)
    call = bench.call("alert")
    hand_over(call, call.step.otherwise, "No contact is safe.")
    bench.now += timedelta(days=3)
    fire(bench, "alert", "not_accepted:1:0")
    (timer,) = [each for each in bench.all(Timer) if each.key.endswith(":not_accepted:2:0")]
    assert timer.due_at == bench.now + timedelta(minutes=60)


def test_a_passed_deadline_asks_a_person_and_approves_nothing(bench: Bench) -> None:
    with_case(bench, ONCE)
    bench.run("case")
    call = bench.call("active")
    bench.session.add(
        Timer(
            instance_id=bench.instance.id,
            step_run_id=call.run.id,
            purpose=TimerPurpose.DEADLINE,
            key=f"{call.run.id}:deadline",
            due_at=MONDAY,
            created_at=MONDAY,
        )
    )
    call = fire(bench, "active", "deadline")
    task = bench.tasks()[-1]
    assert (task.kind, task.title) == (TaskKind.DECISION, "Make it active: decide how it goes on")
    assert set(task.form[0]["options"]) == {GO_ON, KEEP_WAITING}
    assert decided(call) is None
    assert bench.case().status == "pending"
    task.outcome = {"answers": {DECISION: GO_ON, "reason": "agreed on the phone"}}
    end(bench.session, task, TaskStatus.COMPLETED, MONDAY)
    bench.session.flush()
    assert decided(call) == GO_ON


def test_a_referral_without_an_answer_is_chased_once(bench: Bench) -> None:
    case, _, lead = with_case(bench, STEP)
    service = Service(organization="County", name="Pantry", categories=["food-insecurity"], created_at=MONDAY)
    referral = Referral(
        case_id=case.id,
        client_id=case.client_id,
        service_id=service.id,
        category="food-insecurity",
        override_reason="danger",
        override_by=lead.id,
        requested_at=MONDAY,
    )
    bench.session.add_all([service, referral])
    call = bench.call("visit")
    detail = {"referral": referral.id, "to": "caseworker", "title": "Ask the pantry"}
    bench.session.add(
        Timer(
            instance_id=bench.instance.id,
            step_run_id=call.run.id,
            purpose=TimerPurpose.CHASE,
            key=f"{call.run.id}:chase",
            due_at=MONDAY,
            detail=detail,
            created_at=MONDAY,
        )
    )
    fire(bench, "visit", "chase")
    fire(bench, "visit", "chase")
    (task,) = bench.tasks()
    assert (task.kind, task.title, task.details["referral"]) == (
        TaskKind.CHASE,
        "Ask the pantry",
        referral.id,
    )


def test_two_functions_for_one_purpose_are_refused() -> None:
    with pytest.raises(RegistrationError):
        on_timer(TimerPurpose.REMIND)(lambda call, timer: None)


def test_a_free_timer_that_nobody_handles_is_refused() -> None:
    timer = Timer(purpose=TimerPurpose.RETRY, key="x", due_at=MONDAY, created_at=MONDAY)
    with pytest.raises(RegistrationError):
        handle_free_timer(Mock(spec=FreeCall), timer)
