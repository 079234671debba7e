"""`assign_task`: the task people see, its times, and what ends the step."""

from datetime import UTC, datetime, timedelta

import pytest
from step_bench import MONDAY, Bench, faults

from models import (
    Appointment,
    AppointmentStatus,
    Case,
    CaseStatus,
    ChronologyEntry,
    HumanTask,
    Service,
    Staff,
    TaskEvent,
    TaskPriority,
    TaskStatus,
    Timer,
    WaitsFor,
)
from tasks.people.human_tasks import end
from tasks.result import DefiniteFailure, Waiting

FULL = """
- id: assessment
  title: Assign intake assessment task
  do: assign_task
  to: caseworker
  book_by: 2 working days from inputs.received_at
  notice: 1 working day
  place: Room 2
  length: 45 minutes
  due: 10 working days from inputs.received_at
  remind:
    - 2 working days before due
    - 20 working days before due
  escalate:
    - overdue: 0 hours
      to: supervisor
    - overdue: 2 working days
      to: manager
  not_accepted:
    - after: 4 hours
      to: supervisor
  ends: booked
"""


def begin(bench: Bench, steps: str = FULL, **client: object) -> Staff:
    worker = bench.staff("Worker")
    person = bench.client(**client)
    bench.start(steps, client=person.id, received_at=MONDAY)
    add_case(bench, person.id, worker)
    return worker


def add_case(bench: Bench, client_id: str, worker: Staff) -> Case:
    case = Case(
        number="2026-000001",
        client_id=client_id,
        status=CaseStatus.PENDING,
        received_at=MONDAY,
        created_at=MONDAY,
        team="intake_team",
        worker_id=worker.id,
    )
    bench.session.add(case)
    bench.session.flush()
    bench.instance.case_id, bench.instance.client_id = case.id, client_id
    return case


def timers(bench: Bench) -> dict[str, datetime]:
    return {timer.key.split(":", 1)[1]: timer.due_at for timer in bench.all(Timer)}


def test_the_task_says_what_its_holder_needs_to_know(bench: Bench) -> None:
    worker = begin(bench, language="es", interpreter_needed=True, lone_visit_note="A dog in the yard")
    assert bench.run("assessment") == Waiting(WaitsFor.PEOPLE)
    (task,) = bench.tasks()
    assert (task.assignee_id, task.status, task.priority) == (
        worker.id,
        TaskStatus.REQUESTED,
        TaskPriority.ROUTINE,
    )
    assert task.case_id == bench.instance.case_id
    assert task.details["place"] == "Room 2"
    assert task.details["minutes"] == 45
    assert task.details["interpreter"] == "es"
    assert task.details["lone_visit_note"] == "A dog in the yard"
    assert [event.action for event in bench.all(TaskEvent)] == ["created"]


def test_a_task_is_due_at_the_end_of_the_working_day_and_keeps_the_wall_time(bench: Bench) -> None:
    begin(bench)
    bench.run("assessment")
    (task,) = bench.tasks()
    assert task.book_by == datetime(2026, 3, 4, 22, tzinfo=UTC)
    assert task.due_at == datetime(
        2026, 3, 16, 21, tzinfo=UTC
    )  # the clocks of New York went forward on 8 March
    assert task.due_wall == "2026-03-16 17:00 America/New_York"


def test_its_timers_are_there_except_a_reminder_whose_time_has_passed(bench: Bench) -> None:
    begin(bench)
    bench.run("assessment")
    due = datetime(2026, 3, 16, 21, tzinfo=UTC)
    assert timers(bench) == {
        "book_by": datetime(2026, 3, 4, 22, tzinfo=UTC),
        "due": due,
        "remind:0": datetime(2026, 3, 12, 21, tzinfo=UTC),
        "escalate:0": due,
        "escalate:1": datetime(2026, 3, 18, 21, tzinfo=UTC),
        "not_accepted:1:0": MONDAY + timedelta(hours=4),
    }


def test_the_step_ends_when_the_appointment_is_booked_and_its_timers_run_on(bench: Bench) -> None:
    begin(bench)
    bench.run("assessment")
    (task,) = bench.tasks()
    assert bench.resume("assessment") == Waiting(WaitsFor.PEOPLE)
    booked = appointment(bench, task)
    bench.resume("assessment")
    assert bench.read("assessment", "appointment", "place") == "Room 2"
    assert bench.read("assessment", "appointment", "id") == booked.id
    assert all(timer.withdrawn_at is None for timer in bench.all(Timer))


@pytest.mark.parametrize("came", [AppointmentStatus.DONE, AppointmentStatus.MISSED])
def test_an_appointment_is_still_given_when_it_was_kept_or_missed(
    bench: Bench, came: AppointmentStatus
) -> None:
    begin(bench, FULL.replace("ends: booked", "ends: completed"))
    bench.run("assessment")
    (task,) = bench.tasks()
    booked = appointment(bench, task)
    booked.status = came
    end(bench.session, task, TaskStatus.COMPLETED, MONDAY)
    bench.resume("assessment")
    assert bench.read("assessment", "appointment", "id") == booked.id


def appointment(bench: Bench, task: HumanTask) -> Appointment:
    booked = Appointment(
        case_id=task.case_id,
        client_id=bench.case().client_id,
        task_id=task.id,
        starts_at=MONDAY + timedelta(days=3),
        ends_at=MONDAY + timedelta(days=3, hours=1),
        place="Room 2",
        uid="one@casewright",
        created_at=MONDAY,
    )
    bench.session.add(booked)
    bench.session.flush()
    return booked


@pytest.mark.parametrize("ends", ["created", "accepted", "completed"])
def test_each_end_is_reached_by_what_its_word_says(bench: Bench, ends: str) -> None:
    begin(bench, FULL.replace("ends: booked", f"ends: {ends}"))
    result = bench.run("assessment")
    (task,) = bench.tasks()
    assert isinstance(result, Waiting) == (ends != "created")
    task.accepted_at = MONDAY
    if ends != "created":
        assert isinstance(bench.resume("assessment"), Waiting) == (ends == "completed")
    end(bench.session, task, TaskStatus.COMPLETED, MONDAY, by=task.assignee_id)
    if ends == "completed":
        assert not isinstance(bench.resume("assessment"), Waiting)
        assert bench.read("assessment", "completed_by", "name") == "Worker"


def test_a_task_that_is_cancelled_fails_the_step_for_certain(bench: Bench) -> None:
    begin(bench)
    bench.run("assessment")
    (task,) = bench.tasks()
    end(bench.session, task, TaskStatus.CANCELLED, MONDAY, reason="moved away")
    with pytest.raises(DefiniteFailure) as failed:
        bench.resume("assessment")
    assert failed.value.code == "task_cancelled"
    assert "moved away" not in str(failed.value)  # it reaches Prefect


def test_the_end_of_a_task_withdraws_its_timers(bench: Bench) -> None:
    begin(bench)
    bench.run("assessment")
    (task,) = bench.tasks()
    end(bench.session, task, TaskStatus.COMPLETED, MONDAY)
    assert {timer.withdrawn_at for timer in bench.all(Timer)} == {MONDAY}


def test_an_assignment_stands_in_the_chronology(bench: Bench) -> None:
    begin(bench)
    bench.run("assessment")
    (entry,) = bench.all(ChronologyEntry)
    assert (entry.kind, entry.significant, entry.title) == (
        "task_assigned",
        False,
        "Assign intake assessment task",
    )


FOUR_EYES = """
- id: draft
  title: Draft
  do: assign_task
  to: caseworker
- id: check
  title: Check it
  do: assign_task
  to: caseworker
  not: = draft.completed_by
"""


def test_four_eyes_exclude_whoever_did_the_first_part(bench: Bench) -> None:
    worker = begin(bench, FOUR_EYES)
    bench.run("draft")
    end(bench.session, bench.tasks()[0], TaskStatus.COMPLETED, MONDAY, by=worker.id)
    bench.resume("draft")
    bench.run("check")
    task = bench.tasks()[1]
    assert task.excluded_ids == [worker.id]
    assert (task.assignee_id, task.candidate_group) == (None, "intake_team")


CRITICAL = """
- id: visit
  title: Visit at once
  do: assign_task
  to: caseworker
  priority: critical
"""


def test_a_critical_step_asks_with_priority_stat(bench: Bench) -> None:
    begin(bench, CRITICAL)
    bench.run("visit")
    assert bench.tasks()[0].priority is TaskPriority.STAT


SERVICES = """
- id: ask
  title: What is needed?
  do: complete_checklist
  to: caseworker
  items:
    - {id: needs, ask: "Needs?", type: choices, options: categories of referral, required: true}
- id: choose
  title: Find a service
  do: assign_task
  needs: [ask]
  for_each: {need: = ask.needs}
  to: group referral_team
  items:
    - id: service
      ask: Which service takes this on?
      type: Service
      filter: need in categories
"""


def test_a_record_item_offers_the_active_services_that_fit_with_their_age(bench: Bench) -> None:
    begin(bench, SERVICES)
    fields = {"organization": "County", "created_at": MONDAY}
    pantry = Service(name="Pantry", categories=["food-insecurity"], assured_date=MONDAY.date(), **fields)
    old = Service(name="Old pantry", categories=["food-insecurity"], active=False, **fields)
    shelter = Service(name="Shelter", categories=["homelessness"], **fields)
    bench.session.add_all([pantry, old, shelter])
    bench.session.flush()
    bench.run("ask")
    bench.run("choose", iteration="food-insecurity", loop={"need": "food-insecurity"})
    task = bench.tasks()[1]
    (item,) = task.form
    assert item["options"] == {pantry.id: "Pantry, County (checked 2026-03-02)"}
    assert task.title == "Find a service: food-insecurity"
    assert task.iteration == item["iteration"] == "food-insecurity"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("to: client", "`client` can't be given a task"),
        ("to: caseworker and supervisor", "a task has one holder"),
        ("to: caseworker\n  notice: 1 working day before due", "only a length belongs here"),
        ("to: caseworker\n  length: 2 days", "only a length belongs here"),
        ("to: caseworker\n  not: = inputs.client", "Client"),
        (
            "to: caseworker\n  items: [{id: task, ask: What?, type: text}]",
            "the step has an output `task` already",
        ),
    ],
)
def test_the_checker_says_what_is_wrong_with_an_assignment(line: str, message: str) -> None:
    told = faults(f"- id: visit\n  title: Visit\n  do: assign_task\n  {line}\n")
    assert len(told) == 1
    assert message in told[0]


def test_it_says_in_words_who_gets_it_and_what_is_asked(bench: Bench) -> None:
    begin(bench, FULL)
    step = bench.plan.step("assessment")
    assert step.kind.explain is not None
    assert step.kind.explain(step.arguments) == [
        "Asks the caseworker; somebody who is away is replaced by their cover, then by the supervisor.",
        "An appointment is booked 2 working days after inputs.received_at at the latest.",
        "The client is invited at least 1 working day before it.",
    ]


def test_it_says_in_words_what_a_group_is_asked(bench: Bench) -> None:
    begin(bench, SERVICES)
    step = bench.plan.step("choose")
    assert step.kind.explain is not None
    assert step.kind.explain(step.arguments) == [
        "Asks the group referral_team: whoever of them takes it.",
        "Its form asks: Which service takes this on?",
    ]
