"""The status of a case and the dates that go with it."""

from datetime import date

from models import CASE_OPEN, Case, CaseStatus
from tasks.call import Call
from tasks.history import system_actor
from tasks.schedules.visit_closing import resolve_open_visits


def enter_status(call: Call, case: Case, status: CaseStatus, reason: str | None = None) -> None:
    """Give a case a status and date it. Nothing happens if it has that status already.

    Active: dated with today, in the process's calendar, unless it was active before and only paused.
    Closed, transferred and duplicate: `closed_at` and the reason. From one of those back to an open status:
    `reopened_at`; `closed_at` stays, because it happened. A case that nobody works on any more has no visits
    planned.
    """
    if case.status is status:
        return
    was_open = case.status in CASE_OPEN
    if status in CASE_OPEN and not was_open:
        case.reopened_at = call.now
    if status is CaseStatus.ACTIVE and not _active_since_opened(case, call):
        case.activated_on = today(call)
    if status not in CASE_OPEN and was_open:
        case.closed_at, case.closed_reason = call.now, reason
        ended = reason or f"the case is {status.value}"
        resolve_open_visits(call.session, case.id, ended, call.now, by=system_actor(call.plan.process))
    case.status = status


def today(call: Call) -> date:
    """The day in the zone of the process's calendar."""
    return call.now.astimezone(call.zone).date()


def _active_since_opened(case: Case, call: Call) -> bool:
    if case.activated_on is None:
        return False
    return case.reopened_at is None or case.activated_on >= case.reopened_at.astimezone(call.zone).date()
