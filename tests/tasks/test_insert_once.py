"""Inserting a row that somebody else may be inserting: it is there for the rest of the transaction."""

from datetime import UTC, date, datetime

from databases import in_memory

from models import Report, ReportStatus, related
from tasks.insert_once import insert_once

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def report() -> Report:
    return Report(
        report="monthly-summary",
        team="intake_team",
        period_start=date(2026, 3, 1),
        period_end=date(2026, 3, 31),
        status=ReportStatus.OPEN,
        created_at=NOW,
    )


def test_a_row_is_found_by_those_who_had_looked_for_it_before() -> None:
    """Else each case of a batch would look, find none, and insert it again in vain."""
    with in_memory() as store, store.write() as session:
        assert related(session, Report, team="intake_team") == []
        assert insert_once(session, report(), "report", "team", "period_start")
        assert len(related(session, Report, team="intake_team")) == 1
        assert not insert_once(session, report(), "report", "team", "period_start")
        assert len(related(session, Report, team="intake_team")) == 1
