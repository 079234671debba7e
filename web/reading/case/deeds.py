"""What people need to know before they do something with a case as a whole."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, col, select

from definitions.plan import Plan
from flows.inbox.case.starting import asked_inputs, startable, under_way_for
from flows.versions import ENDED, PlanOf
from models import (
    CASE_OPEN,
    TASK_ENDED,
    Case,
    DefinitionVersion,
    HumanTask,
    Instance,
    InstanceStatus,
    Staff,
    StaffGroup,
    Visit,
    VisitStatus,
)
from tasks.people.holders import knowing
from web.reading.process.input_fields import InputField, fields_of_inputs, fillable


@dataclass(frozen=True, slots=True)
class Startable:
    """A process that may be started for the case. `since` is since when one is under way already, with its
    id; `steps` are the titles of what it does.
    """

    process: str
    title: str
    purpose: str
    fields: tuple[InputField, ...]
    since: datetime | None
    instance: str | None
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """A process that is under way for the case, and its open tasks."""

    id: str
    title: str
    held: bool
    cancelling: bool
    since: datetime
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody who can get the case: their groups, and how many open cases they have."""

    id: str
    name: str
    groups: tuple[str, ...]
    cases: int
    away_until: datetime | None
    away: bool


@dataclass(frozen=True, slots=True)
class Transfer:
    """Who can get the case, and what goes along with it."""

    workers: tuple[Worker, ...]
    teams: Mapping[str, str]
    tasks: int
    visits: int


def startable_now(session: Session, plan_of: PlanOf, case: Case) -> tuple[Startable, ...]:
    """What a person may start for a case, by title."""
    plans = startable(session, plan_of, is_open=case.status in CASE_OPEN)
    return tuple(_startable(session, plan, case) for plan in plans if fillable(asked_inputs(plan)))


def running(session: Session, plan_of: PlanOf, case: Case) -> tuple[Running, ...]:
    """What runs for a case, held or not, the oldest first."""
    query = select(Instance).where(Instance.case_id == case.id, col(Instance.status).not_in(ENDED))
    rows = session.exec(query.order_by(col(Instance.started_at), col(Instance.id))).all()
    tasks = _tasks_of(session, [row.id for row in rows])
    return tuple(
        Running(
            id=row.id,
            title=plan_of(session.get_one(DefinitionVersion, row.version_id)).title,
            held=row.status is InstanceStatus.HELD,
            cancelling=row.status is InstanceStatus.CANCELLING,
            since=row.started_at,
            tasks=tasks.get(row.id, ()),
        )
        for row in rows
    )


def transfer_of(session: Session, case: Case, groups: Mapping[str, str], now: datetime) -> Transfer:
    """Who can get a case: the active staff of the department's groups, but for who knows the client."""
    known = knowing(session, case.client_id)
    places: dict[str, list[str]] = {}
    for place in session.exec(select(StaffGroup).where(col(StaffGroup.group).in_(groups))):
        places.setdefault(place.staff_id, []).append(groups[place.group])
    load = _load(session)
    staff = session.exec(
        select(Staff).where(col(Staff.active), col(Staff.id).in_(places)).order_by(col(Staff.name))
    )
    workers = tuple(
        Worker(
            each.id,
            each.name,
            tuple(sorted(places[each.id])),
            load.get(each.id, 0),
            each.absent_until,
            not each.is_available(now),
        )
        for each in staff
        if each.id not in known and each.id != case.worker_id
    )
    return Transfer(workers, groups, _count_tasks(session, case), _count_visits(session, case))


def _startable(session: Session, plan: Plan, case: Case) -> Startable:
    busy = under_way_for(session, plan.process, case.id)
    return Startable(
        process=plan.process,
        title=plan.title,
        purpose=plan.purpose,
        fields=tuple(fields_of_inputs(asked_inputs(plan))),
        since=None if busy is None else busy.started_at,
        instance=None if busy is None else busy.id,
        steps=tuple(step.title for step in plan.steps if step.place is None),
    )


def _tasks_of(session: Session, ids: list[str]) -> Mapping[str, tuple[str, ...]]:
    query = select(HumanTask.instance_id, HumanTask.title).where(
        col(HumanTask.instance_id).in_(ids), col(HumanTask.status).not_in(TASK_ENDED)
    )
    found: dict[str, tuple[str, ...]] = {}
    for instance_id, title in session.exec(query.order_by(col(HumanTask.created_at))):
        if instance_id is not None:
            found[instance_id] = (*found.get(instance_id, ()), title)
    return found


def _load(session: Session) -> Mapping[str, int]:
    """How many open cases each caseworker has."""
    query = (
        select(col(Case.worker_id), func.count())
        .where(col(Case.status).in_(CASE_OPEN), col(Case.worker_id).is_not(None))
        .group_by(col(Case.worker_id))
    )
    return {worker: count for worker, count in session.exec(query) if worker is not None}


def _count_tasks(session: Session, case: Case) -> int:
    query = select(func.count()).select_from(HumanTask)
    return session.exec(
        query.where(
            HumanTask.case_id == case.id,
            HumanTask.assignee_id == case.worker_id,
            col(HumanTask.assignee_id).is_not(None),
            col(HumanTask.status).not_in(TASK_ENDED),
        )
    ).one()


def _count_visits(session: Session, case: Case) -> int:
    query = select(func.count()).select_from(Visit)
    return session.exec(
        query.where(
            Visit.case_id == case.id,
            Visit.worker_id == case.worker_id,
            Visit.status == VisitStatus.PLANNED,
        )
    ).one()
