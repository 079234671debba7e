"""Telling, handing over, taking back."""

from datetime import timedelta

import pytest
from people_world import booked, open_timers, phone, with_case
from step_bench import MONDAY, Bench

from definitions.arguments import Recipient
from models import (
    AppointmentStatus,
    ChronologyEntry,
    Involvement,
    InvolvementRole,
    Message,
    Safety,
    TaskKind,
    TaskPriority,
    TaskStatus,
    Timer,
    TimerPurpose,
)
from tasks.people.asking import hand_over, tell, watch_silence, withdraw

STEP = """
- id: alert
  title: Tell the client
  do: assign_task
  to: caseworker
  {more}
  otherwise:
    assign: {who}
"""


def step(who: str = "caseworker", more: str = "") -> str:
    return STEP.replace("{who}", who).replace("{more}", more)


CRITICAL = step("duty_manager", "priority: critical")


def test_a_handover_says_why_and_which_numbers_there_are_with_what_must_be_minded(bench: Bench) -> None:
    case, worker, _ = with_case(bench, step())
    phone(
        bench, case.client_id, "+12025550101", safe=Safety.NO, code_word="Blue", who_shares_device="partner"
    )
    uncle = Involvement(
        client_id=case.client_id, name="Uncle", role=InvolvementRole.GUARDIAN, alleged_perpetrator=True
    )
    bench.session.add(uncle)
    bench.session.flush()
    phone(bench, case.client_id, "+12025550102", involvement_id=uncle.id)
    phone(bench, case.client_id, "+12025550103", erroneous_at=MONDAY)
    call = bench.call("alert")
    task = hand_over(call, call.step.otherwise, "No contact is safe.", details={"refusals": ["unsafe"]})
    assert (task.kind, task.assignee_id, task.title) == (
        TaskKind.HANDOVER,
        worker.id,
        "Tell the client: do it another way",
    )
    assert task.description == "No contact is safe."
    (entry,) = bench.all(ChronologyEntry)
    assert (entry.kind, entry.detail) == ("handed_over", "No contact is safe.")
    assert task.details["refusals"] == ["unsafe"]
    first, second = task.details["numbers"]
    assert (first["number"], first["safe"], first["code_word"]) == ("+12025550101", "no", "Blue")
    assert first["who_shares_device"] == "partner"
    assert (second["whose"], second["alleged_perpetrator"]) == ("guardian", True)


def test_a_step_run_is_handed_over_once(bench: Bench) -> None:
    with_case(bench, step())
    call = bench.call("alert")
    first = hand_over(call, call.step.otherwise, "No contact is safe.")
    assert hand_over(call, call.step.otherwise, "Again.").id == first.id
    assert len(bench.tasks()) == 1


def test_a_critical_handover_climbs_the_rota_and_starts_over(bench: Bench) -> None:
    with_case(bench, CRITICAL)
    call = bench.call("alert")
    task = hand_over(call, call.step.otherwise, "No contact is safe.")
    assert (task.priority, task.candidate_group) == (TaskPriority.STAT, "duty_managers")
    rungs = open_timers(bench, TimerPurpose.NOT_ACCEPTED)
    assert [(each.detail["to"], each.due_at - MONDAY) for each in rungs] == [
        ("manager", timedelta(minutes=15)),
        ("group duty_managers", timedelta(minutes=30)),
    ]
    assert all(each.detail["again"] for each in rungs)


def test_an_ordinary_handover_has_no_ladder(bench: Bench) -> None:
    with_case(bench, step())
    call = bench.call("alert")
    assert hand_over(call, call.step.otherwise, "It failed.").priority is TaskPriority.URGENT
    assert open_timers(bench, TimerPurpose.NOT_ACCEPTED) == []


def test_the_staff_who_are_here_are_told_by_a_neutral_message(bench: Bench) -> None:
    with_case(bench, CRITICAL)
    duty = bench.staff("Duty", "duty_managers")
    bench.staff("Away", "duty_managers", absent_from=MONDAY)
    call = bench.call("alert")
    hand_over(call, call.step.otherwise, "The number is unsafe.")
    (message,) = bench.all(Message)
    assert (message.staff_id, message.address, message.priority) == (
        duty.id,
        "duty@office.example",
        "critical",
    )
    assert message.subject == "You are asked to take over: Tell the client"
    assert "2026-000001" in message.body
    assert "unsafe" not in message.body + message.subject
    assert "Ruiz" not in message.body


def test_telling_somebody_twice_makes_one_notice(bench: Bench) -> None:
    with_case(bench, CRITICAL)
    bench.staff("Duty", "duty_managers")
    call = bench.call("alert")
    notice = tell(call, Recipient.read("duty_manager"), "Danger reported")
    assert notice.kind is TaskKind.NOTICE
    assert tell(call, Recipient.read("duty_manager"), "Danger reported").id == notice.id
    assert len(bench.all(Message)) == 1


def test_the_clock_of_silence_is_started_once(bench: Bench) -> None:
    with_case(bench, step("caseworker\n    after: 10 minutes"))
    call = bench.call("alert")
    watch_silence(call)
    watch_silence(call)
    (timer,) = open_timers(bench, TimerPurpose.SILENCE)
    assert timer.due_at == MONDAY + timedelta(minutes=10)


def test_a_step_without_silence_gets_no_clock(bench: Bench) -> None:
    with_case(bench, step())
    watch_silence(bench.call("alert"))
    assert bench.all(Timer) == []


def test_withdrawing_takes_back_what_is_open_and_leaves_what_is_done(bench: Bench) -> None:
    with_case(bench, step(more="due: 2 working days"))
    bench.run("alert")
    (task,) = bench.tasks()
    appointment = booked(bench, task, MONDAY + timedelta(days=2))
    call = bench.call("alert")
    notice = tell(call, Recipient.read("caseworker"), "For you")
    notice.status, notice.completed_at = TaskStatus.COMPLETED, MONDAY
    withdraw(bench.session, call.run.id, "an answer was corrected", MONDAY)
    assert (task.status, task.reason) == (TaskStatus.CANCELLED, "an answer was corrected")
    assert notice.status is TaskStatus.COMPLETED
    assert (appointment.status, appointment.sequence) == (AppointmentStatus.CANCELLED, 1)
    assert all(timer.withdrawn_at == MONDAY for timer in bench.all(Timer))


@pytest.mark.parametrize("title", ["A title =?with an encoded word?=", "Two  spaces"])
def test_a_title_becomes_a_subject_line_that_the_outbox_takes(bench: Bench, title: str) -> None:
    with_case(bench, step().replace("Tell the client", title))
    call = bench.call("alert")
    hand_over(call, call.step.otherwise, "It failed.")
    (message,) = bench.all(Message)
    assert "=?" not in message.subject
    assert "  " not in message.subject
