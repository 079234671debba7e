"""`send_email` about an appointment: invitation, move and cancellation under one uid."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar
from message_world import NOTICE, becomes, mail
from people_world import with_case
from step_bench import MONDAY, Bench

from models import (
    Appointment,
    AppointmentStatus,
    ContactPoint,
    Message,
    MessageStatus,
    WaitsFor,
)
from tasks.result import DefiniteFailure, StepError, Waiting

pytestmark = pytest.mark.usefixtures("shipped_templates")


def booked(bench: Bench, more: str = "") -> Appointment:
    case, worker, _ = with_case(bench, NOTICE.format(more=more))
    worker.phone = "+12025550199"
    bench.run("visit")
    (task,) = bench.tasks()
    row = Appointment(
        case_id=case.id,
        client_id=case.client_id,
        task_id=task.id,
        worker_id=worker.id,
        starts_at=datetime(2026, 3, 9, 14, 0, tzinfo=UTC),
        ends_at=datetime(2026, 3, 9, 15, 0, tzinfo=UTC),
        place="Room 2",
        uid=f"{task.id}@casewright",
        created_at=MONDAY,
    )
    bench.session.add(row)
    run = bench.call("visit").run
    run.status, run.outputs = "completed", {"appointment": {"record": "Appointment", "id": row.id}}
    bench.session.flush()
    mail(bench, case.client_id)
    return row


def entry(text: str | None) -> tuple[str, int, datetime]:
    """METHOD, SEQUENCE and start of a calendar text."""
    calendar = Calendar.from_ical(text or "")
    event = calendar.walk("VEVENT")[0]
    return str(calendar["METHOD"]), int(event["SEQUENCE"]), event["DTSTART"].dt


def test_the_appointment_goes_out_as_a_mail_with_a_calendar_entry(bench: Bench) -> None:
    row = booked(bench)
    assert bench.run("notice") == Waiting(WaitsFor.MESSAGE)
    (sent,) = for_client(bench)
    assert sent.subject == "Your appointment on Monday, March 9, 2026, 10:00 AM"
    assert "with Worker" in sent.body
    assert "Place: Room 2" in sent.body
    assert entry(sent.calendar_text) == ("REQUEST", 0, row.starts_at)
    assert f"UID:{row.uid}" in (sent.calendar_text or "")


def for_client(bench: Bench) -> list[Message]:
    return [each for each in bench.all(Message) if each.recipient_role == "client"]


def changed(bench: Bench, row: Appointment, **fields: Any) -> None:
    """The appointment changes, and the steps that had read it run again."""
    for name, value in fields.items():
        setattr(row, name, value)
    row.sequence += 1
    bench.session.flush()
    bench.again("notice")


def told(bench: Bench) -> Appointment:
    """An appointment whose invitation has left."""
    row = booked(bench)
    bench.run("notice")
    becomes(bench, MessageStatus.SENT)
    bench.resume("notice")
    return row


def test_a_moved_appointment_goes_out_again_under_the_same_uid(bench: Bench) -> None:
    row = told(bench)
    moved = row.starts_at + timedelta(days=1)
    changed(bench, row, starts_at=moved, ends_at=moved + timedelta(hours=1), status=AppointmentStatus.MOVED)
    bench.run("notice")
    first, second = for_client(bench)
    assert second.subject == "Your appointment is now on Tuesday, March 10, 2026, 10:00 AM"
    assert entry(second.calendar_text) == ("REQUEST", 1, moved)
    assert f"UID:{row.uid}" in (first.calendar_text or "")
    assert f"UID:{row.uid}" in (second.calendar_text or "")


def test_a_cancelled_appointment_cancels_the_invitation(bench: Bench) -> None:
    row = told(bench)
    changed(bench, row, status=AppointmentStatus.CANCELLED, cancelled_at=bench.now)
    bench.run("notice")
    sent = for_client(bench)[-1]
    assert sent.subject == "Your appointment on Monday, March 9, 2026, 10:00 AM is cancelled"
    assert entry(sent.calendar_text) == ("CANCEL", 1, row.starts_at)


def test_a_cancellation_of_what_nobody_was_told_of_is_not_sent(bench: Bench) -> None:
    row = booked(bench)
    bench.run("notice")
    changed(bench, row, status=AppointmentStatus.CANCELLED, cancelled_at=bench.now)
    bench.run("notice")
    assert bench.read("notice", "status") == "not_needed"
    assert len(for_client(bench)) == 1


def test_an_appointment_moved_before_the_first_mail_left_is_a_plain_invitation(bench: Bench) -> None:
    row = booked(bench)
    bench.run("notice")
    changed(bench, row, place="Room 5", status=AppointmentStatus.MOVED)
    bench.run("notice")
    assert for_client(bench)[-1].subject.startswith("Your appointment on")
    assert "Room 5" in for_client(bench)[-1].body


def test_what_the_client_knows_already_is_not_sent_again(bench: Bench) -> None:
    told(bench)
    bench.again("notice")
    bench.run("notice")
    assert bench.read("notice", "status") == "not_needed"
    assert len(for_client(bench)) == 1


def test_an_appointment_that_is_over_is_not_announced(bench: Bench) -> None:
    booked(bench)
    bench.now = MONDAY + timedelta(days=30)
    bench.run("notice")
    assert bench.read("notice", "status") == "not_needed"


def test_without_an_appointment_there_is_nothing_to_write_about(bench: Bench) -> None:
    case, _, _ = with_case(bench, NOTICE.format(more=""))
    mail(bench, case.client_id)
    with pytest.raises(StepError, match="no appointment yet"):
        bench.run("notice")


def test_a_client_without_a_safe_mail_address_is_told_another_way(bench: Bench) -> None:
    booked(bench)
    for point in bench.all(ContactPoint):
        point.bounced_at = bench.now
    bench.session.flush()
    with pytest.raises(DefiniteFailure) as caught:
        bench.run("notice")
    assert caught.value.code == "no_safe_contact"
    assert [each["code"] for each in caught.value.details["refusals"]] == ["bounced"]
