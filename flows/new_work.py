"""Telling people of new work who want to hear of it outside the application: a notice with a link, and
nothing about whom it is.

What is new is read from the history of the tasks, from where the last look ended; each task is told once to a
person. What is urgent goes at once unless somebody wants nothing at all, the rest waits for the end of the
quiet hours, or for the summary of the morning.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

import notifications
from definitions.time.local_time import to_moment
from flows.runtime import Runtime
from models import (
    TASK_ENDED,
    Case,
    Channel,
    HumanTask,
    Message,
    MessagePriority,
    NoticeWish,
    Staff,
    TaskEvent,
    TaskPriority,
    Wanted,
    WorkLook,
    first_id,
)
from notifications import Addressee, Draft, Policy
from notifications.hours import quiet_until
from tasks.people.holders import knowing, members

EVENTS: Final = ("created", "reassigned", "offered", "delegated", "handed_back")
"""What brings somebody a task that they did not have."""

LOOK: Final = "new_work"
TEMPLATE: Final = "new_work"
OVERLAP: Final = timedelta(minutes=2)
"""How far a look reaches back behind the last one: a transaction may end later than one that began after
it.
"""

FARTHEST: Final = timedelta(hours=24)
"""What is older is not new any more."""

SUMMARY_WITHIN: Final = timedelta(hours=4)
"""How long after the quiet hours a summary still is one of the morning."""


@dataclass(frozen=True, slots=True)
class _News:
    """A task that somebody has got, and who gave it to them."""

    task: HumanTask
    by: frozenset[str]


def tell_new_work(runtime: Runtime) -> int:
    """Queue the notices that are due; how many. It may be broken off and done again: each has a key."""
    now = runtime.clock()
    with runtime.store.read() as session:
        wishes = _wishes(session)
        if not wishes:
            return 0
        since = _since(session, now)
        drafts = [*_of_tasks(session, runtime, wishes, since), *_summaries(session, runtime, wishes)]
    if not drafts and now - since < 2 * OVERLAP:
        return 0
    with runtime.store.write() as session:
        for draft in drafts:
            notifications.queue(session, draft, now, runtime.new_id)
        _looked(session, runtime, now)
    return len(drafts)


def _wishes(session: Session) -> dict[str, tuple[NoticeWish, Staff]]:
    query = (
        select(NoticeWish, Staff)
        .join(Staff, col(Staff.id) == col(NoticeWish.staff_id))
        .where(NoticeWish.wanted != Wanted.NONE, col(Staff.active))
    )
    return {staff.id: (wish, staff) for wish, staff in session.exec(query)}


def _since(session: Session, now: datetime) -> datetime:
    look = session.exec(select(WorkLook).where(WorkLook.name == LOOK)).first()
    return now - FARTHEST if look is None else max(look.until - OVERLAP, now - FARTHEST)


def _looked(session: Session, runtime: Runtime, now: datetime) -> None:
    query = select(WorkLook).where(WorkLook.name == LOOK).with_for_update()
    look = session.exec(query).first() or WorkLook(id=runtime.new_id(), name=LOOK, until=now)
    look.until = now
    session.add(look)


# -- one notice for each task


def _of_tasks(
    session: Session, runtime: Runtime, wishes: Mapping[str, tuple[NoticeWish, Staff]], since: datetime
) -> Iterator[Draft]:
    for news in _news(session, since):
        for staff_id in _holders(session, news.task, runtime.clock()):
            wish, staff = wishes.get(staff_id, (None, None))
            if wish is None or staff is None or staff_id in news.by:
                continue
            urgent = news.task.priority is not TaskPriority.ROUTINE
            if not urgent and wish.wanted is not Wanted.AT_ONCE:
                continue
            if wish.changed_at > _newest(session, news.task) or _told(session, news.task, staff_id):
                continue
            yield _notice(runtime, news.task, wish, staff, urgent=urgent)


def _news(session: Session, since: datetime) -> list[_News]:
    """The open tasks that nobody has accepted yet and that somebody got since then."""
    query = (
        select(HumanTask, TaskEvent.actor_id)
        .join(TaskEvent, col(TaskEvent.task_id) == col(HumanTask.id))
        .where(
            TaskEvent.id >= first_id(since - OVERLAP),  # ids rise with time: their index finds what is new
            TaskEvent.at > since,
            col(TaskEvent.action).in_(EVENTS),
            col(HumanTask.status).not_in(TASK_ENDED),
            col(HumanTask.accepted_at).is_(None),
        )
        .order_by(col(TaskEvent.id))
    )
    found: dict[str, tuple[HumanTask, set[str]]] = {}
    for task, actor in session.exec(query):
        found.setdefault(task.id, (task, set()))[1].add(actor)
    return [_News(task, frozenset(actors)) for task, actors in found.values()]


def _newest(session: Session, task: HumanTask) -> datetime:
    query = select(func.max(TaskEvent.at)).where(
        TaskEvent.task_id == task.id, col(TaskEvent.action).in_(EVENTS)
    )
    found: datetime = session.exec(query).one() or task.created_at
    return found


def _holders(session: Session, task: HumanTask, now: datetime) -> Sequence[str]:
    """Whoever has the task, or those of its group who are here and don't know the client."""
    if task.assignee_id is not None:
        return (task.assignee_id,)
    if task.candidate_group is None:
        return ()
    case = None if task.case_id is None else session.get(Case, task.case_id)
    kept = {*task.excluded_ids, *(knowing(session, case.client_id) if case is not None else ())}
    here = (each for each in members(session, task.candidate_group) if each.is_available(now))
    return [each.id for each in here if each.id not in kept]


def _told(session: Session, task: HumanTask, staff_id: str) -> bool:
    """Whether this person had a message about the task already, of this or of another kind."""
    query = select(Message.id).where(
        col(Message.dedupe_key) >= f"{task.id}:", col(Message.dedupe_key) < f"{task.id};"
    )
    return session.exec(query.where(Message.staff_id == staff_id)).first() is not None


def _notice(runtime: Runtime, task: HumanTask, wish: NoticeWish, staff: Staff, *, urgent: bool) -> Draft:
    words = "You have a new urgent task" if urgent else "You have a new task"
    link = f"{runtime.address}/tasks/{task.id}" if runtime.address else ""
    critical = task.priority is TaskPriority.STAT
    return _draft(
        wish,
        staff,
        key=f"{task.id}:work:{staff.id}",
        subject=words,
        body=f"{words}: {link}" if link else f"{words} in Casewright.",
        priority=MessagePriority.CRITICAL if critical else MessagePriority.ORDINARY,
        not_before=None if urgent else _quiet_until(runtime),
    )


# -- the summary of the morning


def _summaries(
    session: Session, runtime: Runtime, wishes: Mapping[str, tuple[NoticeWish, Staff]]
) -> Iterator[Draft]:
    now, calendar = runtime.clock(), runtime.catalogue.vocabulary.calendar()
    today = now.astimezone(ZoneInfo(calendar.zone)).date()
    begins = to_moment(today, time.fromisoformat(Policy().quiet_end), calendar.zone)
    if not begins <= now < begins + SUMMARY_WITHIN or not calendar.is_working_day(today):
        return
    for wish, staff in wishes.values():
        key = f"work:morning:{today.isoformat()}:{staff.id}"
        if wish.wanted is not Wanted.MORNING or not staff.is_available(now) or _queued(session, key):
            continue
        new, late = _waiting(session, staff.id, now)
        if not new:
            continue
        tasks = "1 task" if new == 1 else f"{new} tasks"
        words = f"You have {tasks} that you have not begun" + (f", {late} overdue" if late else "")
        body = f"{words}: {runtime.address}/" if runtime.address else f"{words}."
        yield _draft(wish, staff, key=key, subject="Your tasks this morning", body=body)


def _waiting(session: Session, staff_id: str, now: datetime) -> tuple[int, int]:
    """How many tasks somebody has not accepted yet, and how many of them are overdue."""
    query = select(HumanTask.due_at).where(
        HumanTask.assignee_id == staff_id,
        col(HumanTask.status).not_in(TASK_ENDED),
        col(HumanTask.accepted_at).is_(None),
    )
    dues = list(session.exec(query))
    return len(dues), sum(due is not None and due < now for due in dues)


def _queued(session: Session, key: str) -> bool:
    return session.exec(select(Message.id).where(Message.dedupe_key == key)).first() is not None


# -- a message


def _quiet_until(runtime: Runtime) -> datetime | None:
    policy, zone = Policy(), runtime.catalogue.vocabulary.calendar().zone
    return quiet_until(runtime.clock(), zone, policy.quiet_start, policy.quiet_end)


def _draft(
    wish: NoticeWish,
    staff: Staff,
    *,
    key: str,
    subject: str,
    body: str,
    priority: MessagePriority = MessagePriority.ORDINARY,
    not_before: datetime | None = None,
) -> Draft:
    by_sms = wish.channel is Channel.SMS and staff.phone is not None
    return Draft(
        channel=Channel.SMS if by_sms else Channel.EMAIL,
        to=Addressee(
            role="staff",
            address=str(staff.phone) if by_sms else staff.email,
            language=staff.language,
            staff_id=staff.id,
        ),
        template=TEMPLATE,
        language="en",
        subject="" if by_sms else subject,
        body=body,
        key=key,
        priority=priority,
        not_before=not_before,
    )
