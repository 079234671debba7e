"""The outbox as the dispatcher sees it: send what is due, ask about what was sent, say how much has
moved.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace

from flows.events import MessageLeft
from flows.runtime import Runtime
from models import Channel as ChannelKind
from notifications import Channel, Policy, Post, Sending, deliver_due, poll


def delivery(
    runtime: Runtime, channels: Mapping[ChannelKind, Channel], policy: Policy | None = None
) -> Callable[[], int]:
    """A function that delivers what is due over these channels and returns the number of messages that
    moved.
    """
    post = _post(runtime, channels, policy)

    def deliver() -> int:
        return deliver_due(post).total() + poll(post)["moved"]

    return deliver


First = Callable[[], AbstractContextManager[None]]
"""Has others give way for as long as a block lasts (`flows.waking.courtesy`)."""


def critical_delivery(
    runtime: Runtime, channels: Mapping[ChannelKind, Channel], policy: Policy | None = None
) -> Callable[[First], int]:
    """`delivery` of critical messages alone, which never stands behind an ordinary one. Others give way while
    a message is claimed, not while a provider takes its time.
    """
    post = _post(runtime, channels, policy)

    def deliver(first: First) -> int:
        return deliver_due(replace(post, first=first), critical=True).total()

    return deliver


def _post(runtime: Runtime, channels: Mapping[ChannelKind, Channel], policy: Policy | None) -> Post:
    def watch(sending: Sending) -> None:
        runtime.observe(
            MessageLeft(
                message_id=sending.message_id,
                channel=sending.channel.value,
                critical=sending.critical,
                outcome=sending.outcome,
                latency=max(0.0, sending.latency.total_seconds()),
                seconds=sending.took.total_seconds(),
                instance_id=sending.instance_id,
                step_run_id=sending.step_run_id,
            )
        )

    return Post(
        store=runtime.store,
        channels=channels,
        clock=runtime.clock,
        policy=policy or Policy(),
        new_id=runtime.new_id,
        reach=runtime.reach,
        watch=watch,
    )
