"""The open tasks that somebody may see, as SQL: whose they are, which of them were asked for, and in which
order they are done.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, false, literal_column, or_, text, union
from sqlmodel import col, select

from models import TASK_OPEN, Case, Client, HumanTask, Instance, Staff, TaskStatus, UtcDateTime
from web.access import scope
from web.access.actor import Actor
from web.access.links import delegated_by
from web.reading.clients import like, named
from web.reading.work.asked import Asked, DueIn, Whose

SOON: Final = timedelta(hours=24)
"""What is due within this time is about to be."""


def open_tasks(actor: Actor, whose: Whose, now: datetime) -> Select[Any]:
    """The open tasks of this choice that the actor may see."""
    wide = scope.sees_widely(actor)
    if whose is Whose.TEAM:  # the teams' are found first, and each of them is asked whether it may be seen
        opened = _OPEN_IN_WORDS if wide else _OPEN
        return scope.visible_tasks(actor, now, one=True).where(opened, _of_teams(actor))
    mine, queue = col(HumanTask.assignee_id).in_(_with(actor, now)), _queue(actor)
    wanted = {
        Whose.MINE: mine,
        Whose.QUEUE: queue,
        Whose.ALL: or_(mine, queue),
        Whose.DELEGATED: col(HumanTask.id).in_(delegated_by(actor.staff_id)),
    }[whose]
    # said inside, each tie finds its own by an index; outside, PostgreSQL goes through all that are open
    return scope.inbox(actor, now, among=and_(_OPEN_IN_WORDS if wide else _OPEN, wanted))


_OPEN: Final = col(HumanTask.status).in_(TASK_OPEN)
_OPEN_IN_WORDS: Final[Any] = text("human_tasks.status IN ('requested', 'accepted', 'in_progress', 'on_hold')")
"""The same in the words of the index of open tasks, so that the databases see that it serves."""


def _of_teams(actor: Actor) -> ColumnElement[bool]:
    """The condition that an open task is of a team that somebody leads, or one that they see to: each tie
    finds its own by an index; of somebody who leads most of them it is asked of each task.
    """
    if scope.sees_widely(actor):
        # the team as a value: of an EXISTS PostgreSQL would first gather all the cases that there are
        team = select(Case.team).where(col(Case.id) == col(HumanTask.case_id)).correlate(HumanTask)
        return or_(
            col(HumanTask.candidate_group).in_(actor.leads),
            team.scalar_subquery().in_(actor.leads),
            col(HumanTask.owner_id) == actor.staff_id,
        )
    opened = select(HumanTask.id).where(_OPEN)
    return col(HumanTask.id).in_(
        union(
            opened.where(col(HumanTask.candidate_group).in_(actor.leads)),
            opened.join(Case, col(Case.id) == col(HumanTask.case_id)).where(col(Case.team).in_(actor.leads)),
            opened.where(HumanTask.owner_id == actor.staff_id),
        )
    )


def _with(actor: Actor, now: datetime) -> CompoundSelect[Any]:
    """Somebody, and those who are away now and whom they cover for."""
    me = select(Staff.id).where(Staff.id == actor.staff_id)
    return union(me, select(Staff.id).where(covered(actor, now)))


def covered(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """The condition on a row of `staff`: away now, and covered by the actor. It ends by itself."""
    back = or_(col(Staff.absent_until).is_(None), col(Staff.absent_until) > now)
    return and_(col(Staff.cover_id) == actor.staff_id, col(Staff.absent_from) <= now, back)


def _queue(actor: Actor) -> ColumnElement[bool]:
    if not actor.teams:
        return false()
    return and_(col(HumanTask.candidate_group).in_(actor.teams), col(HumanTask.assignee_id).is_(None))


BEGUN: Final = (TaskStatus.IN_PROGRESS, TaskStatus.ON_HOLD)
"""The statuses of an open task that somebody has begun: its appointment is booked."""

UNTIL: Final[Any] = literal_column(
    "(CASE WHEN human_tasks.status IN ('in_progress', 'on_hold') THEN human_tasks.due_at"
    " ELSE coalesce(human_tasks.book_by, human_tasks.due_at) END)",
    UtcDateTime(),
)
"""By when something has to be done first. An appointment is booked before its task is due; once it is booked,
which begins the task, that date says nothing any more. In the words of the index of the order.
"""


def sought(actor: Actor, asked: Asked, now: datetime) -> Select[Any]:
    """The tasks that were asked for; what they are told by is joined to them only where it is asked for."""
    query = open_tasks(actor, asked.whose, now)
    if asked.search:
        query = query.outerjoin(Case, col(Case.id) == col(HumanTask.case_id))
        query = query.outerjoin(Client, col(Client.id) == col(Case.client_id))
    if asked.process:
        query = query.join(Instance, col(Instance.id) == col(HumanTask.instance_id))
    return query.where(*asked_for(asked, seen(actor, now), now))


def seen(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Whether the case of a task that one sees may be named."""
    return or_(col(Case.sealed).is_(False), scope.visible(actor, now))


def ordered(query: Select[Any]) -> Select[Any]:
    """The most urgent first."""
    return query.order_by(URGENT, UNTIL.is_(None), UNTIL, col(HumanTask.id))


URGENT: Final[Any] = literal_column("CASE WHEN human_tasks.priority = 'stat' THEN 0 ELSE 1 END")
"""What is to be done at once comes first; in the words of the index that has open tasks in this order."""


def asked_for(asked: Asked, seen: ColumnElement[bool], now: datetime) -> list[ColumnElement[bool]]:
    """The conditions on a task that it is one of those asked for. The query has the instance where a process
    is asked for; case and client, which `seen` says may be named, where words are.
    """
    found: list[ColumnElement[bool]] = []
    if asked.due is not None:
        found.append(_due(asked.due, now))
    if asked.status is not None:
        found.append(col(HumanTask.status) == asked.status)
    if asked.process:
        found.append(col(Instance.process) == asked.process)
    found += [_says(word, seen) for word in asked.search.split()]
    return found


def _due(due: DueIn, now: datetime) -> ColumnElement[bool]:
    limits = {DueIn.SOON: now + SOON, DueIn.WEEK: now + timedelta(days=7)}
    match due:
        case DueIn.OVERDUE:
            return now > UNTIL  # type: ignore[no-any-return]
        case DueIn.NO_DATE:
            return UNTIL.is_(None)  # type: ignore[no-any-return]
        case _:
            return and_(now <= UNTIL, limits[due] >= UNTIL)


def _says(word: str, seen: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a task is about this word: its title, and where its case may be seen, the number of that and
    the client's name.
    """
    about = like(word)
    return or_(
        col(HumanTask.title).ilike(about, escape="/"),
        and_(seen, or_(col(Case.number).ilike(about, escape="/"), named(about))),
    )
