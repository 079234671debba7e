"""Recurring visits: planning the next one, and what happens on its day.

A visit is keyed by its local date, so neither a change of the clocks nor a second call makes two of it. What
becomes of a visit stays on record; none vanishes (domain.md, Recurring visits).
"""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlmodel import select

from definitions.arguments import Recipient
from definitions.time.calendars import WorkingCalendar
from definitions.time.local_time import to_moment
from definitions.time.recurrence import MonthEnd, Period, Recurrence
from models import (
    CASE_OPEN,
    Case,
    CaseStatus,
    TaskKind,
    Timer,
    TimerPurpose,
    Visit,
    VisitFrequency,
    VisitSchedule,
    VisitStatus,
    related,
)
from tasks.call import Call
from tasks.control import is_published
from tasks.history import Happening, add_entry, system_actor
from tasks.people.asking import ask
from tasks.people.holders import resolve
from tasks.people.notices import send_notice
from tasks.schedules.visit_closing import resolve_open_visits
from tasks.timers import FreeCall

FREQUENCIES: Mapping[tuple[Period, int], VisitFrequency] = MappingProxyType(
    {
        (Period.WEEK, 1): VisitFrequency.WEEK,
        (Period.WEEK, 2): VisitFrequency.FORTNIGHT,
        (Period.MONTH, 1): VisitFrequency.MONTH,
        (Period.MONTH, 3): VisitFrequency.QUARTER,
        (Period.MONTH, 12): VisitFrequency.YEAR,
    }
)
"""How often visits can be due, by what a recurrence counts."""


def recurrence_of(schedule: VisitSchedule) -> Recurrence:
    """The recurrence that a schedule keeps."""
    period, interval = next(key for key, value in FREQUENCIES.items() if value is schedule.frequency)
    day = int(schedule.day_rule) if schedule.day_rule.isdecimal() else schedule.day_rule
    rule = MonthEnd(schedule.month_end_rule.value)
    return Recurrence(period, day, rule, interval=interval, anchor=schedule.active_from)


def plan_next(call: Call, schedule: VisitSchedule, to: Recipient, after: date) -> Visit:
    """The next visit that can still take place, with the timer that begins it.

    It is planned with whoever `to` means now, or with the team's queue. Visits whose day went by while
    nothing was running are kept as missed.
    """
    visit = _planned(call, schedule, to, after)
    while visit.local_date < call.now.astimezone(ZoneInfo(schedule.time_zone)).date():
        if visit.status is VisitStatus.PLANNED:
            _end_visit(call, schedule, visit, VisitStatus.MISSED, "its day went by while nothing was running")
        visit = _planned(call, schedule, to, visit.local_date)
    _begin_on_its_day(call, visit)
    return visit


def begin_visit(free: FreeCall, call: Call, schedule: VisitSchedule, visit: Visit, to: Recipient) -> None:
    """Do what the day of a planned visit brings, and plan the one after it.

    The schedule's process is started with the visit. While the case is on hold the visit is exempted. Once
    the case is closed or the schedule has ended there is nothing to do.
    """
    if schedule.ended_at is not None:
        return
    case = call.session.get_one(Case, schedule.case_id)
    if case.status not in CASE_OPEN:
        resolve_open_visits(call.session, case.id, "the case is closed", call.now)
        return
    if visit.status is VisitStatus.PLANNED and case.status is CaseStatus.ON_HOLD:
        _end_visit(call, schedule, visit, VisitStatus.EXEMPTED, "the case is on hold")
    elif visit.status is VisitStatus.PLANNED:
        _start(free, call, schedule, visit, to)
    plan_next(call, schedule, to, visit.local_date)


def _start(free: FreeCall, call: Call, schedule: VisitSchedule, visit: Visit, to: Recipient) -> None:
    process = schedule.starts_process
    if process is not None and is_published(call.session, process):
        visit.instance_id = free.start(process, {"visit": visit.id}, f"visit:{visit.id}")
        call.session.add(visit)
        return
    task = ask(  # a visit is due whether or not its process can be started
        call,
        to=to,
        kind=TaskKind.ASSIGNMENT,
        title=f"{call.step.title}: {visit.local_date}",
        description=f"The process `{process}` is not published, so make this visit without it.",
        details={"visit": visit.id},
    )
    send_notice(call, task, "told")


def _planned(call: Call, schedule: VisitSchedule, to: Recipient, after: date) -> Visit:
    """The first visit after that day; the one that is there already, if somebody planned it before."""
    day = recurrence_of(schedule).next_after(after, call.calendar).nominal
    visits = related(call.session, Visit, schedule_id=schedule.id)
    known = next((visit for visit in visits if visit.local_date == day), None)
    if known is not None:
        return known
    chosen = resolve(call, to, call.session.get(Case, schedule.case_id))
    visit = Visit(
        id=call.new_id(),
        schedule_id=schedule.id,
        case_id=schedule.case_id,
        local_date=day,
        starts_at=to_moment(day, schedule.time_of_day, schedule.time_zone),
        worker_id=chosen.staff_id,
        team=chosen.group,
    )
    call.session.add(visit)
    return visit


def _begin_on_its_day(call: Call, visit: Visit) -> None:
    """Set the timer of a visit, once."""
    planned_now = visit in call.session.new  # then nobody can have begun it
    known = select(Timer.id).where(Timer.key == _timer_key(visit))
    if not planned_now and call.session.exec(known).first() is not None:
        return
    call.session.add(visit_timer(visit, call.calendar, call.now, call.new_id()))


def visit_timer(visit: Visit, calendar: WorkingCalendar, now: datetime, timer_id: str) -> Timer:
    """What begins a visit: when work begins on its day, or at the visit if that is earlier."""
    due = calendar.at(min(calendar.start_of(visit.local_date), visit.starts_at))
    return Timer(
        id=timer_id,
        purpose=TimerPurpose.VISIT,
        key=_timer_key(visit),
        due_at=due.moment_utc,
        wall=due.wall,
        detail={"visit": visit.id},
        created_at=now,
    )


def _timer_key(visit: Visit) -> str:
    return f"visit:{visit.schedule_id}:{visit.local_date}"


def _end_visit(call: Call, schedule: VisitSchedule, visit: Visit, status: VisitStatus, reason: str) -> None:
    actor = system_actor(call.plan.process)
    visit.status, visit.reason = status, reason
    visit.approved_by = actor if status is VisitStatus.EXEMPTED else None
    call.session.add(visit)
    missed = status is VisitStatus.MISSED
    add_entry(
        call.session,
        schedule.case_id,
        Happening.VISIT_MISSED if missed else Happening.VISIT_EXEMPTED,
        f"Visit {status.value}: {visit.local_date}",
        now=call.now,
        zone=ZoneInfo(schedule.time_zone),
        by=actor,
        detail=f"Reason: {reason}.",
        record=("Visit", visit.id),
        source="step",
    )
