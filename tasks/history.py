"""The chronology of a case and the audit, as steps write them: in the transaction of what they tell of.

Names of events lie in the database for years: a name may be added here, never taken away or given another
meaning.
"""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlmodel import Session

from definitions.runtime_values import RecordView
from models import AuditEvent, ChronologyEntry
from tasks.call import Call


class Happening(StrEnum):
    """The kinds of chronology entries."""

    CASE_ALLOCATED = "case_allocated"
    CASE_REOPENED = "case_reopened"
    CASE_REUSED = "case_reused"
    STATUS_CHANGED = "status_changed"
    RISK_CHANGED = "risk_changed"
    PRIORITY_CHANGED = "priority_changed"
    RECORD_CREATED = "record_created"
    RECORD_CHANGED = "record_changed"
    SCORE_CALCULATED = "score_calculated"
    SUM_CALCULATED = "sum_calculated"
    TASK_ASSIGNED = "task_assigned"
    TASK_ESCALATED = "task_escalated"
    TASK_COMPLETED = "task_completed"
    HANDED_OVER = "handed_over"
    APPOINTMENT_BOOKED = "appointment_booked"
    APPOINTMENT_MOVED = "appointment_moved"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    CHECKLIST_COMPLETED = "checklist_completed"
    ANSWER_CORRECTED = "answer_corrected"
    CONSENT_GIVEN = "consent_given"
    CONSENT_REFUSED = "consent_refused"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    MESSAGE_SENT = "message_sent"
    MESSAGE_FAILED = "message_failed"
    DANGER_REPORTED = "danger_reported"
    REFERRAL_MADE = "referral_made"
    REFERRAL_CHANGED = "referral_changed"
    PLAN_AGREED = "plan_agreed"
    VISITS_SCHEDULED = "visits_scheduled"
    VISIT_DONE = "visit_done"
    VISIT_MISSED = "visit_missed"
    REPORT_JOINED = "report_joined"
    DUPLICATES_SET_ASIDE = "duplicates_set_aside"
    DEADLINE_PASSED = "deadline_passed"
    NEED_UNMET = "need_unmet"
    VISIT_EXEMPTED = "visit_exempted"
    VISITS_ENDED = "visits_ended"
    DUPLICATE_RESTORED = "duplicate_restored"
    PROCESS_HELD = "process_held"
    PROCESS_RESUMED = "process_resumed"
    PROCESS_CANCELLED = "process_cancelled"
    PROCESS_GOES_ON = "process_goes_on"
    STEP_SKIPPED = "step_skipped"
    SIGNAL_SENT = "signal_sent"
    APPOINTMENT_KEPT = "appointment_kept"
    APPOINTMENT_MISSED = "appointment_missed"
    CHECK_IN_MISSED = "check_in_missed"
    VISIT_MOVED = "visit_moved"
    NOTE_SIGNED = "note_signed"
    NOTE_CORRECTED = "note_corrected"
    PLAN_PROPOSED = "plan_proposed"
    PLAN_REVIEWED = "plan_reviewed"
    GOAL_CHANGED = "goal_changed"
    CONTACT_MADE = "contact_made"
    REACH_CHANGED = "reach_changed"
    PROCESS_STARTED = "process_started"


class Act(StrEnum):
    """The actions of the audit."""

    READ = "read"
    SEARCH = "search"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    SEND = "send"
    DISCLOSE = "disclose"
    OVERRIDE = "override"
    SET_ASIDE = "set_aside"
    RESTORE = "restore"
    HOLD = "hold"
    RESUME = "resume"
    CANCEL = "cancel"
    RETRY = "retry"
    SKIP = "skip"
    LOG_IN = "log_in"
    LOG_IN_FAILED = "log_in_failed"
    LOG_OUT = "log_out"
    EXPORT = "export"
    PRINT = "print"
    BREAK_GLASS = "break_glass"
    REVIEW = "review"
    SEAL_CASE = "seal_case"
    UNSEAL_CASE = "unseal_case"
    CONFLICT = "conflict"
    SIGN = "sign"
    START = "start"
    VERIFY = "verify"


def system_actor(process: str) -> str:
    """Who did it when a step did: `system:intake`."""
    return f"system:{process}"


def chronicle(
    call: Call,
    kind: Happening | str,
    title: str,
    detail: str = "",
    *,
    significant: bool = True,
    record: RecordView | tuple[str, str] | None = None,
    by: str | None = None,
    happened_on: date | None = None,
) -> ChronologyEntry | None:
    """Add an entry to the chronology of the instance's case; None when there is no case yet.

    `record` says where to look: a view, or its kind and id. `by` is a staff id; without it, the process.
    Raises ValueError for a kind that is not registered.
    """
    if call.instance.case_id is None:
        return None
    return add_entry(
        call.session,
        call.instance.case_id,
        kind,
        title,
        now=call.now,
        zone=call.zone,
        by=by or system_actor(call.plan.process),
        detail=detail,
        significant=significant,
        record=record,
        happened_on=happened_on,
        source="step",
    )


def add_entry(  # noqa: PLR0913  (the columns of an entry, by name)
    session: Session,
    case_id: str,
    kind: Happening | str,
    title: str,
    *,
    now: datetime,
    zone: ZoneInfo,
    by: str,
    detail: str = "",
    significant: bool = True,
    record: RecordView | tuple[str, str] | None = None,
    happened_on: date | None = None,
    corrects_id: str | None = None,
    source: str = "command",
) -> ChronologyEntry:
    """Add an entry, also outside a step: `source` says whether a `step` or a person's `command`.

    Without `happened_on` it happened now; with it, at no certain time of that day.
    """
    name, record_id = (record.record, record.id) if isinstance(record, RecordView) else record or (None, None)
    entry = ChronologyEntry(
        case_id=case_id,
        happened_on=happened_on or now.astimezone(zone).date(),
        happened_at=None if happened_on else now,
        recorded_at=now,
        kind=Happening(kind).value,
        title=title,
        detail=detail or None,
        significant=significant,
        source=source,
        record=name,
        record_id=record_id,
        corrects_id=corrects_id,
        by=by,
    )
    session.add(entry)
    return entry


def audit(
    call: Call,
    action: Act | str,
    record: str,
    record_id: str | None,
    fields: Collection[str] = (),
    reason: str | None = None,
    *,
    actor: str | None = None,
) -> AuditEvent:
    """Note in the audit what a step did with a record. `fields` are names, never values.

    Raises ValueError for an action that is not registered.
    """
    return write_audit(
        call.session,
        actor or system_actor(call.plan.process),
        Act(action),
        record,
        record_id,
        call.now,
        fields=fields,
        case_id=call.instance.case_id,
        instance_id=call.instance.id,
        reason=reason,
    )


def write_audit(  # noqa: PLR0913  (the columns of a row, by name)
    session: Session,
    by: str,
    act: Act,
    record: str,
    record_id: str | None,
    now: datetime,
    *,
    fields: Collection[str] = (),
    case_id: str | None = None,
    instance_id: str | None = None,
    reason: str | None = None,
) -> AuditEvent:
    """Write down what somebody did with a record, also outside a step. `by` is a staff id or `system:...`;
    `fields` are names, never values.
    """
    event = AuditEvent(
        at=now,
        actor=by,
        action=act.value,
        record=record,
        record_id=record_id,
        fields=sorted(fields),
        case_id=case_id,
        instance_id=instance_id,
        reason=reason,
    )
    session.add(event)
    return event
