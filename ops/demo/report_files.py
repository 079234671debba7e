"""The reports of the home as Markdown files, with the figures of this moment."""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from models import Report
from tasks.reports.summary import summarise
from tasks.reports.summary_text import as_markdown

REPORTS: Final = Path("reports")
"""Where reports lie in the home."""


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A report, and the file in the home that it was written to."""

    report: str
    team: str
    month: date
    status: str
    cases: int
    file: str


def write_reports(session: Session, home: Path, now: datetime, zone: ZoneInfo) -> tuple[ReportFile, ...]:
    """Write every report into the home: a final one as it was frozen, an open one as it stands now."""
    reports = session.exec(select(Report).order_by(col(Report.period_start), col(Report.team)))
    return tuple(_write(session, report, home, now, zone) for report in reports)


def _write(session: Session, report: Report, home: Path, now: datetime, zone: ZoneInfo) -> ReportFile:
    body = report.body if report.body is not None else summarise(session, report, now, zone)
    file = REPORTS / f"{report.report}-{report.team}-{report.period_start:%Y-%m}.md"
    (home / REPORTS).mkdir(exist_ok=True)
    (home / file).write_text(as_markdown(body), encoding="utf-8")
    return ReportFile(
        report=report.report,
        team=report.team,
        month=report.period_start,
        status=report.status.value,
        cases=len(body["cases"]),
        file=str(file),
    )
