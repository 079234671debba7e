"""The outbox: what is queued, and taken back."""

from __future__ import annotations

from typing import Any

import pytest

from models import Channel, MessageStatus, new_id
from notifications import Addressee, Draft, Origin, TextRefusedError, deliver_due, queue, withdraw


def test_the_same_key_queues_one_message(world: Any) -> None:
    contact = world.phone(world.client())
    first = world.queued(contact, key="run:sms")
    assert world.queued(contact, key="run:sms", body="another text") == first
    assert world.message(first).body == "Please call 555 0199."


def test_looking_for_a_message_writes_nothing_that_is_still_to_be_written(world: Any) -> None:
    staff = world.staff()
    with world.store.write() as session:
        one, other, again = (
            queue(session, draft_to(staff, key), world.clock.now, new_id) for key in ("a", "b", "a")
        )
        assert again is one
        assert one in session.new
        assert other in session.new


def draft_to(staff: Any, key: str) -> Draft:
    to = Addressee("staff", staff.email, "en", staff_id=staff.id)
    return Draft(Channel.EMAIL, to, "test", "en", "Your work", "Something is due.", key)


@pytest.mark.parametrize(
    "subject", ["Your\nBcc: x@example.org", "a\x00b", "=?utf-8?q?x=0aBcc:y?=", "a\u2028b"]
)
def test_a_subject_that_could_smuggle_a_header_is_refused(world: Any, subject: str) -> None:
    contact = world.mail(world.client())
    with pytest.raises(TextRefusedError):
        world.queued(contact, subject=subject)


def test_an_address_with_a_line_break_is_refused(world: Any) -> None:
    contact = world.mail(world.client(), "rosa@example.org\nBcc: x@example.org")
    with pytest.raises(TextRefusedError, match="control character") as caught:
        world.queued(contact)
    assert "example.org" not in str(caught.value)


def test_an_empty_text_is_refused(world: Any) -> None:
    with pytest.raises(TextRefusedError, match="empty text"):
        world.queued(world.phone(world.client()), body=" \n")


def test_a_message_to_nobody_on_record_is_refused(world: Any) -> None:
    contact = world.phone(world.client())
    with pytest.raises(TextRefusedError, match="a contact point or to a member of staff"):
        world.queued(contact, to=Addressee("client", "+12125550100", "en"))


def test_the_parts_of_a_text_message_are_counted(world: Any) -> None:
    contact = world.phone(world.client())
    assert world.message(world.queued(contact, body="a" * 161)).segments == 2


def test_withdrawing_takes_back_what_has_not_left_and_nothing_else(world: Any, post: Any) -> None:
    contact, run = world.phone(world.client()), new_id()
    world.journal(run)
    sent = world.queued(contact, origin=Origin(step_run_id=run))
    assert deliver_due(post) == {"sent": 1}
    waiting = world.queued(contact, origin=Origin(step_run_id=run))
    other = world.queued(contact)
    with world.store.write() as session:
        assert withdraw(session, run, "the appointment was moved", world.clock.now) == 1
    assert world.message(sent).status is MessageStatus.SENT
    assert world.message(other).status is MessageStatus.QUEUED
    taken_back = world.message(waiting)
    assert taken_back.status is MessageStatus.WITHDRAWN
    assert taken_back.block_reason == "withdrawn: the appointment was moved"
