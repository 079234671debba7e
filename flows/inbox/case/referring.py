"""What a service says of a referral, as somebody of the staff hears it. Each command is one transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from flows.inbox.case.desk import case_for, several_lines
from flows.inbox.commands import command
from flows.inbox.desk import OPERATOR, ChangedError, InboxError, may_work
from flows.waking.wakes import wake_watchers
from models import HumanTask, Referral, ReferralResult, ReferralStatus, Store, TaskStatus, new_id
from tasks.people.human_tasks import end
from tasks.referrals.chasing import heard, to_ask, wait_for_answer
from tasks.referrals.referral_status import ReferralError, audit_change, change_state


class ReferralAnswerError(InboxError):
    """A referral can't take this answer. The message names the rule and what to do."""


@dataclass(frozen=True, slots=True)
class ServiceAnswer:
    """What a service says. `requested`: it has not decided yet, and wants to by the end of `respond_by`. What
    is None was not said; what was known before stays.
    """

    status: ReferralStatus
    reason: str | None = None
    respond_by: date | None = None
    appointment_at: datetime | None = None
    result: ReferralResult | None = None
    result_on: date | None = None
    result_note: str | None = None


@command
def record_answer(
    store: Store,
    referral_id: str,
    said: ServiceAnswer,
    *,
    by: str | None,
    now: datetime,
    zone: ZoneInfo,
    revision: int | None = None,
) -> Referral:
    """Record what the service says; whoever was to ask it has done so with that. The same again changes
    nothing. ChangedError where the referral is not as it was at `revision` any more.
    """
    reason = several_lines("the reason", said.reason, 2_000) or None
    note = several_lines("what came of it", said.result_note, 2_000) or None
    _check(said, now.astimezone(zone).date())
    with store.write("wake") as session:
        referral = _find(session, referral_id, by)
        if revision is not None and referral.revision != revision:
            raise ChangedError("the referral has changed since you read it; read it again")
        before = _state(referral)
        _asked(session, referral, by, now)
        try:
            _take(session, referral, said, reason, by or OPERATOR, now, zone)
        except ReferralError as error:
            raise ReferralAnswerError(str(error)) from None
        _came_of_it(session, referral, said, note, by or OPERATOR, now, zone)
        if _state(referral) != before:
            wake_watchers(session, referral.case_id, f"referral:{new_id()}", now)
        return referral


def hear(
    session: Session, task: HumanTask, answers: dict[str, object], by: str | None, now: datetime
) -> None:
    """What somebody heard whose task was to ask after a referral, in the transaction that completes it."""
    referral = heard(session, task, answers, by=by, now=now)
    if referral is not None:
        wake_watchers(session, referral.case_id, f"referral:{new_id()}", now)


def _check(said: ServiceAnswer, today: date) -> None:
    if said.status is ReferralStatus.REQUESTED:
        if said.respond_by is None:
            raise ReferralAnswerError(
                "give the day by which the service wants to decide; it is asked again then"
            )
        if said.respond_by < today:
            raise ReferralAnswerError(
                "the day by which the service wants to decide has passed; give a later one"
            )
        if said.result is not None or said.appointment_at is not None:
            raise ReferralAnswerError("a service that has not decided yet has no appointment and no result")
    elif said.respond_by is not None:
        raise ReferralAnswerError("the service has answered; leave out by when it wants to decide")
    if said.result is None and (said.result_on is not None or said.result_note):
        raise ReferralAnswerError("say what came of it: enrolled, not enrolled, or a waiting list")
    if said.result_on is not None and said.result_on > today:
        raise ReferralAnswerError("the day lies in the future; a result is what has come of it")


def _find(session: Session, referral_id: str, by: str | None) -> Referral:
    """The referral, locked after its case, as commands about what belongs to a case do."""
    known = session.get(Referral, referral_id)
    if known is None:
        raise ReferralAnswerError(f"there is no referral {referral_id}")
    case_for(session, known.case_id, by)
    query = select(Referral).where(Referral.id == referral_id).with_for_update(key_share=True)
    return session.exec(query.execution_options(populate_existing=True)).one()


def _asked(session: Session, referral: Referral, by: str | None, now: datetime) -> None:
    """Whoever was to ask the service, and may say so, has done it."""
    if referral.step_run_id is None or referral.status is not ReferralStatus.REQUESTED:
        return
    for task in to_ask(session, referral.step_run_id):
        if may_work(session, task, by) and by not in task.excluded_ids:
            task.assignee_id = task.assignee_id or by
            end(session, task, TaskStatus.COMPLETED, now, by=by)


def _take(
    session: Session,
    referral: Referral,
    said: ServiceAnswer,
    reason: str | None,
    by: str,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    if said.status is not ReferralStatus.REQUESTED:
        change_state(session, referral, said.status, now=now, by=by, zone=zone, reason=reason)
    elif referral.status is ReferralStatus.REQUESTED:
        wait_for_answer(session, referral, said.respond_by, now=now, by=by, zone=zone)
    else:
        raise ReferralError("the service has answered already; say what it says now")


def _came_of_it(
    session: Session,
    referral: Referral,
    said: ServiceAnswer,
    note: str | None,
    by: str,
    now: datetime,
    zone: ZoneInfo,
) -> None:
    on = said.result_on
    if on is None and said.result is not None and said.result is not referral.result:
        on = now.astimezone(zone).date()
    told = {
        "appointment_at": said.appointment_at,
        "result": said.result,
        "result_on": on,
        "result_note": note,
    }
    changed = {
        name: value for name, value in told.items() if value is not None and getattr(referral, name) != value
    }
    for name, value in changed.items():
        setattr(referral, name, value)
    if not changed:
        return
    session.add(referral)
    audit_change(session, referral, changed, now=now, by=by)


def _state(referral: Referral) -> tuple[object, ...]:
    told = (referral.status, referral.status_reason, referral.respond_by)
    return (*told, referral.appointment_at, referral.result, referral.result_on, referral.result_note)
