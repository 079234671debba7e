"""When messages may go, how often a send is tried, and how soon somebody asks what became of it: all in one
place.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from models import Channel, MessagePriority

MAX_DOUBLINGS = 16


@dataclass(frozen=True, slots=True)
class Policy:
    """The settings of the gate and of the outbox.

    `zone` is the office's IANA zone, for recipients without one of their own. Quiet hours are those of
    domain.md, "Messages" (21:00 to 8:00 of the recipient); they hold for `quiet_channels`.
    `reconfirm_after` is how long "this contact is safe" holds for a client with the domestic-violence flag
    when it was recorded without an end. `claim_timeout` must be longer than any channel's own time-out: a
    claim older than that was left behind by a crash. After `held_again` a message of a held process is judged
    once more; resuming the process judges it at once.
    """

    zone: str = "UTC"
    quiet_start: str = "21:00"
    quiet_end: str = "08:00"
    quiet_channels: frozenset[Channel] = field(default_factory=lambda: frozenset(Channel))
    reconfirm_after: timedelta = timedelta(days=180)
    claim_timeout: timedelta = timedelta(seconds=90)
    held_again: timedelta = timedelta(minutes=15)
    reconcile_after: timedelta = timedelta(seconds=20)
    max_attempts: int = 8
    first_retry: timedelta = timedelta(seconds=30)
    first_retry_critical: timedelta = timedelta(seconds=5)
    longest_retry: timedelta = timedelta(hours=1)
    first_poll: timedelta = timedelta(seconds=2)
    longest_poll: timedelta = timedelta(minutes=15)
    poll_for: timedelta = timedelta(hours=72)

    def retry_after(self, attempts: int, priority: MessagePriority) -> timedelta:
        """How long to wait before the next try after `attempts` tries: doubled each time, up to
        `longest_retry`.
        """
        first = self.first_retry_critical if priority is MessagePriority.CRITICAL else self.first_retry
        doublings = min(max(attempts - 1, 0), MAX_DOUBLINGS)
        return min(first * (1 << doublings), self.longest_retry)

    def poll_after(self, age: timedelta) -> timedelta | None:
        """How long to wait before the provider is asked again about a message sent `age` ago; None when
        asking ends.
        """
        if age > self.poll_for:
            return None
        return min(max(age / 2, self.first_poll, timedelta(seconds=1)), self.longest_poll)
