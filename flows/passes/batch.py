"""The instances of a pass, and what its transactions share: trying again, ending, leaving."""

import logging
from collections.abc import Callable
from typing import TypeVar

from sqlmodel import Session

from definitions.plan import Plan
from flows.events import TransactionRepeated
from flows.leases import Claim, owned
from flows.passes.gathering import attach
from flows.passes.members import Members
from flows.passes.settling import clear_wakes, settle_status
from flows.runtime import Runtime
from flows.steps.failure import infrastructure
from flows.steps.state import State
from flows.steps.stepping import Stepper

log = logging.getLogger(__name__)
T = TypeVar("T")


class Batch:
    """What a pass has claimed, from its beginning to the end of each instance's part in it."""

    def __init__(self, runtime: Runtime, plan: Plan, claimed: Claim, carrier_run_id: str | None) -> None:
        self.runtime = runtime
        self.plan = plan
        self.claim = claimed
        self.members = Members(runtime.store, plan, claimed)
        self._carrier = carrier_run_id

    def stepper(self, session: Session, *, alone: bool) -> Stepper:
        """What moves the instances inside a transaction; `alone`: no other instance is in it."""
        return Stepper(self.runtime, self.plan, session, self.claim.lease_id, self._carrier, alone)

    def patiently(self, chunk: list[State], act: Callable[[list[State], int], T]) -> T:
        """Do it; the database's own troubles abort the transaction and it is tried again, with everything
        read anew (engine.md R2.6). What is done is told how often it was tried before.
        """
        for tries in range(retries := self.runtime.limits.infrastructure_retries):
            try:
                return act(self.members.current(chunk), tries)
            except Exception as error:
                if not infrastructure(error):
                    raise
                log.warning("a step's transaction is tried again: %s", type(error).__name__)
                self.runtime.observe(TransactionRepeated(self.plan.process, type(error).__name__))
        return act(self.members.current(chunk), retries)

    def settle_idle(self) -> None:
        """Instances that were claimed though nothing is ready: clear their wakes at once."""
        members = self.members
        idle = [state for state in members.staying() if not members.work_of(state)]
        if idle:
            self.patiently(idle, lambda states, _: self._settle_once(states))

    def _settle_once(self, idle: list[State]) -> None:
        self.members.doubt(idle)
        with self.runtime.store.write() as session:
            ours = owned(session, self.claim, [state.id for state in idle])
            mine = [state for state in idle if state.id in ours]
            session.gather([state.instance for state in mine])
            for state in mine:
                attach(session, state)
            self.settle(self.stepper(session, alone=False), mine)
        self.members.confirm(idle)
        self.leave({state.id for state in idle})

    def settle(self, stepper: Stepper, states: list[State]) -> set[str]:
        """For instances with nothing left to do: their status, the wakes that were read, and the lease
        (engine.md R2.5).
        """
        idle = [state for state in states if not self.members.work_of(state)]
        if not idle:
            return set()
        for state in idle:
            settle_status(stepper, state)
        clear_wakes(stepper.session, idle)
        self.runtime.reach("settle.before_commit")
        return {state.id for state in idle}

    def leave(self, ids: set[str]) -> None:
        """The pass is done with these instances: it was committed."""
        self.members.leave(ids)
        if ids:
            self.runtime.reach("settle.after_commit")
