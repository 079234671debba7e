"""The events of a pass, made from what it knows."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from definitions.plan import Plan
from flows.events import IncidentRaised, Observers, PassBegan, PassEnded, Retried, StepDone, StepSlow
from flows.incidents import code_of
from flows.leases import Claim
from flows.passes.report import Done, PassReport
from flows.runtime import Runtime
from flows.steps.failure import StepFailureError
from flows.steps.state import Work
from tasks.result import DefiniteFailure

log = logging.getLogger(__name__)


@contextmanager
def told(
    runtime: Runtime, plan: Plan, version_id: str, claimed: Claim, carrier_run_id: str | None
) -> Iterator[list[PassReport]]:
    """Tell the beginning and the end of a pass; the block hands its report in. A claim that got no instance
    is no pass.
    """
    observe, reports = runtime.observe, list[PassReport]()
    if not (observe and claimed.fences):
        yield reports
        return
    lease_id, count, started, broke = claimed.lease_id, len(claimed.fences), runtime.stopwatch(), ""
    observe(PassBegan(lease_id, plan.process, version_id, carrier_run_id, count))
    try:
        yield reports
    except BaseException as error:
        broke = type(error).__name__
        raise
    finally:
        steps = sum(len(each.done) for each in reports)
        failures = [failure for each in reports for failure in each.failures]
        incidents = sum(failure.incident for failure in failures)
        seconds = runtime.stopwatch() - started
        observe(
            PassEnded(lease_id, plan.process, count, steps, len(failures), incidents, seconds, broke=broke)
        )


def tell_slow(runtime: Runtime, plan: Plan, work: Work, instances: int, seconds: float) -> None:
    """Report a transaction that lasted longer than `limits.slow_transaction`, in the log and as an event."""
    if seconds <= runtime.limits.slow_transaction.total_seconds():
        return
    kind = plan.step(work.step).kind.name if work.step else work.phase.name.lower()
    where = plan.step(work.step).position if work.step else kind
    log.warning(
        "%s of `%s` took %.1f s in one transaction for %d instances", where, plan.process, seconds, instances
    )
    runtime.observe(StepSlow(plan.process, work.step, kind, instances, seconds))


def step_done(claimed: Claim, plan: Plan, done: Done, begins: bool, seconds: float) -> StepDone:
    """What a piece of work has done. Corrections and timers belong to no step alone; they go by their
    phase.
    """
    work = done.work
    return StepDone(
        pass_id=claimed.lease_id,
        process=plan.process,
        step=work.step,
        kind=plan.step(work.step).kind.name if work.step else work.phase.name.lower(),
        begins=begins,
        instances=len(done.instances),
        waiting=done.waiting,
        failures=len(done.failures),
        seconds=seconds,
    )


def tell_failure(observe: Observers, plan: Plan, failure: StepFailureError, *, incident: bool) -> None:
    """An incident, or another try later; where a person takes over by `otherwise`, neither."""
    if not incident and isinstance(failure.cause, DefiniteFailure):
        return
    step, event = failure.step, IncidentRaised if incident else Retried
    observe(event(plan.process, step.id, step.kind.name, failure.instance_id, code_of(failure.cause)))
