"""What a delivery works with, and what it knows of one message: who claimed it, what its provider said."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from models import Channel as ChannelKind
from models import Message, Store, new_id
from notifications.channels import Accepted, Channel, Outgoing, SendError
from notifications.policy import Policy

FAULT_POINTS: Final = (
    "outbox.claimed",
    "outbox.before_send",
    "outbox.after_send",
    "outbox.stored",
    "receipt.before_commit",
    "receipt.after_commit",
)
"""Every point of a delivery that `reach` is called at. Names are never reused for another place."""


def pass_by(point: str) -> None:
    """The `reach` of normal operation."""
    del point


@dataclass(frozen=True, slots=True)
class Sending:
    """A message that was offered to its provider, for whoever looks on; free of personal data. `outcome` is a
    word of `deliver_due`, `latency` the time from when it could leave to the call, `took` what the call took.
    """

    message_id: str
    channel: ChannelKind
    critical: bool
    outcome: str
    latency: timedelta
    took: timedelta
    instance_id: str | None
    step_run_id: str | None


def unwatched(sending: Sending) -> None:
    """The `watch` of a post that nobody looks at."""
    del sending


@dataclass(frozen=True, slots=True)
class Post:
    """What a delivery works with: the database, the channels by kind, the clock, the settings.

    `reach` is called at each of `FAULT_POINTS`; a crash test ends the process there. `watch` is told each
    message that was offered to its provider, once what came of it is stored. `first` surrounds the claiming
    of a message, for whoever has to get ahead of others.
    """

    store: Store
    channels: Mapping[ChannelKind, Channel]
    clock: Callable[[], datetime]
    policy: Policy = field(default_factory=Policy)
    new_id: Callable[[], str] = new_id
    reach: Callable[[str], None] = pass_by
    watch: Callable[[Sending], None] = unwatched
    first: Callable[[], AbstractContextManager[None]] = nullcontext


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this process may send now. `doubtful`: an earlier attempt may have been accepted.
    `free_since` is when it could have left.
    """

    message_id: str
    token: str
    channel: Channel
    outgoing: Outgoing
    doubtful: bool
    message: Message
    free_since: datetime


@dataclass(frozen=True, slots=True)
class Said:
    """What the provider said to a message: taken, or why not. `called` is when it was called, `took` how long
    that took.
    """

    claim: Claim
    answer: Accepted | SendError
    called: datetime
    took: timedelta
