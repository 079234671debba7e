"""What telling works with: the database, the clock, the secrets, and how patient it is."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models import Hook, Store, new_id
from notifications.hooks.addresses import AddressRules
from notifications.hooks.exchange import Exchange
from notifications.post import pass_by


@dataclass(frozen=True, slots=True)
class HookPolicy:
    """How often and for how long another system is told.

    A delivery is tried again after `first`, then after twice as long each time, `longest` at most; a hook
    that failed rests for that long too, `rest` at most. One that nothing has reached for `switch_off` is
    switched off. `lease` is for how long one process has a hook, `turn` how long it tells it in one go,
    `handful` how much. `keep` is how long what has ended is kept.
    """

    first: timedelta = timedelta(seconds=10)
    longest: timedelta = timedelta(hours=6)
    rest: timedelta = timedelta(minutes=5)
    switch_off: timedelta = timedelta(days=5)
    lease: timedelta = timedelta(minutes=2)
    turn: timedelta = timedelta(seconds=5)
    handful: int = 20
    keep: timedelta = timedelta(days=30)

    def pause(self, failures: int, longest: timedelta, jitter: float) -> timedelta:
        """How long to wait after this many failures in a row; `jitter` from 0 to 1 makes it up to a quarter
        longer, so that not all come back at once.
        """
        usual = min(self.first * float(2 ** min(failures - 1, 30)), longest)
        return usual * (1 + jitter / 4)


@dataclass(frozen=True, slots=True)
class HookTold:
    """A try, for whoever looks on. `outcome` is a word of `tell_hooks`; `seconds` what the call took."""

    hook_id: str
    event: str
    outcome: str
    seconds: float


def unwatched(told: HookTold) -> None:
    """The `watch` of a post that nobody looks at."""
    del told


@dataclass(frozen=True, slots=True)
class HookPost:
    """`secrets` opens those of a hook that count now, the newest first; `send` is the exchange. `address` is
    that of our pages. `reach` is called between sending and storing (`hooks.sent`), for crash tests.
    """

    store: Store
    clock: Callable[[], datetime]
    secrets: Callable[[Hook], Sequence[str]]
    send: Exchange
    rules: AddressRules = field(default_factory=AddressRules)
    policy: HookPolicy = field(default_factory=HookPolicy)
    address: str = ""
    agent: str = "Casewright"
    new_id: Callable[[], str] = new_id
    jitter: Callable[[], float] = random.random
    reach: Callable[[str], None] = pass_by
    watch: Callable[[HookTold], None] = unwatched
