"""One pass over a batch of instances (engine.md R3.1): synchronous, without Prefect, restartable anywhere.

A pass claims its instances, then repeats: the first ready work by phase and document order, over all
instances that are ready for it, in one transaction; until nothing is ready or the pass has lasted long
enough. What is left keeps its wake.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, col

from definitions.plan import Plan
from flows.failing import ask_for_help, fail
from flows.failure import StepFailureError
from flows.incidents import code_of, words_of
from flows.journal import load
from flows.leases import Claim, claim, kept, owned, release
from flows.runtime import Runtime
from flows.settling import settle_status
from flows.state import Memory, Phase, State, Work, begins, expands, next_work, startable, waits, work_of
from flows.stepping import Stepper
from flows.superseding import apply_changes
from flows.wakes import Changed, wake_changed
from models import Wake
from tasks.result import StepError, TaskError


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong for one instance, free of personal data: it reaches Prefect."""

    instance_id: str
    step: str
    position: str
    code: str
    message: str
    incident: bool

    def __str__(self) -> str:
        return (
            f"{self.position}: step `{self.step}` of instance {self.instance_id}: {self.code}: {self.message}"
        )


@dataclass(slots=True)
class Done:
    """What one piece of work did: the instances it moved and those it could not."""

    work: Work
    instances: tuple[str, ...]
    waiting: int = 0
    failures: list[Failure] = field(default_factory=list)


@dataclass(slots=True)
class PassReport:
    """What a pass did, in order."""

    instances: tuple[str, ...]
    done: list[Done] = field(default_factory=list)

    @property
    def failures(self) -> list[Failure]:
        """All failures of the pass."""
        return [failure for each in self.done for failure in each.failures]


class Pass:
    """A pass under way: `next` says what is to do, `do` does it. Made by `open_pass`."""

    def __init__(self, runtime: Runtime, plan: Plan, claimed: Claim, carrier_run_id: str | None) -> None:
        self._runtime = runtime
        self._plan = plan
        self._claim = claimed
        self._carrier = carrier_run_id
        self._worked = 0.0
        self._chunk = runtime.limits.transaction_batch
        self._settled: set[str] = set()
        self._kept: dict[str, Memory] = {}
        with runtime.store.read() as session:
            self._states = load(session, claimed.fences)
        self.report = PassReport(tuple(self._states))
        self._settle_idle()

    @property
    def plan(self) -> Plan:
        """The plan that is run."""
        return self._plan

    def next(self) -> Work | None:
        """The first work of the batch, or None when nothing is ready or the pass has worked long enough.

        Only our own work counts: a carrier that is slow to start must not tear a pass into pieces.
        """
        if self._worked >= self._runtime.limits.pass_time.total_seconds():
            return None
        return next_work(self._open(), self._plan)

    def ready_for(self, work: Work) -> list[str]:
        """The instances for which this work is to be done now."""
        return [state.id for state in self._open() if work in work_of(state, self._plan)]

    def begins(self, work: Work) -> bool:
        """Whether the work is the beginning of a step for some instance, not the continuation of one that
        waits.
        """
        ready = [state for state in self._open() if work in work_of(state, self._plan)]
        return bool(work.step) and any(begins(state, self._plan.step(work.step)) for state in ready)

    def do(self, work: Work) -> Done:
        """Do this work for every instance that is ready for it; each instance succeeds or fails on its own.

        A `for_each` first writes down what it is for, then begins its iterations in a transaction of their
        own.
        """
        done = Done(work, tuple(self.ready_for(work)))
        states = [self._states[key] for key in done.instances]
        while states:
            self._in_chunks(work, states, done)
            states = [state for state in self._open() if work.step and expands(state, work.step)]
        self.report.done.append(done)
        return done

    def _in_chunks(self, work: Work, states: list[State], done: Done) -> None:
        while states:
            chunk, states = states[: self._chunk], states[self._chunk :]
            started = time.monotonic()
            self._run_chunk(work, chunk, done)
            took = time.monotonic() - started
            self._worked += took
            if took > self._runtime.limits.transaction_time.total_seconds():
                self._chunk = max(1, self._chunk // 2)

    def close(self) -> None:
        """Free the lease; instances with work left keep their wakes and are claimed again."""
        release(self._runtime, self._claim)

    def _open(self) -> Iterable[State]:
        return [state for key, state in self._states.items() if key not in self._settled]

    # -- one transaction

    def _run_chunk(self, work: Work, chunk: list[State], done: Done) -> None:
        """Do the work for the chunk; an instance's own error is taken out and the rest is done without
        it.
        """
        while chunk:
            try:
                moved = self._transact(work, chunk)
            except StepFailureError as failure:
                chunk = self._without(chunk, failure, done)
            except DBAPIError as error:
                if _infrastructure(error):
                    raise
                chunk = self._bisected(work, chunk, done, error)
            else:
                done.waiting += sum(1 for state in moved if work.step and waits(state, work.step))
                return

    def _without(self, chunk: list[State], failure: StepFailureError, done: Done) -> list[State]:
        failed = failure.state.id
        fresh = self._reload(chunk)
        for state in fresh:
            if state.id == failed:
                done.failures.append(self._fail(state, failure))
        return [state for state in fresh if state.id != failed]

    def _bisected(self, work: Work, chunk: list[State], done: Done, error: DBAPIError) -> list[State]:
        """What the database refuses belongs to one instance (engine.md R2.7): halve the batch until it
        stands alone.
        """
        fresh = self._reload(chunk)
        if len(fresh) > 1:
            half = len(fresh) // 2
            self._run_chunk(work, fresh[:half], done)
            return fresh[half:]
        step = self._plan.step(work.step) if work.step else self._plan.steps[0]
        for state in fresh:
            refused = StepError(
                "constraint", f"the database refused the step's records ({type(error.orig).__name__})"
            )
            refused.__cause__ = error
            done.failures.append(
                self._fail(state, StepFailureError(state, step, "", refused, {}, resuming=False))
            )
        return []

    def _transact(self, work: Work, chunk: list[State]) -> list[State]:
        """One transaction; the database's own troubles abort it and it is tried again (engine.md R2.6)."""
        last = self._runtime.limits.infrastructure_retries
        for tried in range(last + 1):
            try:
                return self._once(work, chunk)
            except (OperationalError, InterfaceError, StaleDataError):
                if tried == last:
                    raise
                chunk = self._reload(chunk)
        return []

    def _once(self, work: Work, chunk: list[State]) -> list[State]:
        reach = self._runtime.reach
        self._kept = {state.id: state.memory() for state in chunk}
        with self._runtime.store.write() as session:
            ours = owned(session, self._claim, [state.id for state in chunk])
            mine = [state for state in chunk if state.id in ours]
            stepper = Stepper(self._runtime, self._plan, session, self._claim.lease_id, self._carrier)
            changed = Changed(session)
            for state in mine:
                _attach(session, state)
                reach("step.before_handler")
                self._act(stepper, work, state)
                reach("step.after_handler")
            session.flush()
            wake_changed(session, changed, self._runtime.clock())
            settled = self._settle(session, mine)
            reach("step.before_commit")
        reach("step.after_commit")
        self._leave({state.id for state in chunk} - ours | settled)
        return mine

    def _act(self, stepper: Stepper, work: Work, state: State) -> None:
        if work.phase is Phase.CHANGE:
            apply_changes(stepper, state)
        elif work.phase is Phase.TIMER:
            while state.timers:
                stepper.fire(state, state.timers[0])
                state.timers.pop(0)
        else:
            step = self._plan.step(work.step)
            state.asked.add(step.id)
            if startable(state, step):
                stepper.begin(state, step)
            else:
                stepper.resume(state, step)

    # -- an instance that could not be moved

    def _fail(self, state: State, failure: StepFailureError) -> Failure:
        """Write down a step's own error: `otherwise`, another try later, or an incident."""
        reach = self._runtime.reach
        cause, incident = failure.cause, False
        with self._runtime.store.write() as session:
            if owned(session, self._claim, [state.id]):
                _attach(session, state)
                stepper = Stepper(self._runtime, self._plan, session, self._claim.lease_id, self._carrier)
                try:
                    incident = fail(stepper, state, failure)
                except TaskError as second:
                    cause, incident = second, True
                    ask_for_help(stepper, state, failure, second)
                settled = self._settle(session, [state])
            else:
                settled = {state.id}
            reach("failure.before_commit")
        reach("failure.after_commit")
        self._leave(settled)
        step = failure.step
        return Failure(state.id, step.id, step.position, code_of(cause), words_of(cause), incident)

    def _reload(self, chunk: list[State]) -> list[State]:
        """What the rolled-back transaction had changed in memory is read anew; what the pass had read at
        its start stays.
        """
        with self._runtime.store.read() as session:
            fresh = load(session, {state.id: state.fence for state in chunk})
        for key, state in fresh.items():
            state.recall(self._kept[key])
            self._states[key] = state
        return list(fresh.values())

    # -- the end of an instance's pass

    def _settle_idle(self) -> None:
        """Instances that were claimed though nothing is ready: clear their wakes at once."""
        idle = [state for state in self._states.values() if not any(work_of(state, self._plan))]
        if idle:
            with self._runtime.store.write() as session:
                ours = owned(session, self._claim, [state.id for state in idle])
                for state in idle:
                    _attach(session, state)
                settled = self._settle(session, [state for state in idle if state.id in ours])
            self._leave(settled | {state.id for state in idle})

    def _settle(self, session: Session, states: list[State]) -> set[str]:
        """For instances with nothing left to do: their status, the wakes that were read, and the lease
        (engine.md R2.5).
        """
        idle = [state for state in states if not any(work_of(state, self._plan))]
        if not idle:
            return set()
        for state in idle:
            settle_status(session, self._runtime, self._plan, state)
        read = [wake.id for state in idle for wake in state.wakes]
        session.exec(delete(Wake).where(col(Wake.id).in_(read)))
        self._runtime.reach("settle.before_commit")
        return {state.id for state in idle}

    def _leave(self, ids: set[str]) -> None:
        self._settled.update(ids)
        if ids:
            self._runtime.reach("settle.after_commit")


@contextmanager
def open_pass(
    runtime: Runtime, plan: Plan, version_id: str, ids: Sequence[str], *, carrier_run_id: str | None = None
) -> Iterator[Pass]:
    """Claim what is ready of `ids` and give the pass over it; the lease is kept alive meanwhile and freed
    at the end.
    """
    claimed = claim(runtime, version_id, ids, holder=runtime.holder)
    with kept(runtime, claimed):
        under_way = Pass(runtime, plan, claimed, carrier_run_id)
        yield under_way
    under_way.close()


def run_pass(runtime: Runtime, plan: Plan, version_id: str, ids: Sequence[str]) -> PassReport:
    """A whole pass without Prefect."""
    with open_pass(runtime, plan, version_id, ids) as under_way:
        while (work := under_way.next()) is not None:
            under_way.do(work)
    return under_way.report


def _attach(session: Session, state: State) -> None:
    session.add(state.instance)
    session.add_all(state.runs.values())
    session.add_all(state.timers)


def _infrastructure(error: Exception) -> bool:
    return isinstance(error, OperationalError | InterfaceError)
