"""`send_email` and `send_sms`: who gets what, what ends the step, and who takes over."""

from datetime import timedelta

import pytest
from message_world import ALERT, alert, becomes, guardian, message
from people_world import phone, with_case
from step_bench import MONDAY, Bench

from models import (
    AuditEvent,
    Channel,
    ChronologyEntry,
    Message,
    MessagePriority,
    MessageStatus,
    Safety,
    TaskKind,
    WaitsFor,
    Wake,
)
from tasks.result import DefiniteFailure, StepError, Waiting

pytestmark = pytest.mark.usefixtures("shipped_templates")


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
