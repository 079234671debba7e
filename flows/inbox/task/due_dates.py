"""The command that moves the due date of a human task, with the reminders and the escalation that count from
it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, select

from definitions.plan import Plan, PlanStep
from definitions.time.calendars import Due, WorkingCalendar
from flows.inbox.case.desk import several_lines, wanted
from flows.inbox.commands import command
from flows.inbox.desk import InboxError, find_open, tell_case
from flows.versions import PlanOf
from models import DefinitionVersion, HumanTask, Instance, Store, TaskEvent, Timer, TimerPurpose
from tasks.history import Happening
from tasks.people.human_tasks import note, open_timers
from tasks.people.task_timers import recipient_text

LATEST: Final = timedelta(days=2 * 365)
"""How far ahead a due date may be moved: what lies further is a slip of the pen."""

MOVED: Final = "due_moved"
"""What the history of a task calls it."""


@dataclass(frozen=True, slots=True)
class _Hanging:
    """Something that happens some time before or after the due date."""

    purpose: TimerPurpose
    name: str
    due: Due
    detail: Mapping[str, object]


@command
def move_due(
    store: Store,
    plan_of: PlanOf,
    task_id: str,
    due_at: datetime,
    *,
    by: str | None,
    now: datetime,
    reason: str,
    usual: WorkingCalendar,
) -> HumanTask:
    """Give an open task another due date, for a reason that stays in its history. Reminders and escalation
    are counted anew from it, also those that have been; who has to accept it goes on being asked. `usual` is
    the calendar of what belongs to no process. The same moment again changes nothing.
    """
    why = wanted("the reason", several_lines("the reason", reason, 2_000), "say why the date is moved")
    if not now < due_at <= now + LATEST:
        raise InboxError("the new due date lies in the past, or more than two years ahead; give another")
    with store.write("wake") as session:
        task = find_open(session, task_id, by)
        if task.due_at == due_at:
            return task
        plan = _plan(session, plan_of, task)
        calendar = usual if plan is None else plan.vocabulary.calendar(plan.calendar)
        due = calendar.at(due_at)
        followed = _withdraw(session, task, now)
        note(session, task, MOVED, now, by=by, changed=("due_at", task.due_wall, due.wall), comment=why)
        task.due_at, task.due_wall = due.moment_utc, due.wall
        session.add(task)
        session.flush()
        turn = _turns(session, task)
        step = plan.by_id.get(task.step or "") if plan is not None and followed else None
        for each in _hanging(calendar, step, due, now) if plan is not None else ():
            session.add(_timer(task, each, turn, now))
        what = f"Due date moved: {task.title}"
        tell_case(session, task, Happening.RECORD_CHANGED, what, now, by, f"Now {due.wall}. {why}")
        return task


def _plan(session: Session, plan_of: PlanOf, task: HumanTask) -> Plan | None:
    if task.instance_id is None:
        return None
    instance = session.get_one(Instance, task.instance_id)
    return plan_of(session.get_one(DefinitionVersion, instance.version_id))


def _withdraw(session: Session, task: HumanTask, now: datetime) -> bool:
    """What hangs on the old due date does not happen any more; the booking of an appointment has its own.
    Says whether the task is the one whose due date the step has set, rather than another about the same step.
    """
    if task.step_run_id is None:
        return False
    for timer in open_timers(session, task.step_run_id):
        of_due = timer.purpose in (TimerPurpose.REMIND, TimerPurpose.ESCALATE) or (
            timer.purpose is TimerPurpose.DUE and timer.detail.get("what") == "due"
        )
        if of_due and timer.key.startswith(f"{task.id}:"):
            timer.withdrawn_at = now
            session.add(timer)
    return session.exec(select(Timer.id).where(Timer.key == f"{task.id}:due")).first() is not None


def _turns(session: Session, task: HumanTask) -> int:
    """How often the due date was moved, this time included."""
    moved = select(TaskEvent.id).where(TaskEvent.task_id == task.id, TaskEvent.action == MOVED)
    return len(session.exec(moved).all())


def _hanging(calendar: WorkingCalendar, step: PlanStep | None, due: Due, now: datetime) -> Iterator[_Hanging]:
    yield _Hanging(TimerPurpose.DUE, "due", due, {"what": "due"})
    if step is None:
        return
    for index, clock in enumerate(step.remind):
        if clock.parsed.origin.kind == "due":
            moment = calendar.due(clock.parsed, due.moment_utc)
            if moment.moment_utc > now:
                yield _Hanging(TimerPurpose.REMIND, f"remind:{index}", moment, {})
    for index, rung in enumerate(step.escalate):
        passed = calendar.add(due.moment_utc, rung.overdue.parsed.amount, rung.overdue.parsed.unit)
        told = {"to": recipient_text(rung.to)}
        yield _Hanging(TimerPurpose.ESCALATE, f"escalate:{index}", passed, told)


def _timer(task: HumanTask, hanging: _Hanging, turn: int, now: datetime) -> Timer:
    return Timer(
        instance_id=task.instance_id,
        step_run_id=task.step_run_id,
        purpose=hanging.purpose,
        key=f"{task.id}:{hanging.name}:{turn}",
        due_at=hanging.due.moment_utc,
        wall=hanging.due.wall,
        detail={"task": task.id, **hanging.detail},
        created_at=now,
    )
