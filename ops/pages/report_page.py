"""The reports of teams: which there are, and the figures of one as they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, select

from definitions import suggest
from models import Report
from ops.composition import Engine
from ops.errors import NotThereError, OpsError
from ops.traces import leave_trace
from tasks.history import Act
from tasks.reports.summary import summarise
from tasks.reports.summary_text import as_markdown


@dataclass(frozen=True, slots=True)
class ReportPage:
    """A report with its figures: frozen when it is final, as the records say now when it is open."""

    report: str
    team: str
    month: str
    status: str
    finalised_at: datetime | None
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """The figures as Markdown, each with the cases behind it."""
        return as_markdown(self.body)


def find_reports(session: Session, team: str | None, month: date | None) -> Sequence[Report]:
    """The reports of a team and a month, or all. NotThereError when there is none."""
    query = select(Report).order_by(col(Report.period_start), col(Report.team), col(Report.report))
    if team is not None:
        query = query.where(Report.team == team)
    if month is not None:
        query = query.where(Report.period_start <= month, Report.period_end >= month)
    found = session.exec(query).all()
    if not found:
        teams = set(session.exec(select(Report.team)))
        meant = suggest(team, teams) if team else None
        action = (
            f"did you mean the team {meant}?" if meant else "the first case of a month asks for its report"
        )
        raise NotThereError("there is no such report yet", action=action)
    return found


def read_month(text: str) -> date:
    """The first day of a month written as `2026-03`; OpsError for anything else."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise OpsError(f"`{text[:20]}` is not a month", action="write it as 2026-03") from None


def report_pages(engine: Engine, team: str | None, month: date | None) -> list[ReportPage]:
    """The reports of a team and a month, or all, with their figures. Reading them is in the audit."""
    with engine.store.read() as session:
        ids = [report.id for report in find_reports(session, team, month)]
    for each in ids:
        leave_trace(engine, Act.READ, "Report", each, ("body",))
    with engine.store.read() as session:
        return [_page(session, engine, session.get_one(Report, each)) for each in ids]


def _page(session: Session, engine: Engine, report: Report) -> ReportPage:
    body = report.body or summarise(session, report, engine.runtime.clock(), engine.zone)
    month = f"{report.period_start:%Y-%m}"
    return ReportPage(report.report, report.team, month, report.status.value, report.finalised_at, body)
