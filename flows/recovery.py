"""What Prefect still has to be told of: passes that ended without its knowing, carriers that died, and what
the critical lane did. Only our leases say who is dead, never a state of Prefect's (engine.md R3.7).

A lease is closed when there is nothing left to tell. Any number of processes may tell; it is told once by
the lease's id.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from flows.artifacts import Journey, journey_of
from flows.journal import load
from flows.leases import lease_now
from flows.runtime import Runtime
from models import Carrier, DefinitionVersion, Instance, Lease, StepRun, StepStatus

MOST: Final = 100
"""Leases that are looked at together."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A carrier that has ended: `crashed` where its lease ran out, `failed` names the incidents of the steps
    that it began.
    """

    lease_id: str
    run_id: str | None
    crashed: bool
    failed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Begun:
    """A step that a critical pass began for these instances, and how it stands; `at` is when it began."""

    step: str
    instances: tuple[str, ...]
    statuses: tuple[StepStatus, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Handled:
    """What the critical lane did under one lease."""

    lease_id: str
    version: DefinitionVersion
    instances: tuple[str, ...]
    began_at: datetime
    ended_at: datetime | None
    begun: tuple[Begun, ...]
    failed: tuple[str, ...]
    journeys: tuple[Journey, ...] = ()

    @property
    def through(self) -> dict[str, list[str]]:
        """By instance the steps that were begun for it, in order."""
        found: dict[str, list[str]] = {}
        for begun in self.begun:
            for instance_id in begun.instances:
                found.setdefault(instance_id, []).append(begun.step)
        return found


def ended_unheard(runtime: Runtime, most: int = MOST) -> list[Ended]:
    """Prefect's carriers that have ended a while ago and of which nobody has said so to Prefect. The while is
    a renewal: a carrier that works tells it itself.
    """
    with runtime.store.read() as session:
        now = lease_now(runtime, session)
        before = now - runtime.limits.renewal
        over = (col(Lease.released_at) < before) | (
            col(Lease.released_at).is_(None) & (col(Lease.expires_at) < now)
        )
        query = select(Lease).where(Lease.carrier == Carrier.PREFECT, col(Lease.closed_at).is_(None), over)
        leases = session.exec(query.order_by(col(Lease.acquired_at)).limit(most)).all()
        failed = _incidents(session, leases)
        return [
            Ended(each.id, each.carrier_run_id, each.released_at is None, tuple(failed.get(each.id, ())))
            for each in leases
        ]


def handled_unheard(runtime: Runtime, most: int = MOST) -> list[Handled]:
    """What the critical lane has done and Prefect does not know; the oldest first."""
    with runtime.store.read() as session:
        now = lease_now(runtime, session)
        over = col(Lease.released_at).is_not(None) | (col(Lease.expires_at) < now)
        query = select(Lease).where(Lease.carrier == Carrier.CRITICAL, col(Lease.closed_at).is_(None), over)
        leases = session.exec(query.order_by(col(Lease.acquired_at)).limit(most)).all()
        failed, begun = _incidents(session, leases), _begun(session, leases)
        return [
            Handled(
                each.id,
                session.get_one(DefinitionVersion, each.version_id),
                tuple(each.instances),
                each.acquired_at,
                each.released_at,
                tuple(begun.get(each.id, ())),
                tuple(failed.get(each.id, ())),
                _journeys(session, each),
            )
            for each in leases
        ]


def _journeys(session: Session, lease: Lease) -> tuple[Journey, ...]:
    states = load(session, dict.fromkeys(lease.instances, 0))
    return tuple(journey_of(state, lease.id) for state in states.values())


def close(runtime: Runtime, lease_ids: Collection[str]) -> None:
    """Prefect knows how these ended; those that had run out are given back."""
    if not lease_ids:
        return
    with runtime.store.write("close") as session:
        now = lease_now(runtime, session)
        mine = update(Lease).where(col(Lease.id).in_(sorted(lease_ids)))
        session.exec(mine.where(col(Lease.closed_at).is_(None)).values(closed_at=now))
        run_out = mine.where(col(Lease.released_at).is_(None), col(Lease.expires_at) < now)
        session.exec(run_out.values(released_at=now))


def name_carrier(runtime: Runtime, handled: Handled, run_id: str) -> None:
    """The steps that were begun under this lease are found in this flow run."""
    with runtime.store.write() as session:
        session.exec(
            update(StepRun)
            .where(
                col(StepRun.instance_id).in_(handled.instances),
                col(StepRun.lease_id) == handled.lease_id,
                col(StepRun.carrier_run_id).is_(None),
            )
            .values(carrier_run_id=run_id)
            .execution_options(synchronize_session=False)
        )


def _incidents(session: Session, leases: Sequence[Lease]) -> dict[str, list[str]]:
    """The incidents of these carriers, as Prefect is told them; found by the instances that they had."""
    query = _runs_of(leases).where(StepRun.status == StepStatus.INCIDENT).order_by(col(StepRun.id))
    found: dict[str, list[str]] = {}
    for run in session.exec(query):
        words = f"{run.position}: step `{run.step}` of instance {run.instance_id}: {run.error_code}"
        found.setdefault(str(run.lease_id), []).append(words)
    return found


def _begun(session: Session, leases: Sequence[Lease]) -> dict[str, list[Begun]]:
    rows: dict[tuple[str, str], dict[str, StepRun]] = {}
    for run in session.exec(_runs_of(leases).order_by(col(StepRun.started_at), col(StepRun.id))):
        rows.setdefault((str(run.lease_id), run.step), {}).setdefault(run.instance_id, run)
    found: dict[str, list[Begun]] = {}
    for (lease_id, step), firsts in rows.items():
        runs = list(firsts.values())
        begun = Begun(
            step,
            tuple(run.instance_id for run in runs),
            tuple(run.status for run in runs),
            runs[0].started_at,
        )
        found.setdefault(lease_id, []).append(begun)
    return found


def _runs_of(leases: Sequence[Lease]) -> SelectOfScalar[StepRun]:
    """The step runs that began under these leases. There is no index by lease, so it goes by instances."""
    ids = [each.id for each in leases]
    named = {instance for each in leases for instance in each.instances}
    held = select(Instance.id).where(col(Instance.lease_id).in_(ids))
    whose = col(StepRun.instance_id).in_(named) | col(StepRun.instance_id).in_(held)
    return select(StepRun).where(col(StepRun.lease_id).in_(ids), whose)
