"""What must be true of a database after any crash, in one place: crash, stateful and chaos tests ask it."""

from collections import Counter
from collections.abc import Iterator

from sqlalchemy import func
from sqlmodel import Session, col, select

from definitions.plan import Plan
from flows.state import ENDED, fold
from models import (
    Case,
    Instance,
    InstanceStatus,
    Message,
    Record,
    Referral,
    ReportMember,
    StepRun,
    StepStatus,
    Visit,
    VisitSchedule,
    Wake,
)

PASSING = {"leases", "wakes", "alembic_version"}
"""Tables whose rows come and go with passes; all others hold what was done."""


def counts(session: Session) -> dict[str, int]:
    """Rows per table, without the tables of passes."""
    tables = [table for name, table in Record.metadata.tables.items() if name not in PASSING]
    return {
        table.name: session.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
    }


def violations(session: Session, plan: Plan) -> Iterator[str]:
    """Every broken promise about the instances of this plan: lost, doubled, stuck."""
    for instance in session.exec(select(Instance).where(Instance.process == plan.process)).all():
        runs = session.exec(select(StepRun).where(StepRun.instance_id == instance.id)).all()
        yield from _of_instance(plan, instance, list(runs))
    yield from _doubled(session)
    if session.exec(select(Wake)).first() is not None:
        yield "stuck: a wake is left though nothing runs"


def _of_instance(plan: Plan, instance: Instance, runs: list[StepRun]) -> Iterator[str]:
    live = [run for run in runs if run.status is not StepStatus.SUPERSEDED]
    twice = [key for key, count in Counter((run.step, run.iteration) for run in live).items() if count > 1]
    if twice:
        yield f"doubled: steps {twice} of {instance.id} have two live runs"
    ended = {run.step for run in live if not run.iteration and run.status in ENDED}
    if instance.status is InstanceStatus.COMPLETED and ended != {step.id for step in plan.steps}:
        yield f"lost: {instance.id} is completed without {sorted({s.id for s in plan.steps} - ended)}"
    folded = fold(plan, runs, instance.status)
    if instance.status is not folded:
        yield f"G7: the runs of {instance.id} fold to {folded}, not {instance.status}"
    if instance.lease_id is not None:
        yield f"stuck: {instance.id} still points to a lease"


def _doubled(session: Session) -> Iterator[str]:
    """Records that one intake makes once."""
    for table, key in (
        (Case, Case.client_id),
        (VisitSchedule, VisitSchedule.case_id),
        (ReportMember, ReportMember.case_id),
    ):
        query = select(col(key)).select_from(table).group_by(col(key)).having(func.count() > 1)
        for owner in session.exec(query):
            yield f"doubled: two {table.__name__} for {owner}"
    pairs = select(Referral.case_id, Referral.category).group_by(
        col(Referral.case_id), col(Referral.category)
    )
    for case_id, category in session.exec(pairs.having(func.count() > 1)):
        yield f"doubled: two referrals of {case_id} for {category}"
    days = select(Visit.schedule_id, Visit.local_date).group_by(col(Visit.schedule_id), col(Visit.local_date))
    for schedule_id, day in session.exec(days.having(func.count() > 1)):
        yield f"doubled: two visits of {schedule_id} on {day}"
    keys = select(Message.dedupe_key).group_by(col(Message.dedupe_key)).having(func.count() > 1)
    for key in session.exec(keys):
        yield f"doubled: two messages with the key {key}"
