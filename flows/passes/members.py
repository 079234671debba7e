"""The instances of a pass as it knows them: in memory, true to what is committed, read anew after a
transaction that came to nothing.
"""

from collections.abc import Collection, Iterable

from definitions.plan import Plan
from flows.artifacts import Journey, journey_of
from flows.journal import load
from flows.leases import Claim
from flows.steps.state import Memory, State, Work, work_of
from models import Store


class Members:
    """The instances that a pass has claimed, as they were when it began, and as it has moved them since.

    A transaction says before it begins whom it may change (`doubt`), and after its commit that this is now
    so (`confirm`). Without the second, what is in memory may be wrong, and `current` reads it again.
    """

    def __init__(self, store: Store, plan: Plan, claimed: Claim) -> None:
        self._store = store
        self._plan = plan
        self._claim = claimed
        self._left: set[str] = set()
        self._doubtful: set[str] = set()
        self._works: dict[str, tuple[State, frozenset[Work]]] = {}
        with store.read() as session:
            self._states = load(session, claimed.fences)
        self._kept: dict[str, Memory] = {key: state.memory() for key, state in self._states.items()}

    @property
    def ids(self) -> tuple[str, ...]:
        """All instances of the pass."""
        return tuple(self._states)

    def staying(self) -> list[State]:
        """Those that the pass has not left yet."""
        return [state for key, state in self._states.items() if key not in self._left]

    def leave(self, ids: Collection[str]) -> None:
        """The pass is done with these: nothing is left to do for them, or another carrier has them."""
        self._left.update(ids)

    def work_of(self, state: State) -> frozenset[Work]:
        """Everything that can be done for this instance now; found out once, until it is moved."""
        known = self._works.get(state.id)
        if known is None or known[0] is not state:
            known = self._works[state.id] = (state, frozenset(work_of(state, self._plan)))
        return known[1]

    def ready(self, work: Work) -> list[State]:
        """Those for which this work is to be done now."""
        return [state for state in self.staying() if work in self.work_of(state)]

    def moved(self, states: Iterable[State]) -> None:
        """What can be done for these is to be found out anew."""
        for state in states:
            self._works.pop(state.id, None)

    def doubt(self, states: Iterable[State]) -> None:
        """A transaction begins that may change these."""
        self._doubtful.update(state.id for state in states)

    def confirm(self, states: Iterable[State]) -> None:
        """It was committed: what is in memory is in the database."""
        for state in states:
            self._kept[state.id] = state.memory()
            self._doubtful.discard(state.id)

    def current(self, states: Iterable[State]) -> list[State]:
        """These instances as they are. What a rolled-back transaction had changed in memory is read anew; the
        wakes that the pass had read at its start stay.
        """
        ids = [state.id for state in states]
        if self._doubtful.intersection(ids):
            with self._store.read() as session:
                fresh = load(session, {key: self._claim.fences[key] for key in ids})
            for key, state in fresh.items():
                state.recall(self._kept[key])
            self._states.update(fresh)
            self.moved(fresh.values())
            self._doubtful.difference_update(ids)
        return [self._states[key] for key in ids]

    def journeys(self) -> list[Journey]:
        """Where they came from and stand now; those whose last transaction is in doubt left out."""
        known = [state for key, state in self._states.items() if key not in self._doubtful]
        return [journey_of(state, self._claim.lease_id) for state in known]
