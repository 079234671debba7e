"""`send_email` and `send_sms`: who gets what, what ends the step, and who takes over."""

from datetime import UTC, datetime, timedelta
from textwrap import dedent, indent
from typing import Any

import pytest
from icalendar import Calendar
from people_world import phone, with_case
from step_bench import HEADER, MONDAY, Bench, catalogue

from definitions.catalogue import Template
from definitions.checker import check
from definitions.source import parse
from models import (
    Appointment,
    AppointmentStatus,
    AuditEvent,
    Channel,
    ChronologyEntry,
    Client,
    ContactKind,
    ContactPoint,
    Involvement,
    InvolvementRole,
    Message,
    MessagePriority,
    MessageStatus,
    Safety,
    TaskKind,
    WaitsFor,
    Wake,
)
from notifications import load_templates
from tasks.result import DefiniteFailure, StepError, Waiting

TEMPLATES = {
    name: Template(each.name, each.channel, each.texts, each.variables)
    for name, each in load_templates().items()
}
ALERT = """
- id: alert
  title: Send safety alert SMS
  do: send_sms
  to: {to}
  template: safety_alert
  {more}
"""
NOTICE = """
- id: visit
  title: Assign the assessment
  do: assign_task
  to: caseworker
  ends: booked
- id: notice
  title: Notify client of appointment
  do: send_email
  to: client
  template: appointment
  about: = visit.appointment
  {more}
"""


@pytest.fixture(autouse=True)
def shipped_templates(bench: Bench) -> None:
    bench.templates = TEMPLATES


def alert(bench: Bench, to: str = "client", more: str = "", **client: object) -> Client:
    case, worker, _ = with_case(bench, ALERT.format(to=to, more=more), **client)
    worker.phone = "+12025550199"
    found = bench.session.get(Client, case.client_id)
    assert found is not None
    return found


def mail(bench: Bench, client_id: str, address: str = "ana@example.org", **fields: Any) -> ContactPoint:
    point = ContactPoint(
        client_id=client_id,
        kind=ContactKind.EMAIL,
        value=address,
        created_at=MONDAY,
        safe=Safety.YES,
        **fields,
    )
    bench.session.add(point)
    bench.session.flush()
    return point


def message(bench: Bench) -> Message:
    (found,) = bench.all(Message)
    assert isinstance(found, Message)
    return found


def becomes(bench: Bench, status: MessageStatus, code: str | None = None) -> None:
    """The outbox has done its part."""
    for each in bench.all(Message):
        each.status, each.last_error_code = status, code
        each.sent_at = bench.now if status in (MessageStatus.SENT, MessageStatus.DELIVERED) else None
    bench.session.flush()


def guardian(bench: Bench, client: Client, **fields: Any) -> Involvement:
    row = Involvement(client_id=client.id, name="Marta", role=InvolvementRole.GUARDIAN, **fields)
    bench.session.add(row)
    bench.session.flush()
    return row


# -- a text message


def test_a_text_message_goes_to_the_safe_number_in_the_recipients_language(bench: Bench) -> None:
    client = alert(bench, language="es")
    point = phone(bench, client, "+12025550101")
    assert bench.run("alert") == Waiting(WaitsFor.MESSAGE)
    sent = message(bench)
    assert (sent.channel, sent.address, sent.contact_point_id) == (Channel.SMS, point.value, point.id)
    assert sent.body == "Hola Ana, por favor llame al +12025550199 lo antes posible. Worker"
    assert (sent.subject, sent.language, sent.segments) == ("", "es", 1)
    assert (sent.case_id, sent.instance_id) == (bench.instance.case_id, bench.instance.id)
    (read,) = [each for each in bench.all(AuditEvent) if each.action == "send"]
    assert (read.record, read.record_id, read.fields) == ("ContactPoint", point.id, ["value"])


def test_beginning_the_same_step_run_twice_queues_one_message(bench: Bench) -> None:
    phone(bench, alert(bench), "+12025550101")
    bench.run("alert")
    bench.run("alert")
    assert len(bench.all(Message)) == 1


@pytest.mark.parametrize(
    ("ends", "statuses"),
    [
        ("queued", []),
        ("sent", [MessageStatus.SENT]),
        ("sent", [MessageStatus.DELIVERED]),
        ("delivered", [MessageStatus.SENT, MessageStatus.DELIVERED]),
    ],
)
def test_the_step_ends_when_the_message_has_got_where_ends_says(
    bench: Bench, ends: str, statuses: list[MessageStatus]
) -> None:
    phone(bench, alert(bench, more=f"ends: {ends}"), "+12025550101")
    result = bench.run("alert")
    for status in statuses:
        assert result == Waiting(WaitsFor.MESSAGE)
        becomes(bench, status)
        result = bench.resume("alert")
    assert not isinstance(result, Waiting)
    expected = statuses[-1].value if statuses else "queued"
    assert bench.read("alert", "status") == expected
    assert bench.read("alert", "sent_to") == "client"
    (entry,) = [each for each in bench.all(ChronologyEntry) if each.kind == "message_sent"]
    assert entry.title == "Text message to the client: Send safety alert SMS"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (MessageStatus.FAILED, "the message was refused (21610)"),
        (MessageStatus.UNDELIVERED, "the message did not arrive (21610)"),
        (MessageStatus.BLOCKED, "the contact was not safe any more when the message was to leave (21610)"),
        (MessageStatus.WITHDRAWN, "the message was withdrawn (21610)"),
    ],
)
def test_a_message_that_failed_fails_the_step_without_naming_the_number(
    bench: Bench, status: MessageStatus, said: str
) -> None:
    phone(bench, alert(bench), "+12025550101")
    bench.run("alert")
    becomes(bench, status, "21610")
    with pytest.raises(DefiniteFailure) as caught:
        bench.resume("alert")
    assert (caught.value.code, str(caught.value)) == ("21610", said)


def test_client_or_guardian_writes_to_the_guardian_where_the_client_is_not_safe(bench: Bench) -> None:
    client = alert(bench, "client or guardian")
    phone(bench, client, "+12025550101", safe=Safety.NO)
    phone(bench, client, "+12025550102", involvement_id=guardian(bench, client, language="es").id)
    bench.run("alert")
    sent = message(bench)
    assert (sent.address, sent.recipient_role) == ("+12025550102", "guardian")
    assert sent.body.startswith("Hola Marta,")


def test_without_a_safe_contact_the_step_fails_and_says_what_was_refused(bench: Bench) -> None:
    client = alert(bench, "client or guardian")
    phone(bench, client, "+12025550101", safe=Safety.NO)
    abuser = guardian(bench, client, alleged_perpetrator=True)
    phone(bench, client, "+12025550102", involvement_id=abuser.id)
    with pytest.raises(DefiniteFailure) as caught:
        bench.run("alert")
    assert caught.value.code == "no_safe_contact"
    assert str(caught.value) == "there is no safe way to reach the client and guardian by this channel"
    assert caught.value.details["refusals"] == [
        {
            "whose": "client",
            "contact": "+12025550101",
            "code": "marked_unsafe",
            "reason": "it is recorded as not safe",
        },
        {
            "whose": "guardian",
            "contact": None,
            "code": "alleged_perpetrator",
            "reason": "an alleged perpetrator uses it",
        },
    ]


def test_client_and_guardian_writes_to_whom_it_can_and_fails_for_the_other(bench: Bench) -> None:
    phone(bench, alert(bench, "client and guardian"), "+12025550101")
    assert bench.run("alert") == Waiting(WaitsFor.MESSAGE)
    assert message(bench).recipient_role == "client"
    (wake,) = bench.all(Wake)
    assert wake.detail == {"step_run": bench.runs()[0].id}
    with pytest.raises(DefiniteFailure, match="reach the guardian"):
        bench.resume("alert")


def test_client_and_guardian_both_reached_end_the_step_together(bench: Bench) -> None:
    client = alert(bench, "client and guardian")
    phone(bench, client, "+12025550101")
    phone(bench, client, "+12025550102", involvement_id=guardian(bench, client).id)
    bench.run("alert")
    first, second = bench.all(Message)
    first.status, first.sent_at = MessageStatus.DELIVERED, bench.now
    bench.session.flush()
    assert bench.resume("alert") == Waiting(WaitsFor.MESSAGE)
    second.status, second.sent_at = MessageStatus.SENT, bench.now + timedelta(minutes=1)
    bench.session.flush()
    bench.resume("alert")
    assert bench.read("alert", "status") == "sent"
    assert bench.read("alert", "sent_at") == MONDAY + timedelta(minutes=1)
    assert bench.read("alert", "sent_to") == "client and guardian"


def test_somebody_is_told_at_once_even_when_nobody_can_be_written_to(bench: Bench) -> None:
    alert(bench, more="tell: supervisor")
    assert bench.run("alert") == Waiting(WaitsFor.MESSAGE)
    (notice,) = bench.tasks()
    assert (notice.kind, notice.title) == (TaskKind.NOTICE, "Send safety alert SMS")
    assert len(bench.all(Wake)) == 1
    with pytest.raises(DefiniteFailure, match="no safe way"):
        bench.resume("alert")


def test_a_critical_step_queues_a_critical_message_and_does_not_wait_for_the_morning(bench: Bench) -> None:
    bench.now = MONDAY.replace(hour=6)
    phone(bench, alert(bench, more="priority: critical"), "+12025550101")
    bench.run("alert")
    sent = message(bench)
    assert (sent.priority, sent.not_before) == (MessagePriority.CRITICAL, None)


def test_an_ordinary_message_of_the_night_is_queued_for_the_morning(bench: Bench) -> None:
    bench.now = MONDAY.replace(hour=6)
    phone(bench, alert(bench), "+12025550101")
    bench.run("alert")
    assert message(bench).not_before == MONDAY.replace(hour=13)


def test_a_hidden_name_and_an_organisation_that_must_not_be_named_stay_out(bench: Bench) -> None:
    client = alert(bench, hidden_name=True)
    phone(bench, client, "+12025550101", may_identify_organisation=False)
    bench.run("alert")
    assert message(bench).body == "Hello, please call +12025550199 as soon as you can. Worker"


def test_without_a_number_to_call_back_a_person_has_to_do_it(bench: Bench) -> None:
    case, _, _ = with_case(bench, ALERT.format(to="client", more=""))
    phone(bench, case.client_id, "+12025550101")
    with pytest.raises(DefiniteFailure, match="needs `phone`, which is not recorded"):
        bench.run("alert")
    assert bench.all(Message) == []


def test_a_value_of_the_step_fills_a_variable(bench: Bench) -> None:
    client = alert(bench, more="variables:\n    phone: (202) 555-0000")
    phone(bench, client, "+12025550101")
    bench.run("alert")
    assert "(202) 555-0000" in message(bench).body


def test_a_text_that_would_say_why_is_not_sent(bench: Bench) -> None:
    client = alert(bench, more="variables:\n    phone: the violence unit")
    phone(bench, client, "+12025550101")
    with pytest.raises(DefiniteFailure, match="would say violence"):
        bench.run("alert")


def test_a_message_to_staff_goes_to_their_own_number(bench: Bench) -> None:
    alert(bench, "caseworker")
    bench.run("alert")
    sent = message(bench)
    assert (sent.address, sent.recipient_role, sent.contact_point_id) == ("+12025550199", "caseworker", None)


def test_without_a_case_there_is_nobody_to_write_to_yet(bench: Bench) -> None:
    person = bench.client()
    bench.start(ALERT.format(to="client", more=""), client=person.id, received_at=MONDAY)
    with pytest.raises(StepError, match="no client yet"):
        bench.run("alert")


# -- an e-mail about an appointment


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


# -- what the checker says


def faults(steps: str, templates: dict[str, Template] | None = None) -> list[tuple[str, str]]:
    document = parse((HEADER + indent(dedent(steps).strip("\n"), "  ") + "\n").encode(), "try-it.yaml")
    found = check(document, catalogue(TEMPLATES if templates is None else templates)).diagnostics
    return [(each.code, each.message) for each in found if each.severity == "error"]


def test_right_steps_have_no_faults() -> None:
    assert faults(ALERT.format(to="client or guardian", more="tell: duty_manager")) == []
    assert faults(NOTICE.format(more="ends: delivered")) == []


def test_a_template_of_another_channel_is_found() -> None:
    (fault,) = faults(ALERT.format(to="client", more="").replace("safety_alert", "appointment"))
    assert fault == ("CW613", "template `appointment` is for email, not for sms")


def test_a_variable_that_the_step_does_not_fill_is_found() -> None:
    found = faults(NOTICE.format(more="").replace("about: = visit.appointment", "variables: {place: Room 2}"))
    assert ("CW610", "this step does not fill `starts_at` of template `appointment`") in found
    assert not any("`place`" in message for _, message in found)


def test_a_message_to_the_client_and_to_staff_is_refused() -> None:
    (fault,) = faults(ALERT.format(to="client or caseworker", more=""))
    assert fault == ("CW405", "a message goes to people outside or to staff, not to both")


def test_about_something_that_is_no_appointment_is_found() -> None:
    (fault,) = faults(ALERT.format(to="client", more="about: = inputs.client"))
    assert fault[0] == "CW338"


def test_a_template_without_a_rule_in_the_vocabulary_is_held_to_the_general_one() -> None:
    texts = {("body", language): "Your risk review. " + "Please call. " * 40 for language in ("en", "es")}
    templates = {"other": Template("other", "sms", texts, frozenset())}
    found = faults(ALERT.format(to="client", more="").replace("safety_alert", "other"), templates)
    assert ("CW611", "the template `other` (body, en) must not hold `risk`") in found
    assert ("CW612", "the template `other` (en) takes more than 3 SMS") in found


def test_the_steps_say_in_words_what_they_do() -> None:
    document = parse(
        (HEADER + indent(NOTICE.format(more="tell: supervisor").strip("\n"), "  ") + "\n").encode(), "x"
    )
    plan = check(document, catalogue(TEMPLATES)).plan
    assert plan is not None
    step = plan.step("notice")
    assert step.kind.explain is not None
    assert list(step.kind.explain(step.arguments)) == [
        "Writes to client, with the template appointment, if a contact is safe.",
        "Sends the calendar entry too; when the appointment moves or is cancelled, that goes out again.",
        "Tells somebody of the staff at once, whatever becomes of the message.",
    ]
