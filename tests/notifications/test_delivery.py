"""Delivery: judged once more, sent outside transactions, and every outcome kept (G4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models import (
    AuditEvent,
    Channel,
    MessagePriority,
    MessageStatus,
    Receipt,
    Safety,
    StepStatus,
    WaitsFor,
    Wake,
)
from notifications import (
    FAULT_POINTS,
    Addressee,
    ContactFault,
    Origin,
    OutcomeUnknown,
    Rejected,
    Sending,
    TryLater,
    deliver_due,
    withdraw,
)

CRITICAL = MessagePriority.CRITICAL


def lost() -> OutcomeUnknown:
    """The provider takes the message and the reply is lost."""
    error = OutcomeUnknown("reply_lost", "the reply was lost")
    error.accepted = True  # type: ignore[attr-defined]
    return error


def test_a_due_message_is_sent_once(world: Any, post: Any, channel: Any) -> None:
    message = world.queued(world.phone(world.client()))
    assert deliver_due(post) == {"sent": 1}
    assert deliver_due(post) == {}
    stored = world.message(message)
    assert (stored.status, stored.provider, stored.provider_id) == (MessageStatus.SENT, "scripted", "P1")
    assert (stored.sent_at, stored.attempts, stored.resends) == (world.clock.now, 1, 0)
    assert [each.message_id for each in channel.sent] == [message]


def test_critical_messages_go_first_then_by_due_time(world: Any, post: Any, channel: Any) -> None:
    contact = world.phone(world.client())
    second = world.queued(contact)
    world.clock.forward(minutes=1)
    third = world.queued(contact)
    first = world.queued(contact, priority=CRITICAL)
    deliver_due(post)
    assert [each.message_id for each in channel.sent] == [first, second, third]


def test_a_delivery_stops_at_its_limit(world: Any, post: Any, channel: Any) -> None:
    contact = world.phone(world.client())
    for _ in range(3):
        world.queued(contact)
    assert deliver_due(post, limit=2) == {"sent": 2}


def test_a_contact_that_became_unsafe_after_queueing_gets_nothing(
    world: Any, post: Any, channel: Any
) -> None:
    contact = world.phone(world.client())
    run = world.journal()
    message = world.queued(contact, origin=Origin(instance_id=run.instance_id, step_run_id=run.id))
    world.change(contact, safe=Safety.NO)
    assert deliver_due(post) == {"blocked": 1}
    stored = world.message(message)
    assert stored.status is MessageStatus.BLOCKED
    assert stored.block_reason == "marked_unsafe: it is recorded as not safe"
    assert channel.sent == []
    (wake,) = world.rows(Wake)
    assert wake.detail == {"step_run": run.id, "message": message, "status": "blocked"}


def test_a_number_that_was_corrected_after_queueing_is_not_used(world: Any, post: Any, channel: Any) -> None:
    contact = world.phone(world.client())
    message = world.queued(contact)
    world.change(contact, value="+12125550109")
    assert deliver_due(post) == {"blocked": 1}
    assert world.message(message).last_error_code == "address_changed"


def test_quiet_hours_hold_a_message_until_the_morning(world: Any, post: Any, channel: Any) -> None:
    message = world.queued(world.phone(world.client()))
    world.clock.now = world.clock.now.replace(hour=6)  # 1:00 in New York
    assert deliver_due(post) == {"deferred": 1}
    assert deliver_due(post) == {}
    assert world.message(message).not_before == world.clock.now.replace(hour=13)
    world.clock.now = world.clock.now.replace(hour=13)
    assert deliver_due(post) == {"sent": 1}
    assert world.message(message).attempts == 1


def test_a_critical_message_is_sent_at_night_and_says_why(world: Any, post: Any) -> None:
    message = world.queued(world.phone(world.client()), priority=CRITICAL)
    world.clock.now = world.clock.now.replace(hour=6)
    assert deliver_due(post) == {"sent": 1}
    assert world.message(message).quiet_bypass_reason == "critical: it concerns somebody's safety"


def test_a_message_to_staff_goes_while_they_are_active(world: Any, post: Any, channel: Any) -> None:
    staff, contact = world.staff(), world.mail(world.client())
    to = Addressee("staff", staff.email, "en", staff_id=staff.id)
    world.queued(contact, to=to)
    assert deliver_due(post) == {"sent": 1}
    world.change(staff, active=False)
    world.queued(contact, to=to)
    assert deliver_due(post) == {"blocked": 1}


@pytest.mark.parametrize(
    ("fault", "field"),
    [
        (ContactFault.ERRONEOUS, "erroneous_at"),
        (ContactFault.OPTED_OUT, "opted_out_at"),
        (ContactFault.BOUNCED, "bounced_at"),
    ],
)
def test_a_refusal_for_good_fails_and_is_recorded_on_the_contact(
    world: Any, post: Any, channel: Any, fault: ContactFault, field: str
) -> None:
    contact = world.phone(world.client())
    message = world.queued(contact)
    behind = world.queued(contact)
    channel.fates = [Rejected("21211", "not a number", fault)]
    assert deliver_due(post) == {"failed": 1, "blocked": 1}
    stored = world.message(message)
    assert (stored.status, stored.last_error_code, stored.final_at) == (
        MessageStatus.FAILED,
        "21211",
        world.clock.now,
    )
    with world.store.read() as session:
        assert getattr(session.get(type(contact), contact.id), field) == world.clock.now
    (audited,) = world.rows(AuditEvent)
    assert (audited.actor, audited.record_id, audited.fields) == ("system:outbox", contact.id, [field])
    assert world.message(behind).status is MessageStatus.BLOCKED


def test_a_busy_provider_is_tried_again_ever_more_rarely(world: Any, post: Any, channel: Any) -> None:
    message = world.queued(world.phone(world.client()))
    channel.fates = [TryLater("20429", "busy"), TryLater("20429", "busy", timedelta(minutes=5))]
    assert deliver_due(post) == {"retry": 1}
    assert deliver_due(post) == {}
    assert world.message(message).next_attempt_at == world.clock.now + timedelta(seconds=30)
    world.clock.forward(seconds=30)
    assert deliver_due(post) == {"retry": 1}
    assert world.message(message).next_attempt_at == world.clock.now + timedelta(minutes=5)
    world.clock.forward(minutes=5)
    assert deliver_due(post) == {"sent": 1}
    assert world.message(message).last_error_code is None


def test_after_the_last_try_the_message_has_failed_and_its_instance_is_woken(
    world: Any, post: Any, channel: Any
) -> None:
    run = world.journal()
    message = world.queued(
        world.phone(world.client()), origin=Origin(instance_id=run.instance_id, step_run_id=run.id)
    )
    channel.fates = [TryLater("unreachable", "no line")] * post.policy.max_attempts
    for _ in range(post.policy.max_attempts):
        deliver_due(post)
        world.clock.forward(days=1)
    stored = world.message(message)
    assert (stored.status, stored.last_error_code) == (MessageStatus.FAILED, "unreachable")
    assert [wake.detail["status"] for wake in world.rows(Wake)] == ["failed"]


def test_a_message_whose_reply_was_lost_is_found_at_the_provider_and_not_sent_twice(
    world: Any, post: Any, channel: Any
) -> None:
    message = world.queued(world.phone(world.client()))
    channel.fates = [lost()]
    assert deliver_due(post) == {"unknown": 1}
    assert world.message(message).status is MessageStatus.SENDING
    world.clock.forward(minutes=1)
    assert deliver_due(post) == {"found": 1}
    stored = world.message(message)
    assert (stored.status, stored.provider_id, stored.resends) == (MessageStatus.SENT, "P1", 0)
    assert len(channel.sent) == 1


def test_a_message_that_the_provider_does_not_have_is_sent_again_and_counted(
    world: Any, post: Any, channel: Any
) -> None:
    message = world.queued(world.phone(world.client()))
    channel.fates = [OutcomeUnknown("reply_lost", "the reply was lost")]
    deliver_due(post)
    world.clock.forward(minutes=1)
    assert deliver_due(post) == {"resent": 1, "sent": 1}
    assert world.message(message).resends == 1


def test_two_messages_with_the_same_text_are_not_taken_for_one(world: Any, post: Any, channel: Any) -> None:
    contact = world.phone(world.client())
    first, second = world.queued(contact), world.queued(contact)
    channel.fates = ["accepted", lost()]
    assert deliver_due(post) == {"sent": 1, "unknown": 1}
    world.clock.forward(minutes=1)
    assert deliver_due(post) == {"found": 1}
    assert {world.message(each).provider_id for each in (first, second)} == {"P1", "P2"}


def test_while_the_provider_cannot_be_asked_nothing_is_sent_again(
    world: Any, post: Any, channel: Any
) -> None:
    message = world.queued(world.phone(world.client()))
    channel.fates = [lost()]
    channel.find_error = TryLater("unreachable", "no line")
    deliver_due(post)
    world.clock.forward(minutes=1)
    assert deliver_due(post) == {"unknown": 1}
    assert world.message(message).status is MessageStatus.SENDING
    channel.find_error = None
    world.clock.forward(minutes=10)
    assert deliver_due(post) == {"found": 1}


def test_what_became_unsafe_while_in_doubt_is_not_sent_again(world: Any, post: Any, channel: Any) -> None:
    contact = world.phone(world.client())
    message = world.queued(contact)
    channel.fates = [OutcomeUnknown("reply_lost", "the reply was lost")]
    deliver_due(post)
    world.change(contact, safe=Safety.NO)
    world.clock.forward(minutes=1)
    assert deliver_due(post) == {"blocked": 1}
    assert world.message(message).status is MessageStatus.BLOCKED


def test_what_was_withdrawn_on_its_way_is_not_sent_again(world: Any, post: Any, channel: Any) -> None:
    run = world.journal()
    message = world.queued(world.phone(world.client()), origin=Origin(step_run_id=run.id))
    channel.fates = [OutcomeUnknown("reply_lost", "the reply was lost")]
    deliver_due(post)
    with world.store.write() as session:
        assert withdraw(session, run.id, "cancelled", world.clock.now) == 0
    world.clock.forward(minutes=1)
    assert deliver_due(post) == {"withdrawn": 1}
    assert world.message(message).status is MessageStatus.WITHDRAWN
    assert channel.sent == []


def test_a_fault_of_a_channel_stops_nothing_behind_it(world: Any, post: Any, channel: Any) -> None:
    contact = world.phone(world.client())
    first, second = world.queued(contact), world.queued(contact, body="Another text")
    channel.fates = [ZeroDivisionError("a bug")]
    assert deliver_due(post) == {"unknown": 1, "sent": 1}
    assert world.message(first).last_error == "the channel failed with ZeroDivisionError"
    assert world.message(second).status is MessageStatus.SENT


def test_no_log_line_holds_an_address_or_a_text(
    world: Any, post: Any, channel: Any, caplog: pytest.LogCaptureFixture
) -> None:
    world.queued(world.phone(world.client()))
    channel.fates = [Rejected("21211", "The number +12125550100 is not valid")]
    deliver_due(post)
    assert caplog.records
    assert "+1212" not in caplog.text
    assert "call" not in caplog.text


def test_only_a_step_that_waits_for_the_message_is_woken(world: Any, post: Any, channel: Any) -> None:
    staff, contact = world.staff(), world.phone(world.client())
    waiting, ended = world.journal(), world.journal()
    world.change(waiting, waits_for=WaitsFor.PEOPLE)
    world.change(ended, status=StepStatus.COMPLETED)
    notice = Addressee("staff", staff.email, "en", staff_id=staff.id)
    for run, to in ((waiting, notice), (ended, Addressee("client", contact.value, "en", contact.id))):
        origin = Origin(instance_id=run.instance_id, step_run_id=run.id)
        world.queued(contact, to=to, origin=origin, channel=Channel.EMAIL if to is notice else Channel.SMS)
    assert deliver_due(post) == {"sent": 2}
    assert world.rows(Wake) == []
    world.change(waiting, waits_for=WaitsFor.MESSAGE)
    origin = Origin(instance_id=waiting.instance_id, step_run_id=waiting.id)
    world.queued(contact, to=notice, origin=origin, channel=Channel.EMAIL)
    deliver_due(post)
    assert len(world.rows(Wake)) == 1


class Crashed(BaseException):
    """The process is gone: nothing after this point runs."""


@pytest.mark.parametrize("point", [each for each in FAULT_POINTS if each.startswith("outbox.")])
def test_g4_a_crash_at_any_point_of_a_delivery_loses_nothing(
    world: Any, post: Any, channel: Any, point: str
) -> None:
    def crash(reached: str) -> None:
        if reached == point:
            raise Crashed

    message = world.queued(world.phone(world.client()))
    with pytest.raises(Crashed):
        deliver_due(replace(post, reach=crash))
    world.clock.forward(seconds=1)
    assert deliver_due(post) == {}  # the claim of a process that may still live is respected
    world.clock.forward(minutes=2)
    deliver_due(post)
    stored = world.message(message)
    assert stored.status is MessageStatus.SENT
    assert len(channel.sent) == 1
    assert stored.resends == (1 if point in ("outbox.claimed", "outbox.before_send") else 0)


def test_g4_where_the_provider_cannot_be_asked_a_crash_after_the_send_doubles_the_message_and_says_so(
    world: Any, post: Any, channel: Any
) -> None:
    def crash(reached: str) -> None:
        if reached == "outbox.after_send":
            raise Crashed

    channel.findable = False
    message = world.queued(world.phone(world.client()))
    with pytest.raises(Crashed):
        deliver_due(replace(post, reach=crash))
    world.clock.forward(minutes=2)
    assert deliver_due(post) == {"resent": 1, "sent": 1}
    assert len(channel.sent) == 2
    assert world.message(message).resends == 1


def test_g6_a_process_that_was_taken_for_dead_does_not_overwrite_its_successor(
    world: Any, post: Any, channel: Any
) -> None:
    message = world.queued(world.phone(world.client()))
    taken_over: list[Any] = []

    def slow(reached: str) -> None:
        if reached == "outbox.after_send" and not taken_over:
            world.clock.forward(minutes=5)
            channel.findable = False
            taken_over.append(deliver_due(post))

    assert deliver_due(replace(post, reach=slow)) == {"overtaken": 1}
    assert taken_over == [{"resent": 1, "sent": 1}]
    stored = world.message(message)
    assert (stored.status, stored.provider_id) == (MessageStatus.SENT, "P2")
    assert {receipt.provider_id: receipt.message_id for receipt in world.rows(Receipt)} == {
        "P1": message,
        "P2": message,
    }


def test_only_the_channels_at_hand_are_served(world: Any, post: Any, channel: Any) -> None:
    world.queued(world.mail(world.client()))
    assert deliver_due(replace(post, channels={Channel.SMS: channel})) == {}


def test_whoever_looks_on_is_told_each_call_of_a_provider_without_personal_data(
    world: Any, post: Any, channel: Any
) -> None:
    contact = world.phone(world.client())
    told: list[Sending] = []
    message = world.queued(contact, priority=CRITICAL)
    channel.fates = [TryLater("busy", "busy")]
    world.clock.forward(seconds=2)
    deliver_due(replace(post, watch=told.append))
    (sending,) = told
    assert (sending.message_id, sending.channel, sending.critical) == (message, Channel.SMS, True)
    assert (sending.outcome, sending.latency) == ("retry", timedelta(seconds=2))
    assert contact.value not in repr(sending)
