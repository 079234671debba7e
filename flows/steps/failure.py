"""A step's own error: whose it is, and what the step had resolved by then."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from definitions.expressions import EvaluationError
from definitions.plan import Plan, PlanStep
from flows.errors import FencedError, FlowError
from flows.steps.scopes import open_scopes
from flows.steps.state import Phase, State, Work, fired_timers, leaving_timers, startable_at
from models import StepStatus, WaitsFor
from tasks.call import Call
from tasks.encoding import encode
from tasks.result import StepError


@dataclass(slots=True)
class StepFailureError(FlowError):
    """A step's own error, with what it had resolved so far. It counts against this instance only
    (engine.md R2.6).
    """

    instance_id: str
    step: PlanStep
    iteration: str
    cause: Exception
    inputs: dict[str, Any]
    resuming: bool
    timer: str | None = None

    def __str__(self) -> str:
        return f"step `{self.step.id}` ({self.step.position}) of instance {self.instance_id}: {self.cause}"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the run of a step that failed stands; writing its failure down changes this."""

    run_id: str
    status: StepStatus
    waits_for: WaitsFor | None
    tries: int
    outputs: tuple[str, ...]


def standing_of(state: State, failure: StepFailureError) -> Standing | None:
    """Where the step run that a failure is about stands now; None where it has none."""
    run = state.run(failure.step.id, failure.iteration)
    if run is None:
        return None
    return Standing(run.id, run.status, run.waits_for, run.generation, tuple(sorted(run.outputs)))


def infrastructure(error: Exception) -> bool:
    """Whether the error is the database's own trouble, which never counts against an instance: deadlock,
    lock time-out, disk full, lost connection, a row or an owner that changed meanwhile (engine.md R2.6).
    """
    if isinstance(error, FencedError | StaleDataError | PoolTimeoutError | PendingRollbackError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or isinstance(error, InterfaceError):
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # SQLite, or a connection that could not be made
        return isinstance(error, OperationalError)
    return state != _AFTERMATH and (state in _TROUBLE or state[:2] in _TROUBLE_CLASSES)


_TROUBLE_CLASSES: Final = frozenset({"08", "25", "40", "53", "55", "57", "58", "F0", "XX"})
"""PostgreSQL's classes of errors that say nothing of the statement: connection, transaction state (a server
that became a standby refuses to write; a transaction that slept too long was ended), serialization and
deadlock, resources such as the disk, locks, an operator's intervention, the system, configuration, and
internal errors. Source: appendix A of its manual.
"""

_TROUBLE: Final = frozenset({"0A000", "26000", "3D000", "28000", "28P01", "42P01", "42501"})
"""Single ones: a plan or a prepared statement that an upgrade made invalid; a database, a role, a password, a
table or a right that is missing for now.
"""

_UNIQUE_VIOLATION: Final = "23505"

_SQLITE_UNIQUE: Final = frozenset({sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY})

_COLLISIONS: Final = frozenset({"40001", "40P01", "55P03", _UNIQUE_VIOLATION})

_AFTERMATH: Final = "25P02"
"""A statement after one that failed, whose error somebody has swallowed: a mistake in a step kind."""


def overtaken(error: Exception) -> bool:
    """Whether another transaction may have been faster with the same row: it shows when ours is written. Once
    more, with that row to be seen, decides if it was this step's own mistake.
    """
    found = error.__cause__ if isinstance(error, StepFailureError) else error
    if not isinstance(found, DBAPIError):
        return False
    if getattr(found.orig, "sqlstate", None) == _UNIQUE_VIOLATION:
        return True
    return getattr(found.orig, "sqlite_errorcode", None) in _SQLITE_UNIQUE


def collided(error: Exception) -> bool:
    """Whether a transaction was certainly undone because another one wrote the same rows: once more, it may
    well go through.
    """
    if isinstance(error, StaleDataError):
        return True
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _COLLISIONS


def own(error: Exception) -> Exception:
    """The error as a step's own: what the database refuses gets a message without values."""
    if not isinstance(error, DBAPIError):
        return error
    refused = StepError("constraint", f"the database refused the step's records ({type(error).__name__})")
    refused.__cause__ = error
    return refused


@contextmanager
def blame(call: Call, *, alone: bool, resuming: bool = False, timer: str | None = None) -> Iterator[None]:
    """Turn an error inside the block into a StepFailureError of this step; the database's troubles are not
    the step's.

    With `alone` no other instance is in the transaction, and what the block wrote is flushed inside it: then
    what the database refuses is this step's too.
    """
    instance_id, iteration = call.instance.id, call.run.iteration  # a flush that fails takes the rows away
    try:
        yield
        if alone:
            call.session.flush()
    except Exception as error:
        if isinstance(error, StepFailureError) or infrastructure(error):
            raise
        read = {**call.traced, **(error.values if isinstance(error, EvaluationError) else {})}
        inputs = {name: encode(value) for name, value in read.items()}
        raise StepFailureError(
            instance_id, call.step, iteration, own(error), inputs, resuming, timer
        ) from error


def blamed(plan: Plan, work: Work, state: State, error: Exception) -> StepFailureError:
    """Whose error it is when it came outside every step's block, at the commit for instance, while the
    instance was alone in its transaction.
    """
    step, iteration, timer = _at_work(plan, work, state)
    if step.place is not None and not iteration:
        iteration = next((path for path in open_scopes(state, step) if startable_at(state, step, path)), "")
    known = state.run(step.id, iteration) is not None
    return StepFailureError(state.id, step, iteration, own(error), {}, resuming=known, timer=timer)


def _at_work(plan: Plan, work: Work, state: State) -> tuple[PlanStep, str, str | None]:
    if work.step:
        return plan.step(work.step), "", None
    ids = {step.id: step for step in plan.steps}
    fired = leaving_timers(state, plan) if work.phase is Phase.LEAVE else fired_timers(state, plan)
    if work.phase in {Phase.TIMER, Phase.LEAVE} and fired:
        timer = fired[0]
        run = next((each for each in state.runs.values() if each.id == timer.step_run_id), None)
        if run is not None:
            return ids[run.step], run.iteration, timer.id
        return plan.steps[0], "", timer.id
    named = [str(wake.detail.get("step")) for wake in state.changes]
    return next((ids[name] for name in named if name in ids), plan.steps[0]), "", None
