"""Ordinary messages are claimed together; each is still judged, sent and kept as if it were alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from models import Message, MessagePriority, MessageStatus, Safety
from notifications import (
    Accepted,
    Addressee,
    ContactFault,
    Origin,
    Outgoing,
    Rejected,
    deliver_due,
    withdraw,
)
from notifications.memory import memory_channels

SENT, BLOCKED, QUEUED = MessageStatus.SENT, MessageStatus.BLOCKED, MessageStatus.QUEUED


class Crashed(BaseException):
    """The process is gone: nothing after this point runs."""


def phones(world: Any, count: int) -> list[Any]:
    """So many clients with a telephone each."""
    return [world.phone(world.client(), f"+1212555010{number}") for number in range(count)]


def statuses(world: Any, messages: list[str]) -> list[MessageStatus]:
    return [world.message(each).status for each in messages]


def test_messages_to_several_addresses_are_claimed_in_one_transaction(
    world: Any, post: Any, channel: Any
) -> None:
    messages = [world.queued(contact) for contact in phones(world, 3)]
    points: list[str] = []
    assert deliver_due(replace(post, reach=points.append)) == {"sent": 3}
    assert points.count("outbox.claimed") == points.count("outbox.stored") == 1
    assert points.count("outbox.after_send") == 3
    assert [each.message_id for each in channel.sent] == messages
    assert statuses(world, messages) == [SENT, SENT, SENT]


def test_what_a_provider_says_of_an_address_decides_about_the_next_message_to_it(
    world: Any, post: Any, channel: Any
) -> None:
    stopped, other = phones(world, 2)
    messages = [world.queued(contact) for contact in (stopped, stopped, other)]
    channel.fates = [Rejected("21610", "STOP", ContactFault.OPTED_OUT)]
    assert deliver_due(post) == {"failed": 1, "sent": 1, "blocked": 1}
    assert statuses(world, messages) == [MessageStatus.FAILED, BLOCKED, SENT]


def test_a_critical_message_is_claimed_alone(world: Any, post: Any, channel: Any) -> None:
    urgent, other = phones(world, 2)
    world.queued(urgent, priority=MessagePriority.CRITICAL)
    world.queued(other)
    claimed: list[int] = []

    def look(point: str) -> None:
        if point == "outbox.claimed":
            claimed.append(sum(each.claim_token is not None for each in world.rows(Message)))

    deliver_due(replace(post, reach=look))
    assert claimed == [1, 1]
    assert channel.sent[0].address == urgent.value


def test_what_would_leave_late_is_judged_anew(
    world: Any, post: Any, channel: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("notifications.delivery.FRESH", -1.0)  # each send takes too long
    contacts, run = phones(world, 3), world.journal()
    messages = [world.queued(contact) for contact in contacts[:2]]
    messages.append(world.queued(contacts[2], origin=Origin(step_run_id=run.id)))

    def change(point: str) -> None:
        if point == "outbox.after_send" and len(channel.sent) == 1:
            world.change(contacts[1], safe=Safety.NO)
            with world.store.write() as session:
                withdraw(session, run.id, "not wanted any more", world.clock.now)

    assert deliver_due(replace(post, reach=change)) == {"sent": 1, "blocked": 1}
    assert statuses(world, messages) == [SENT, BLOCKED, MessageStatus.WITHDRAWN]
    assert [world.message(each).attempts for each in messages[1:]] == [0, 0]


@pytest.mark.parametrize(("reports", "again"), [(True, 3), (False, 1)])
def test_a_crash_leaves_no_answer_unstored_that_nobody_could_ask_for(
    world: Any, post: Any, channel: Any, *, reports: bool, again: int
) -> None:
    def crash(point: str) -> None:
        if point == "outbox.after_send" and len(channel.sent) == 3:
            raise Crashed

    channel.reports = reports
    messages = [world.queued(contact) for contact in phones(world, 4)]
    with pytest.raises(Crashed):
        deliver_due(replace(post, reach=crash))
    assert statuses(world, messages).count(SENT) == 3 - again
    world.clock.forward(minutes=2)
    assert deliver_due(post) == {"found": again, "resent": 1, "sent": 1}
    assert statuses(world, messages) == [SENT] * 4
    assert len(channel.sent) == 4


def test_an_answer_that_can_t_be_stored_takes_no_other_with_it(world: Any, post: Any, channel: Any) -> None:
    messages = [world.queued(contact) for contact in phones(world, 3)]

    class Confused:
        """A provider that gives two messages the same id."""

        name, reports = "confused", True

        def send(self, outgoing: Outgoing) -> Accepted:
            return Accepted("P9" if outgoing.message_id == messages[2] else "P1")

    with pytest.raises(IntegrityError):
        deliver_due(replace(post, channels=dict.fromkeys(post.channels, Confused())))
    assert statuses(world, messages) == [SENT, MessageStatus.SENDING, SENT]


def test_what_a_channel_in_memory_took_is_stored_together(world: Any, post: Any) -> None:
    messages = [world.queued(contact) for contact in phones(world, 3)]
    points: list[str] = []
    assert deliver_due(replace(post, channels=memory_channels(), reach=points.append)) == {"sent": 3}
    assert points.count("outbox.stored") == 1
    assert statuses(world, messages) == [MessageStatus.DELIVERED] * 3


def test_what_came_of_a_handful_is_written_in_one_go(world: Any, post: Any) -> None:
    for contact in phones(world, 3):
        world.queued(contact)
    written: list[bool] = []

    def look(_connection: Any, _cursor: Any, statement: str, _values: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("UPDATE messages", "INSERT INTO receipts")):
            written.append(many)

    event.listen(world.store.engine, "before_cursor_execute", look)
    deliver_due(post)
    assert written == [True] * 3  # claimed; accepted; a receipt for each


def test_messages_to_one_member_of_staff_are_claimed_together(world: Any, post: Any) -> None:
    staff = world.staff()
    contact = world.phone(world.client())
    to = Addressee("staff", staff.phone, "en", staff_id=staff.id)
    for _ in range(2):
        world.queued(contact, to=to)
    points: list[str] = []
    assert deliver_due(replace(post, reach=points.append)) == {"sent": 2}
    assert points.count("outbox.claimed") == 1
