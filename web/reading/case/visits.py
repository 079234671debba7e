"""The recurring visits of a case: how often, what is planned, and what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlmodel import Session, col, select

from models import Case, HumanTask, Visit, VisitFrequency, VisitSchedule, VisitStatus
from web.reading.names import Names

MOST: Final = 100
"""Visits that are shown, the newest first."""

EVERY: Final[Mapping[VisitFrequency, str]] = {
    VisitFrequency.DAY: "every day",
    VisitFrequency.WEEK: "every week",
    VisitFrequency.FORTNIGHT: "every two weeks",
    VisitFrequency.MONTH: "every month",
    VisitFrequency.QUARTER: "every three months",
    VisitFrequency.YEAR: "every year",
}


@dataclass(frozen=True, slots=True)
class VisitView:
    """One visit. `task` is where it is recorded while it is under way; `movable` says that it is still only
    planned. `moved_to` is the day that it was moved to, `moved_from` the one that it was moved from.
    """

    id: str
    day: date
    starts_at: datetime
    who: str
    team: str | None
    status: str
    reason: str
    approved_by: str
    moved_to: date | None
    moved_from: date | None
    overdue: bool
    movable: bool
    task: str | None


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule in words: how often, on which day, since when, and why it has ended."""

    every: str
    on: str
    since: date
    ended_at: datetime | None
    end_reason: str


@dataclass(frozen=True, slots=True)
class Visits:
    """The visits of a case: those to come, soonest first, and the others, newest first. `kept` and `missed`
    are of all that are shown.
    """

    schedules: tuple[ScheduleView, ...]
    planned: tuple[VisitView, ...]
    past: tuple[VisitView, ...]
    kept: int
    missed: int
    more: bool


def visits_of(session: Session, case: Case, now: datetime) -> Visits:
    """The visits of a case that somebody may read."""
    schedules = session.exec(
        select(VisitSchedule)
        .where(VisitSchedule.case_id == case.id)
        .order_by(col(VisitSchedule.created_at).desc())
    ).all()
    query = select(Visit).where(Visit.case_id == case.id).order_by(col(Visit.starts_at).desc())
    rows = session.exec(query.limit(MOST + 1)).all()
    views = _views(session, rows[:MOST], {each.id: each for each in schedules}, now)
    planned = [each for each in views if each.status == VisitStatus.PLANNED]
    return Visits(
        schedules=tuple(_schedule(each) for each in schedules),
        planned=tuple(reversed(planned)),
        past=tuple(each for each in views if each.status != VisitStatus.PLANNED),
        kept=sum(each.status == VisitStatus.DONE for each in views),
        missed=sum(each.status == VisitStatus.MISSED for each in views),
        more=len(rows) > MOST,
    )


def _views(
    session: Session, rows: Sequence[Visit], schedules: Mapping[str, VisitSchedule], now: datetime
) -> list[VisitView]:
    names = Names(session)
    days = {row.id: row.local_date for row in rows}
    origins = {row.rescheduled_to_id: row.local_date for row in rows if row.rescheduled_to_id}
    tasks = _tasks(session, [row.instance_id for row in rows if row.instance_id])
    return [
        VisitView(
            id=row.id,
            day=row.local_date,
            starts_at=row.starts_at,
            who=names.of(row.worker_id) or "",
            team=row.team,
            status=row.status.value,
            reason=row.reason or "",
            approved_by=names.of(row.approved_by) or "",
            moved_to=days.get(row.rescheduled_to_id or ""),
            moved_from=origins.get(row.id),
            overdue=row.status is VisitStatus.PLANNED and row.starts_at < now,
            movable=_movable(row, schedules.get(row.schedule_id)),
            task=tasks.get(row.instance_id or ""),
        )
        for row in rows
    ]


def _movable(row: Visit, schedule: VisitSchedule | None) -> bool:
    ended = schedule is None or schedule.ended_at is not None
    return row.status is VisitStatus.PLANNED and row.instance_id is None and not ended


def _tasks(session: Session, instances: Sequence[str]) -> Mapping[str, str]:
    """By the process of a visit, the first task of it, which is where the visit is recorded."""
    query = select(HumanTask.instance_id, HumanTask.id).where(col(HumanTask.instance_id).in_(instances))
    found: dict[str, str] = {}
    for instance, task in session.exec(query.order_by(col(HumanTask.created_at), col(HumanTask.id))):
        if instance is not None:
            found.setdefault(instance, task)
    return found


def _schedule(row: VisitSchedule) -> ScheduleView:
    day = row.day_rule
    if day.isdecimal():
        on = f"on day {day} of the month"
    else:
        on = "on the last day of the month" if day == "last_day" else f"on a {day.capitalize()}"
    return ScheduleView(
        every=EVERY[row.frequency],
        on=f"{on}, {row.time_of_day:%H:%M}",
        since=row.active_from,
        ended_at=row.ended_at,
        end_reason=row.end_reason or "",
    )
