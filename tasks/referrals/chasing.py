"""Asking after a referral that its service has not answered: when, who, and what they hear.

Whoever asks gets a form; what they hear is what the referral says from then on. While the service has not
decided, somebody asks again, so that no referral is forgotten.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from definitions.arguments import Recipient
from models import (
    HumanTask,
    Referral,
    ReferralStatus,
    Service,
    TaskKind,
    TaskStatus,
    Timer,
    TimerPurpose,
)
from tasks.call import Call
from tasks.people.asking import ask
from tasks.people.forms import choice_item, date_item, moment_item, text_item
from tasks.people.human_tasks import end, is_open, open_timers, tasks_of
from tasks.people.notices import send_notice
from tasks.people.task_timers import recipient_text
from tasks.referrals.referral_status import NEEDS_REASON, audit_change, change_state
from tasks.timers import on_timer

ANSWER, REASON, APPOINTMENT, ASK_AGAIN = "answer", "reason", "appointment", "ask_again"
NOT_YET: Final = "not_yet"
NO_REASON: Final = "no reason is known"

ANSWERS: Final[Mapping[str, str]] = {
    ReferralStatus.ACCEPTED.value: "It takes the referral on",
    ReferralStatus.IN_PROGRESS.value: "It has begun already",
    ReferralStatus.REJECTED.value: "It declines",
    ReferralStatus.FAILED.value: "It can't: it is closed, or nobody can be reached",
    NOT_YET: "It has not decided yet",
}
"""What a service may say to somebody who asks."""

SOONEST, LATEST = timedelta(days=1), timedelta(days=30)
"""When somebody asks again who was given no day."""

EVENING: Final = time(17)
"""When a day is over that the service has named; somebody asks again then."""

CORRECTED: Final = "corrected"
"""In the details of a task that is not about an answer: what the referral rests on was corrected."""


def chase_later(call: Call, to: Recipient, referral: Referral, service: Service) -> None:
    """Have somebody ask after the referral when `respond_by` has passed."""
    if referral.status is not ReferralStatus.REQUESTED or referral.respond_by is None:
        return
    due = call.calendar.at(referral.respond_by)
    detail = {"referral": referral.id, "to": recipient_text(to), "title": _title(service)}
    call.session.add(
        Timer(
            id=call.new_id(),
            instance_id=call.instance.id,
            step_run_id=call.run.id,
            purpose=TimerPurpose.CHASE,
            key=f"{call.run.id}:chase",
            due_at=due.moment_utc,
            wall=due.wall,
            detail=detail,
            created_at=call.now,
        )
    )


@on_timer(TimerPurpose.CHASE)
def chase(call: Call, timer: Timer) -> None:
    """Have somebody ask after a referral that was not answered in time. `detail`: `referral`, `to`,
    `title`.
    """
    referral = call.session.get(Referral, timer.detail["referral"])
    if referral is None or referral.status is not ReferralStatus.REQUESTED:
        return
    if any(is_open(task) for task in tasks_of(call.session, call.run.id, TaskKind.CHASE)):
        return
    task = ask(
        call,
        to=Recipient.read(timer.detail["to"]),
        kind=TaskKind.CHASE,
        title=timer.detail["title"],
        form=chase_form(call),
        details={"referral": referral.id},
    )
    send_notice(call, task, "told")


def chase_form(call: Call) -> list[dict[str, Any]]:
    """What somebody is asked who asks after a referral."""
    refused = f"{ANSWER} is {ReferralStatus.REJECTED} or {ANSWER} is {ReferralStatus.FAILED}"
    taken = f"{ANSWER} is {ReferralStatus.ACCEPTED} or {ANSWER} is {ReferralStatus.IN_PROGRESS}"
    return [
        choice_item(call, ANSWER, "What does the service say?", ANSWERS),
        text_item(call, REASON, "Why?", only_if=refused),
        moment_item(call, APPOINTMENT, "Is there an appointment there?", only_if=taken),
        date_item(call, ASK_AGAIN, "By when does it want to decide?", only_if=f"{ANSWER} is {NOT_YET}"),
    ]


def heard(
    session: Session, task: HumanTask, answers: Mapping[str, Any], *, by: str | None, now: datetime
) -> Referral | None:
    """Write down what was heard by somebody whose task was to ask after a referral; returns the referral,
    None where the service had answered before.
    """
    referral = _locked(session, str(task.details.get("referral")))
    if referral is None or referral.status is not ReferralStatus.REQUESTED:
        return None
    zone, actor = ZoneInfo(str(task.details.get("zone", "UTC"))), by or "system:operator"
    said, reason, appointment, until = (
        _known(answers, each) for each in (ANSWER, REASON, APPOINTMENT, ASK_AGAIN)
    )
    if said is None or said == NOT_YET:
        day = None if until is None else date.fromisoformat(until)
        wait_for_answer(session, referral, day, now=now, by=actor, zone=zone)
        return referral
    status, why = ReferralStatus(said), reason or NO_REASON
    change_state(
        session,
        referral,
        status,
        now=now,
        by=actor,
        zone=zone,
        reason=why if status in NEEDS_REASON else None,
    )
    if appointment is not None:
        referral.appointment_at = datetime.fromisoformat(appointment).astimezone(UTC)
    return referral


def _known(answers: Mapping[str, Any], name: str) -> str | None:
    """The answer, None where none was given or nobody knows."""
    value = answers.get(name)
    return value if isinstance(value, str) else None


def wait_for_answer(
    session: Session, referral: Referral, until: date | None, *, now: datetime, by: str, zone: ZoneInfo
) -> None:
    """Have somebody ask again: when the day is over by which the service wants to answer; without a day after
    as long as it had the first time. What was to be asked before is settled with it. The same day again
    changes nothing while it is ahead.
    """
    run = referral.step_run_id
    ahead = [] if run is None else [each for each in open_timers(session, run) if _chases(each)]
    if until is not None:
        moment = datetime.combine(until, EVENING, zone).astimezone(UTC)
        if moment == referral.respond_by and ahead:
            return
        _move(session, referral, moment, by, now)
    if run is None:
        return
    for timer in ahead:
        timer.withdrawn_at = now
        session.add(timer)
    for task in to_ask(session, run):
        end(session, task, TaskStatus.CANCELLED, now, reason="The service has not decided yet")
    _ask_again(session, referral, now, zone)


def to_ask(session: Session, step_run_id: str) -> list[HumanTask]:
    """The open tasks of a step run to ask the service."""
    tasks = tasks_of(session, step_run_id, TaskKind.CHASE)
    return [each for each in tasks if is_open(each) and not each.details.get(CORRECTED)]


def _chases(timer: Timer) -> bool:
    return timer.purpose is TimerPurpose.CHASE


def _move(session: Session, referral: Referral, moment: datetime, by: str, now: datetime) -> None:
    referral.respond_by = moment
    session.add(referral)
    audit_change(session, referral, ("respond_by",), now=now, by=by)


def _ask_again(session: Session, referral: Referral, now: datetime, zone: ZoneInfo) -> None:
    query = select(Timer).where(
        Timer.step_run_id == referral.step_run_id, Timer.purpose == TimerPurpose.CHASE
    )
    asked = session.exec(query.order_by(col(Timer.id))).all()
    due = _next(referral, now)
    session.add(
        Timer(
            instance_id=referral.instance_id,
            step_run_id=referral.step_run_id,
            purpose=TimerPurpose.CHASE,
            key=f"{referral.step_run_id}:chase:{len(asked) + 1}",
            due_at=due,
            wall=f"{due.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}",
            detail=asked[-1].detail if asked else _as_usual(session, referral),
            created_at=now,
        )
    )


def _next(referral: Referral, now: datetime) -> datetime:
    """When somebody asks again."""
    if referral.respond_by is not None and referral.respond_by > now:
        return referral.respond_by
    had = SOONEST if referral.respond_by is None else referral.respond_by - referral.requested_at
    return now + min(max(had, SOONEST), LATEST)


def _as_usual(session: Session, referral: Referral) -> dict[str, str]:
    """Who asks after a referral of which nothing was said about that."""
    service = session.get_one(Service, referral.service_id)
    return {"referral": referral.id, "to": "caseworker", "title": _title(service)}


def _title(service: Service) -> str:
    return f"Ask {service.name} whether it takes the referral on"


def _locked(session: Session, ident: str) -> Referral | None:
    query = select(Referral).where(Referral.id == ident)
    return session.exec(query.with_for_update(key_share=True)).first()
