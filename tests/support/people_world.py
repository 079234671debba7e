"""A case with people around it, for the tests of human tasks."""

from datetime import datetime

from step_bench import MONDAY, Bench

from models import (
    Appointment,
    Case,
    CaseStatus,
    Client,
    ContactKind,
    ContactPoint,
    GroupRole,
    HumanTask,
    Safety,
    Staff,
    Timer,
    TimerPurpose,
)
from tasks.call import Call
from tasks.timers import handle_timer


def with_case(
    bench: Bench, steps: str, *, team: str = "intake_team", **client: object
) -> tuple[Case, Staff, Staff]:
    """An instance of `steps` with a case, its caseworker and their supervisor."""
    lead = bench.staff("Lead", role=GroupRole.SUPERVISOR)
    worker = bench.staff("Worker", supervisor_id=lead.id)
    person = bench.client(**client)
    bench.start(steps, client=person.id, received_at=MONDAY)
    case = Case(
        number="2026-000001",
        client_id=person.id,
        status=CaseStatus.PENDING,
        received_at=MONDAY,
        created_at=MONDAY,
        team=team,
        worker_id=worker.id,
        supervisor_id=lead.id,
    )
    bench.session.add(case)
    bench.session.flush()
    bench.instance.case_id, bench.instance.client_id = case.id, person.id
    return case, worker, lead


def phone(bench: Bench, client: Client | str, number: str, **fields: object) -> ContactPoint:
    """A telephone number of a client."""
    client_id = client if isinstance(client, str) else client.id
    values: dict[str, object] = {"safe": Safety.YES, **fields}
    point = ContactPoint(
        client_id=client_id, kind=ContactKind.PHONE, value=number, created_at=MONDAY, **values
    )
    bench.session.add(point)
    bench.session.flush()
    return point


def fire(bench: Bench, step: str, name: str) -> Call:
    """Let the timer whose key ends with `name` fire at its time."""
    bench.session.flush()
    (timer,) = [each for each in bench.all(Timer) if each.key.endswith(f":{name}")]
    bench.now = max(bench.now, timer.due_at)
    timer.fired_at = bench.now
    call = bench.call(step)
    handle_timer(call, timer)
    bench.session.flush()
    return call


def booked(bench: Bench, task: HumanTask, at: datetime) -> Appointment:
    """An appointment of a task."""
    case = bench.case()
    row = Appointment(
        case_id=case.id,
        client_id=case.client_id,
        task_id=task.id,
        starts_at=at,
        ends_at=at.replace(hour=at.hour + 1),
        place="Room 2",
        uid=f"{task.id}@casewright",
        created_at=MONDAY,
    )
    bench.session.add(row)
    bench.session.flush()
    return row


def open_timers(bench: Bench, purpose: TimerPurpose) -> list[Timer]:
    """The timers of a purpose that are still to fire."""
    found = [each for each in bench.all(Timer) if each.purpose is purpose]
    return [each for each in found if each.fired_at is None and each.withdrawn_at is None]
