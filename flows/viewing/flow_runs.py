"""The Prefect flow runs that carried an instance, with where they are seen."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from definitions import Plan
from models import Lease, StepRun


@dataclass(frozen=True, slots=True)
class FlowRun:
    """A flow run in which steps of an instance began: their numbers, and since when. `link` is its page in
    Prefect, where the server is known.
    """

    id: str
    link: str | None
    began_at: datetime
    steps: tuple[int, ...]


def flow_runs(session: Session, plan: Plan, instance_id: str, pages: str | None) -> tuple[FlowRun, ...]:
    """The flow runs of an instance, the oldest first. Of what the critical lane did, Prefect's run is known
    from the lease, as long as that is kept.
    """
    carried = func.coalesce(StepRun.carrier_run_id, Lease.carrier_run_id)
    query = (
        select(carried, StepRun.step, StepRun.started_at)
        .outerjoin(Lease, col(Lease.id) == StepRun.lease_id)
        .where(StepRun.instance_id == instance_id, carried.is_not(None))
        .order_by(col(StepRun.started_at), col(StepRun.id))
    )
    numbers = {step.id: step.index + 1 for step in plan.all_steps}
    began: dict[str, datetime] = {}
    steps: dict[str, set[int]] = {}
    for run_id, step, at in session.exec(query):
        began.setdefault(run_id, at)
        steps.setdefault(run_id, set()).add(numbers.get(step, 0))
    return tuple(
        FlowRun(run_id, _link(pages, run_id), at, tuple(sorted(steps[run_id])))
        for run_id, at in began.items()
    )


def _link(pages: str | None, run_id: str) -> str | None:
    return None if pages is None else f"{pages}/runs/flow-run/{run_id}"
