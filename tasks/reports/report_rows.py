"""The rows of a report: one per report, team and month, made when it is first asked for, and its cases."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from definitions.time.calendars import Due, WorkingCalendar
from definitions.time.local_time import add_months
from models import Report, ReportMember, ReportStatus, Timer, TimerPurpose, related
from tasks.insert_once import insert_once, one_at_a_time

_MEMBERS = "casewright.report_members"
"""Where a transaction keeps how many cases each report has, those that it put in included."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that somebody asks for: its name, which is its process's too, the team, and any day of its
    month. `instance_id` and `step` name the step that asks, whose calendar counts.
    """

    report: str
    team: str
    day: date
    instance_id: str
    step: str


def ensure_report(
    session: Session, wanted: Wanted, calendar: WorkingCalendar, now: datetime, new_id: Callable[[], str]
) -> Report:
    """The report of the month, made now if nobody has asked for it before, with the timer that ends it.

    A final report takes nothing more: then it is the next month's.
    """
    day = wanted.day.replace(day=1)
    while True:
        found = _find(session, wanted, day) or _make(session, wanted, day, calendar, now, new_id)
        if found.status is ReportStatus.OPEN:
            return found
        day = add_months(day, 1)


def join(session: Session, report: Report, case_id: str, now: datetime) -> bool:
    """Put a case into a report; False if it is there already."""
    one_at_a_time(session, report.id)
    if any(each.report_id == report.id for each in related(session, ReportMember, case_id=case_id)):
        return False
    session.add(ReportMember(report_id=report.id, case_id=case_id, joined_at=now))
    counted: dict[str, int] = session.info.setdefault(_MEMBERS, {})
    if report.id in counted:
        counted[report.id] += 1
    return True


def size_of(session: Session, report: Report) -> int:
    """How many cases are in a report. They are counted once per transaction, not once per case."""
    counted: dict[str, int] = session.info.setdefault(_MEMBERS, {})
    if report.id not in counted:
        query = select(func.count()).select_from(ReportMember).where(ReportMember.report_id == report.id)
        counted[report.id] = session.exec(query).one()
    return counted[report.id]


def members_of(session: Session, report: Report) -> list[ReportMember]:
    """The cases in a report, in the order in which they joined."""
    wanted = select(ReportMember).where(ReportMember.report_id == report.id)
    return list(session.exec(wanted.order_by(col(ReportMember.joined_at), col(ReportMember.id))))


def first_working_moment(day: date, calendar: WorkingCalendar) -> Due:
    """When work begins for the first time on that day or later."""
    while not calendar.is_working_day(day):
        day += timedelta(days=1)
    return calendar.at(calendar.start_of(day))


def _find(session: Session, wanted: Wanted, start: date) -> Report | None:
    reports = related(session, Report, team=wanted.team)
    return next(
        (each for each in reports if each.report == wanted.report and each.period_start == start), None
    )


def _make(
    session: Session,
    wanted: Wanted,
    start: date,
    calendar: WorkingCalendar,
    now: datetime,
    new_id: Callable[[], str],
) -> Report:
    following = add_months(start, 1)
    row = Report(
        id=new_id(),
        report=wanted.report,
        team=wanted.team,
        period_start=start,
        period_end=following - timedelta(days=1),
        created_at=now,
    )
    one_at_a_time(session, f"{wanted.report}:{wanted.team}")
    insert_once(session, row, "report", "team", "period_start")
    query = select(Report).where(
        Report.report == wanted.report, Report.team == wanted.team, Report.period_start == start
    )
    report = session.exec(query).first()
    if report is None:
        raise LookupError(f"the report {wanted.report} of {start:%Y-%m} was made and is not there")
    due = first_working_moment(following, calendar)
    detail = {
        "report": report.id,
        "process": wanted.report,
        "instance": wanted.instance_id,
        "step": wanted.step,
    }
    timer = Timer(
        id=new_id(),
        purpose=TimerPurpose.REPORT,
        key=f"report:{report.id}",
        due_at=due.moment_utc,
        wall=due.wall,
        detail=detail,
        created_at=now,
    )
    insert_once(session, timer, "key")
    return report
