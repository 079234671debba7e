"""What is going to happen in a case, or has to: open tasks, appointments, planned visits."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from models import TASK_ENDED, Appointment, Case, HumanTask, TaskPriority, Visit, VisitStatus
from tasks.people.appointments import STANDING
from web.reading.names import Names

MOST: Final = 12


@dataclass(frozen=True, slots=True)
class NextStep:
    """Something that is going to happen, or has to: when, what, who, or in the queue of which group; `task`
    where there is one to open; `visit` says that it is a planned visit.
    """

    at: datetime | None
    what: str
    who: str | None
    group: str | None = None
    task: str | None = None
    overdue: bool = False
    at_once: bool = False
    visit: bool = False


def next_steps(session: Session, case: Case, names: Names, now: datetime) -> tuple[NextStep, ...]:
    """The next of them, what has to be done at once first and then the soonest."""
    return tuple(sorted(_next(session, case, names, now), key=_soonest_first)[:MOST])


def _next(session: Session, case: Case, names: Names, now: datetime) -> Iterator[NextStep]:
    tasks = select(HumanTask).where(HumanTask.case_id == case.id, col(HumanTask.status).not_in(TASK_ENDED))
    for task in session.exec(tasks):
        until = task.due_at or task.book_by
        yield NextStep(
            until,
            task.title,
            names.of(task.assignee_id),
            group=task.candidate_group,
            task=task.id,
            overdue=until is not None and until < now,
            at_once=task.priority is TaskPriority.STAT,
        )
    meetings = select(Appointment).where(
        Appointment.case_id == case.id, col(Appointment.status).in_(STANDING), Appointment.starts_at >= now
    )
    for each in session.exec(meetings):
        yield NextStep(each.starts_at, f"Appointment, {each.place}", names.of(each.worker_id))
    visits = select(Visit).where(Visit.case_id == case.id, Visit.status == VisitStatus.PLANNED)
    for visit in session.exec(visits.order_by(col(Visit.starts_at)).limit(3)):
        worker, late = names.of(visit.worker_id), visit.starts_at < now
        yield NextStep(visit.starts_at, "Visit", worker, group=visit.team, overdue=late, visit=True)


def _soonest_first(step: NextStep) -> tuple[bool, bool, float, str]:
    return not step.at_once, step.at is None, step.at.timestamp() if step.at else 0.0, step.what
