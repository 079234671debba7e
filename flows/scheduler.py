"""What the leading process does: fire the timers that are due, and keep house (engine.md R4).

Without threads and without a clock of its own: `ops` calls `lead`, `fire` and `do` as often as the limits
say.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flows.leadership import NOBODY, Candidate, Standing
from flows.runtime import Runtime
from flows.timers import next_due, tick
from flows.versions import Plans


@dataclass(frozen=True, slots=True)
class Duty:
    """Housekeeping of the leader: what it is called, how often it is done, and the function, which gives the
    number of things that it did. It may be broken off anywhere and done twice.
    """

    name: str
    every: timedelta
    act: Callable[[Runtime], int]


class Scheduler:
    """One process that would tick. All but the leading one only look whether there is a leader.

    `on_change` is told when another process leads than before.
    """

    def __init__(
        self,
        runtime: Runtime,
        plans: Plans,
        holder: str,
        duties: Sequence[Duty] = (),
        on_change: Callable[[Standing], None] = lambda _: None,
    ) -> None:
        self._runtime = runtime
        self._plans = plans
        self._candidate = Candidate(runtime, holder)
        self._on_change = on_change
        self._known = NOBODY
        self._finishing = False
        self.duties = tuple(duties)

    @property
    def leads(self) -> bool:
        """Whether this process leads."""
        return self._candidate.leads

    @property
    def standing(self) -> Standing:
        """Who led when it was last asked."""
        return self._known

    def lead(self) -> Standing:
        """Stand for the leadership, or renew it."""
        standing = self._candidate.stand()
        if standing != self._known:
            self._known = standing
            self._on_change(standing)
        return standing

    def fire(self) -> int:
        """Fire what is due, where this process leads; returns how many timers fired.

        It looks first without the write lock: most of the time nothing is due.
        """
        if not self.leads:
            return 0
        with self._runtime.store.read() as session:
            due = next_due(session)
        if due is None or due > self._runtime.clock():
            return 0
        return tick(self._runtime, self._plans, go_on=lambda: self.leads and not self._finishing)

    def do(self, duty: Duty) -> int:
        """Do a duty, where this process leads; returns how much was done."""
        return duty.act(self._runtime) if self.leads else 0

    def finish(self) -> None:
        """A tick that is under way ends after its transaction."""
        self._finishing = True

    def stop(self) -> None:
        """Give the leadership up, so that another process takes over at once."""
        self._candidate.resign()
