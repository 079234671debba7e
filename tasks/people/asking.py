"""Putting work in front of people: asking, telling, handing over what the engine could not do, and taking
work back.

`resolve` says who; `ask` makes a human task with the step's timers; `tell` lets somebody know at once;
`hand_over` gives a person what a step could not do, with the telephone numbers they need; `withdraw` takes
back everything a step run had asked for.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlmodel import Session

import notifications
from definitions.arguments import Recipient
from definitions.schema import NotAccepted, Otherwise
from models import (
    ContactKind,
    ContactPoint,
    HumanTask,
    Involvement,
    TaskKind,
    TaskPriority,
    TaskStatus,
    Timer,
    TimerPurpose,
    related,
)
from tasks.call import Call
from tasks.encoding import encode
from tasks.history import Happening, chronicle
from tasks.people.appointments import cancel_standing
from tasks.people.holders import Chosen, belongs, case_of, client_of, members, resolve
from tasks.people.human_tasks import SYSTEM, end, handover_of, is_open, note, open_timers, tasks_of
from tasks.people.notices import send_notice
from tasks.people.task_timers import climb

SENT_BACK = "#sent_back"
"""The key under which a step that is done anew has among its inputs why the work was sent back."""

REDONE = "#redone"
"""The key under which a step run that was sent back says so: what it had waited for has to come again. What a
correction does anew keeps what has come.
"""

__all__ = [
    "REDONE",
    "SENT_BACK",
    "Chosen",
    "ask",
    "belongs",
    "case_of",
    "client_of",
    "hand_over",
    "handover_of",
    "members",
    "resolve",
    "tell",
    "watch_silence",
    "withdraw",
]


def ask(  # noqa: PLR0913  (what a task is, by name)
    call: Call,
    *,
    to: Recipient,
    kind: TaskKind,
    title: str,
    description: str = "",
    form: Sequence[Mapping[str, object]] = (),
    details: Mapping[str, object] | None = None,
    priority: TaskPriority | None = None,
    excluded: Collection[str] = (),
) -> HumanTask:
    """A new human task for whoever `to` means now. `form` is made by `tasks.people.forms`; `details` are
    shown beside it.

    The caller decides whether the step's timers go with it (`tasks.people.task_timers.follow`). `excluded`
    staff neither get it nor may take it (four eyes). A step with `priority: critical` asks with priority
    `stat`.
    """
    chosen = resolve(call, to, excluded=excluded)
    usual = TaskPriority.STAT if call.step.critical else TaskPriority.ROUTINE
    task = HumanTask(
        id=call.new_id(),
        kind=kind,
        title=title,
        description=_with_reason(call, description),
        case_id=call.instance.case_id,
        instance_id=call.instance.id,
        step_run_id=call.run.id,
        step=call.step.id,
        iteration=call.run.iteration,
        assignee_id=chosen.staff_id,
        candidate_group=chosen.group,
        owner_id=_owner(call),
        priority=priority or usual,
        created_at=call.now,
        form=[dict(item) for item in form],
        details={**encode(dict(details or {})), "asked_as": chosen.role, "zone": call.calendar.zone},
        excluded_ids=sorted(excluded),
    )
    call.session.add(task)
    note(
        call.session,
        task,
        "created",
        call.now,
        changed=("holder", None, chosen.mark),
        comment=chosen.note or None,
    )
    return task


def _with_reason(call: Call, description: str) -> str:
    """What the task is about, after why the work was sent back, where it was."""
    reason = call.run.inputs.get(SENT_BACK)
    return description if reason is None else "\n\n".join(filter(None, [f"Sent back: {reason}", description]))


def tell(
    call: Call,
    recipient: Recipient,
    title: str,
    description: str = "",
    details: Mapping[str, object] | None = None,
) -> HumanTask:
    """Let somebody of the staff know at once: a notice in their inbox and a message. Once per step run and
    title.
    """
    for known in tasks_of(call.session, call.run.id, TaskKind.NOTICE):
        if known.title == title:
            return known
    task = ask(
        call, to=recipient, kind=TaskKind.NOTICE, title=title, description=description, details=details
    )
    send_notice(call, task, "told")
    return task


def hand_over(
    call: Call, otherwise: Otherwise, reason: str, *, details: Mapping[str, object] | None = None
) -> HumanTask:
    """Give a person what the step could not do; while one handover of the step run is open there is no
    second.

    `reason` says in plain words why. The task carries the telephone numbers known, safe or not, each with
    what must be minded. For a critical step it climbs the step's ladder, else the duty manager's rota,
    until somebody accepts.
    """
    known = handover_of(call.session, call.run.id)
    if known is not None and is_open(known):
        return known
    title = (
        call.text(otherwise.title) if otherwise.title is not None else f"{call.step.title}: do it another way"
    )
    task = ask(
        call,
        to=otherwise.assign,
        kind=TaskKind.HANDOVER,
        title=title,
        description=reason,
        details={"reason": reason, "numbers": _numbers(call), **(details or {})},
        priority=TaskPriority.STAT if call.step.critical else TaskPriority.URGENT,
    )
    if call.step.critical:
        climb(call, task, _ladder(call), again=True)
    chronicle(call, Happening.HANDED_OVER, title, reason, record=("HumanTask", task.id))
    send_notice(call, task, "handed_over")
    return task


def watch_silence(call: Call) -> None:
    """Start the clock of `otherwise: {after: ...}`: when it runs out and the step still waits, a person
    takes over.
    """
    otherwise, key = call.step.otherwise, f"{call.run.id}:silence"
    if otherwise is None or otherwise.after is None:
        return
    if any(timer.key == key for timer in related(call.session, Timer, step_run_id=call.run.id)):
        return
    due = call.moment(otherwise.after)
    call.session.add(
        Timer(
            id=call.new_id(),
            instance_id=call.instance.id,
            step_run_id=call.run.id,
            purpose=TimerPurpose.SILENCE,
            key=key,
            due_at=due.moment_utc,
            wall=due.wall,
            created_at=call.now,
        )
    )


def withdraw(session: Session, step_run_id: str, reason: str, now: datetime) -> None:
    """Take back what a step run asked for and has not got: open human tasks, timers, messages that have not
    gone out.

    What was done stays: ended tasks, answers, sent messages.
    """
    for task in filter(is_open, tasks_of(session, step_run_id)):
        cancel_standing(session, task, reason, now)
        end(session, task, TaskStatus.CANCELLED, now, by=SYSTEM, reason=reason)
    for timer in open_timers(session, step_run_id):
        timer.withdrawn_at = now
        session.add(timer)
    notifications.withdraw(session, step_run_id, reason, now)


def _owner(call: Call) -> str | None:
    case = case_of(call)
    return None if case is None else case.supervisor_id


def _ladder(call: Call) -> Sequence[NotAccepted]:
    rota = call.plan.vocabulary.rotas.get("duty_manager")
    return call.step.not_accepted or (rota.not_accepted if rota else ())


def _numbers(call: Call) -> list[dict[str, object]]:
    """The telephone numbers around the client that still work, with what must be minded before dialling."""
    client = client_of(call)
    if client is None:
        return []
    found = [
        point
        for point in related(call.session, ContactPoint, client_id=client.id)
        if point.kind is ContactKind.PHONE and point.set_aside_at is None and point.erroneous_at is None
    ]
    found.sort(key=lambda point: (not point.preferred, point.id))
    return [_number(call.session, point) for point in found]


def _number(session: Session, point: ContactPoint) -> dict[str, object]:
    other = None if point.involvement_id is None else session.get(Involvement, point.involvement_id)
    return {
        "number": point.value,
        "whose": "client" if other is None else other.role.value,
        "safe": point.safe.value,
        "safe_times": point.safe_times,
        "may_leave_message": point.may_leave_message,
        "may_identify_organisation": point.may_identify_organisation,
        "who_shares_device": point.who_shares_device,
        "code_word": point.code_word,
        "opted_out": point.opted_out_at is not None,
        "alleged_perpetrator": other is not None and other.alleged_perpetrator,
    }
