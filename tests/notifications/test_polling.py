"""Polling: what became of a message, until there is a final answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from models import MessageStatus, Receipt, Wake
from notifications import ContactFault, Origin, Policy, TryLater, deliver_due, poll
from notifications.channels import Report
from notifications.settling import keep_receipt


def sent(world: Any, post: Any) -> str:
    run = world.journal()
    message = world.queued(
        world.phone(world.client()), origin=Origin(instance_id=run.instance_id, step_run_id=run.id)
    )
    assert deliver_due(post) == {"sent": 1}
    return str(message)


def test_a_message_is_asked_about_until_it_is_delivered(world: Any, post: Any, channel: Any) -> None:
    message = sent(world, post)
    assert poll(post) == {}
    world.clock.forward(seconds=2)
    assert poll(post) == {"same": 1}
    channel.statuses["P1"] = "delivered"
    world.clock.forward(seconds=2)
    assert poll(post) == {"moved": 1}
    world.clock.forward(days=1)
    assert poll(post) == {}
    stored = world.message(message)
    assert stored.status is MessageStatus.DELIVERED
    assert stored.final_at is not None
    assert [wake.detail["status"] for wake in world.rows(Wake)] == ["sent", "delivered"]
    assert {receipt.status for receipt in world.rows(Receipt)} == {"accepted", "queued", "delivered"}


def test_a_status_never_moves_backwards(world: Any, post: Any, channel: Any) -> None:
    message = sent(world, post)
    channel.statuses["P1"] = "delivered"
    world.clock.forward(seconds=2)
    poll(post)
    world.change(world.message(message), next_poll_at=world.clock.now)
    channel.statuses["P1"] = "sending"
    poll(post)
    assert world.message(message).status is MessageStatus.DELIVERED


def test_a_message_that_did_not_arrive_says_so_and_marks_the_contact(
    world: Any, post: Any, channel: Any
) -> None:
    message = sent(world, post)
    channel.statuses["P1"] = "undelivered"
    channel.fault = ContactFault.ERRONEOUS
    world.clock.forward(seconds=2)
    assert poll(post) == {"moved": 1}
    stored = world.message(message)
    assert (stored.status, stored.last_error_code) == (MessageStatus.UNDELIVERED, "30003")
    assert world.rows(type(world.phone(world.client())))[0].erroneous_at == world.clock.now


def test_an_unknown_word_of_the_provider_is_kept_and_changes_nothing(
    world: Any, post: Any, channel: Any
) -> None:
    message = sent(world, post)
    channel.statuses["P1"] = "teleported"
    world.clock.forward(seconds=2)
    assert poll(post) == {"same": 1}
    assert world.message(message).status is MessageStatus.SENT
    assert "teleported" in {receipt.status for receipt in world.rows(Receipt)}


def test_a_receipt_that_came_before_the_providers_id_was_known_is_matched_later(
    world: Any, post: Any, channel: Any
) -> None:
    with world.store.write() as session:
        keep_receipt(session, "scripted", "P1", Report("delivered"), world.clock.now)
    message = sent(world, post)
    assert world.message(message).status is MessageStatus.DELIVERED
    assert {receipt.message_id for receipt in world.rows(Receipt)} == {message}


def test_asking_gets_rarer_and_ends(world: Any, post: Any, channel: Any) -> None:
    message = sent(world, post)
    gaps = []
    for _ in range(400):
        before = world.message(message).next_poll_at
        if before is None:
            break
        world.clock.now = before
        poll(post)
        after = world.message(message).next_poll_at
        if after is not None:
            gaps.append(after - before)
    assert gaps == sorted(gaps)
    assert gaps[-1] == timedelta(minutes=15)
    stored = world.message(message)
    assert (stored.status, stored.last_error_code) == (MessageStatus.SENT, "no_final_status")


def test_one_call_asks_about_each_message_once_even_when_asking_starts_at_once(
    world: Any, post: Any, channel: Any
) -> None:
    eager = replace(post, policy=Policy(first_poll=timedelta(0)))
    sent(world, eager)
    assert poll(eager) == {"same": 1}


def test_a_provider_that_cannot_be_asked_is_asked_again(world: Any, post: Any, channel: Any) -> None:
    sent(world, post)
    world.clock.forward(seconds=2)

    def out_of_reach(_provider_id: str) -> Any:
        raise TryLater("unreachable", "no line")

    channel.status, ask = out_of_reach, channel.status
    assert poll(post) == {"unreachable": 1}
    channel.status = ask
    world.clock.forward(seconds=2)
    assert poll(post) == {"same": 1}


def test_a_channel_that_reports_nothing_is_never_asked(world: Any, post: Any, channel: Any) -> None:
    channel.reports = False
    message = sent(world, post)
    world.clock.forward(hours=1)
    assert poll(post) == {}
    assert world.message(message).next_poll_at is None
