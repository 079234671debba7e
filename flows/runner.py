"""One pass over a batch of instances (engine.md R3.1): synchronous, without Prefect, restartable anywhere.

A pass claims its instances, then repeats: the first ready work by phase and document order, over all
instances that are ready for it, in one transaction; until nothing is ready or the pass has lasted long
enough. What is left keeps its wake.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection

from definitions.plan import Plan
from flows.artifacts import Journey
from flows.leases import Claim, claim, kept, owned, release, still_owned
from flows.passes.batch import Batch
from flows.passes.failures import write_down
from flows.passes.gathering import gather
from flows.passes.report import Done, Failure, PassReport
from flows.passes.stint import Stint
from flows.passes.telling import step_done, tell_slow, told
from flows.runtime import Runtime
from flows.steps.failure import StepFailureError, blamed, infrastructure, overtaken
from flows.steps.state import (
    Phase,
    State,
    Work,
    begins,
    expands,
    fired_timers,
    leaving_timers,
    standing,
    startable,
    waiting_paths,
    waits_somewhere,
)
from flows.steps.stepping import Stepper
from flows.steps.superseding import apply_changes
from flows.waking.wakes import Changed, asks_again, hold_still, mark_links, wake_changed
from models import CohortSession, Late

__all__ = ["Done", "Failure", "Pass", "PassReport", "open_pass", "run_pass"]

LATE_TRIES: Final = 2
"""How often a step is computed before its transaction takes SQLite's writer's place; one that others got in
the way of so often takes it first.
"""


def never() -> bool:
    """The `stop` of a pass that nobody stops."""
    return False


class Pass:
    """A pass under way: `next` says what is to do, `do` does it. Made by `open_pass`."""

    def __init__(
        self,
        runtime: Runtime,
        plan: Plan,
        claimed: Claim,
        carrier_run_id: str | None,
        stop: Callable[[], bool] = never,
    ) -> None:
        self._runtime = runtime
        self._plan = plan
        self._claim = claimed
        self._stop = stop
        self._worked = 0.0
        self._moved = False
        self._chunk = runtime.limits.transaction_batch
        self._overtaken: set[str] = set()
        self._batch = Batch(runtime, plan, claimed, carrier_run_id)
        self._members = self._batch.members
        runtime.reach("journal.loaded")
        self.report = PassReport(self._members.ids)
        self._batch.settle_idle()

    @property
    def plan(self) -> Plan:
        """The plan that is run."""
        return self._plan

    def next(self) -> Work | None:
        """The first work of the batch, or None when nothing is ready, or the pass has worked long enough or
        is to stop.

        Only our own work counts: a carrier that is slow to start must not tear a pass into pieces.
        """
        if self._spent():
            return None
        members = self._members
        return min((work for state in members.staying() for work in members.work_of(state)), default=None)

    def ready_for(self, work: Work) -> list[str]:
        """The instances for which this work is to be done now."""
        return [state.id for state in self._members.ready(work)]

    def begins(self, work: Work) -> bool:
        """Whether the work is the beginning of a step for some instance, not the continuation of one that
        waits.
        """
        return bool(work.step) and any(
            begins(state, self._plan.step(work.step)) for state in self._members.ready(work)
        )

    def journeys(self) -> list[Journey]:
        """Where the instances came from and stand now; those whose last transaction is in doubt left out."""
        return self._members.journeys()

    def do(self, work: Work) -> Done:
        """Do this work for every instance that is ready for it; each instance succeeds or fails on its own.

        A `for_each` first writes down what it is for, then begins its iterations in a transaction of their
        own. When the pass has lasted long enough the rest is left; it keeps its wakes.
        """
        done, before = Done(work), self._worked
        states = self._members.ready(work)
        begin = bool(self._runtime.observe) and self.begins(work)
        while states:
            self._in_chunks(work, states, done)
            staying = self._members.staying()
            expanding = [
                state for state in staying if work.step and expands(state, self._plan.step(work.step))
            ]
            states = [] if self._spent() else expanding
        self.report.done.append(done)
        self._runtime.observe(step_done(self._claim, self._plan, done, begin, self._worked - before))
        return done

    def _spent(self) -> bool:
        """Whether the pass is to end: it has worked long enough, and something has come of it. One that has
        only asked steps that go on waiting would be followed by one that asks them again, for ever.
        """
        enough = self._worked >= self._runtime.limits.pass_time.total_seconds()
        return (enough and self._moved) or self._stop()

    # -- transactions

    def _in_chunks(self, work: Work, states: list[State], done: Done) -> None:
        while states:
            chunk, states = states[: self._chunk], states[self._chunk :]
            self._run_chunk(work, chunk, done)
            if self._spent():
                return

    def _run_chunk(self, work: Work, chunk: list[State], done: Done) -> None:
        """Do the work for the chunk. Where something goes wrong the chunk is halved until the instance
        that it belongs to stands alone; the others are done without it (engine.md R2.7).
        """
        while chunk and not (done.instances and self._spent()):
            try:
                with self._runtime.turn():
                    moved, left = self._batch.patiently(
                        chunk, lambda states, tries: self._once(work, states, late=tries < LATE_TRIES)
                    )
            except Exception as error:
                if infrastructure(error):
                    raise
                current = self._batch.patiently(chunk, lambda states, _: states)
                chunk = self._halved(work, current, done, error)
            else:
                done.add(state.id for state in moved)
                done.waiting += sum(1 for state in moved if work.step and waits_somewhere(state, work.step))
                chunk = left

    @contextmanager
    def _measured(self, work: Work, instances: int) -> Iterator[Stint]:
        """Count the work of a transaction."""
        stint = Stint(self._runtime.stopwatch)
        try:
            yield stint
        finally:
            took = stint.seconds()
            self._worked += took
            if took > self._runtime.limits.transaction_time.total_seconds():
                self._chunk = max(1, self._chunk // 2)
                tell_slow(self._runtime, self._plan, work, instances, took)

    def _halved(self, work: Work, chunk: list[State], done: Done, error: Exception) -> list[State]:
        if len(chunk) > 1:
            half = len(chunk) // 2
            self._run_chunk(work, chunk[:half], done)
            return chunk[half:]
        (state,) = chunk
        if overtaken(error) and state.id not in self._overtaken:
            self._overtaken.add(state.id)
            return [state]
        known = error if isinstance(error, StepFailureError) else blamed(self._plan, work, state, error)
        failure = write_down(self._batch, state, known)
        if failure is not None:
            done.add([state.id])
            done.failures.append(failure)
            self._moved = True
        return []

    def _once(self, work: Work, chunk: list[State], *, late: bool) -> tuple[list[State], list[State]]:
        """One transaction, of at most `transaction_time`: the instances that were moved, and those that are
        left for the next one. A `late` one takes SQLite's writer's place when it has something to write.
        """
        reach = self._runtime.reach
        limit = self._runtime.limits.transaction_time.total_seconds()
        self._members.doubt(chunk)
        with self._measured(work, len(chunk)) as stint, self._writing(stint, chunk, late) as (session, ours):
            mine = [state for state in chunk if state.id in ours]
            mark_links(session, [state.instance for state in mine])
            moved: list[State] = []
            before = {} if self._moved else {state.id: standing(state) for state in mine}
            stepper = self._batch.stepper(session, alone=len(chunk) == 1)
            changed = Changed(session)
            if work.step and asks_again(self._plan.step(work.step)):
                hold_still(session, [state.instance for state in mine])
            gather(session, self._plan, self._plan.by_id.get(work.step), mine)
            for state in mine:
                if moved and stint.seconds() > limit:
                    break
                reach("step.before_handler")
                self._act(stepper, work, state)
                reach("step.after_handler")
                moved.append(state)
            self._members.moved(moved)
            session.flush()
            wake_changed(session, changed, self._runtime.clock())
            settled = self._batch.settle(stepper, moved)
            reach("step.before_commit")
        self._members.confirm(chunk)
        self._moved = self._moved or any(standing(state) != before[state.id] for state in moved)
        reach("step.after_commit")
        self._batch.leave({state.id for state in chunk} - ours | settled)
        return moved, mine[len(moved) :]

    @contextmanager
    def _writing(
        self, stint: Stint, chunk: list[State], late: bool
    ) -> Iterator[tuple[CohortSession, set[str]]]:
        """A transaction, and which of these instances are ours in it."""
        ours: set[str] = set()

        def begun(connection: Connection) -> None:
            if taking is None or taking.disturbed:
                still_owned(connection, self._claim, ours)
            stint.go_on()

        taking = Late(stint.pause, begun) if late else None
        with self._runtime.store.write(late=taking) as session:
            ours.update(owned(session, self._claim, [state.id for state in chunk]))
            stint.begin()
            yield session, ours

    def _act(self, stepper: Stepper, work: Work, state: State) -> None:
        if work.phase is Phase.CHANGE:
            apply_changes(stepper, state)
        elif work.phase in {Phase.TIMER, Phase.LEAVE}:
            fired = fired_timers if work.phase is Phase.TIMER else leaving_timers
            for timer in fired(state, self._plan):
                stepper.fire(state, timer)
                state.timers.remove(timer)
        else:
            step = self._plan.step(work.step)
            if startable(state, step):
                if not waiting_paths(state, step):  # else what has come for those is still to be taken in
                    state.asked.add(step.id)
                stepper.begin(state, step)
            else:
                state.asked.add(step.id)
                stepper.resume(state, step)


@contextmanager
def open_pass(
    runtime: Runtime,
    plan: Plan,
    version_id: str,
    ids: Sequence[str],
    *,
    carrier_run_id: str | None = None,
    claimed: Claim | None = None,
    stop: Callable[[], bool] = never,
) -> Iterator[Pass]:
    """Claim what is ready of `ids` and give the pass over it; the lease is kept alive meanwhile and freed
    at the end. With `claimed` these are taken instead. When `stop` says so the pass ends after the
    transaction at hand; what is left keeps its wakes.
    """
    if claimed is None:
        claimed = claim(runtime, version_id, ids, holder=runtime.holder)
    with told(runtime, plan, version_id, claimed, carrier_run_id) as reports:
        try:
            with kept(runtime, claimed):
                under_way = Pass(runtime, plan, claimed, carrier_run_id, stop)
                reports.append(under_way.report)
                yield under_way
        finally:
            release(runtime, claimed)


def run_pass(
    runtime: Runtime, plan: Plan, version_id: str, ids: Sequence[str], claimed: Claim | None = None
) -> PassReport:
    """A whole pass without Prefect."""
    with open_pass(runtime, plan, version_id, ids, claimed=claimed) as under_way:
        while (work := under_way.next()) is not None:
            under_way.do(work)
    return under_way.report
