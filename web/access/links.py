"""How somebody is tied to a case or a task, as conditions of SQL. Lists and single decisions are both made of
these, so that they can't disagree.

Where several ties are asked for together they are put together by UNION ALL and not by OR: then each finds
its rows by its index, on both databases.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    cast,
    exists,
    false,
    or_,
    text,
    union_all,
)
from sqlmodel import col, select

from models import (
    TASK_ENDED,
    BreakGlass,
    Case,
    CaseConfidant,
    Client,
    Conflict,
    Delegation,
    HumanTask,
    Staff,
)
from web.access.actor import Actor

Condition = ColumnElement[bool]


class Link(StrEnum):
    """A tie between somebody and a case."""

    OWN = "own"
    TASK = "task"
    TEAM = "team"
    LEADS = "leads"
    CONFIDANT = "confidant"
    OPENED = "opened"
    CONFLICT = "conflict"


def case_links(actor: Actor, now: datetime, *, one: bool = False) -> dict[Link, Condition]:
    """For each tie the condition on a row of `cases` that says whether the actor has it now.

    They say the same for `one` case, whose tasks are then looked through, and for many, where those of the
    actor are.
    """
    return {link: or_(*ways) for link, ways in case_ties(actor, now, one=one).items()}


def case_ties(actor: Actor, now: datetime, *, one: bool = False) -> dict[Link, tuple[Condition, ...]]:
    """The same as `case_links`, with the ways in which one comes to a tie: a case has it by one of them. Each
    finds its cases by an index, which two of them with OR between do not on PostgreSQL.
    """
    team = col(Case.team).in_(actor.teams) if actor.teams else false()
    return {
        Link.OWN: (col(Case.worker_id) == actor.staff_id, col(Case.supervisor_id) == actor.staff_id),
        Link.TASK: (_has_task(actor) if one else col(Case.id).in_(_cases_of_tasks(actor)),),
        Link.TEAM: (team,),
        Link.LEADS: _led(actor, team),
        Link.CONFIDANT: (
            col(Case.id).in_(select(CaseConfidant.case_id).where(CaseConfidant.staff_id == actor.staff_id)),
        ),
        Link.OPENED: (
            col(Case.id).in_(
                select(BreakGlass.case_id).where(
                    BreakGlass.staff_id == actor.staff_id, col(BreakGlass.expires_at) > now
                )
            ),
        ),
        Link.CONFLICT: (col(Case.client_id).in_(clients_known(actor)),),
    }


def task_tie(actor: Actor) -> Condition:
    """`task_link` for a task that is at hand: it looks at the row and at nothing else."""
    return or_(*_task_ties(actor))


def task_link(actor: Actor, among: Condition | None = None) -> Condition:
    """The condition on a row of `human_tasks` that says whether the task is, or was, for the actor: as
    holder; and while it is open also as its owner, one of its group, somebody who was told of it, who has
    delegated it, or who stands in for its holder. `among` is a condition that all of them have to fulfil.
    """
    ties = [select(HumanTask.id).where(tie) for tie in _task_ties(actor)]
    return col(HumanTask.id).in_(union_all(*(each if among is None else each.where(among) for each in ties)))


def queued(actor: Actor) -> Condition:
    """The condition on a row of `human_tasks` that it lies in, or came from, the queue of a team of the
    actor's and is open: the one tie of `task_tie` that most tasks of somebody of many teams have.
    """
    if not actor.teams:
        return false()
    return col(HumanTask.candidate_group).in_(actor.teams) & col(HumanTask.status).not_in(TASK_ENDED)


def _led(actor: Actor, team: Condition) -> tuple[Condition, ...]:
    """Cases of the people whose supervisor the actor is, and of the teams that they lead. Whoever leads the
    teams that they work in is tied by the very condition `team`, which lists then ask once.
    """
    if not actor.leads_people:
        return (false(),)
    supervised = col(Case.worker_id).in_(select(Staff.id).where(Staff.supervisor_id == actor.staff_id))
    if not actor.leads:
        return (supervised,)
    return supervised, team if actor.leads == actor.teams else col(Case.team).in_(actor.leads)


def _cases_of_tasks(actor: Actor) -> CompoundSelect[Any]:
    """The cases of the tasks that the actor is tied to; each tie finds its tasks by an index."""
    return union_all(*(_cases(tie) for tie in _task_ties(actor)))


def _has_task(actor: Actor) -> Condition:
    """Whether the actor is tied to one of the tasks of this case."""
    return exists().where(col(HumanTask.case_id) == col(Case.id), or_(*_task_ties(actor))).correlate(Case)


def _cases(tie: Condition) -> Select[Any]:
    return select(HumanTask.case_id).where(tie, col(HumanTask.case_id).is_not(None))


def _task_ties(actor: Actor) -> tuple[Condition, ...]:
    return _ties_of(actor.staff_id, actor.teams)


@lru_cache(maxsize=1024)  # a page of somebody of many teams asks for them seven times
def _ties_of(me: str, teams: frozenset[str]) -> tuple[Condition, ...]:
    still_open = col(HumanTask.status).not_in(TASK_ENDED)
    covered = select(Staff.id).where(or_(col(Staff.cover_id) == me, col(Staff.supervisor_id) == me))
    ties = (
        col(HumanTask.assignee_id) == me,
        (col(HumanTask.owner_id) == me) & still_open,
        col(HumanTask.assignee_id).in_(covered) & still_open,
        _told(me, teams) & still_open,
        col(HumanTask.id).in_(delegated_by(me)) & still_open,
    )
    if not teams:
        return ties
    # most of what somebody of many teams sees is found by this: the others are not looked at
    return col(HumanTask.candidate_group).in_(teams) & still_open, *ties


def delegated_by(staff_id: str) -> Select[Any]:
    """The tasks that somebody else does for this person."""
    return select(Delegation.task_id).where(
        Delegation.from_id == staff_id, col(Delegation.ended_at).is_(None)
    )


def _told(me: str, teams: frozenset[str]) -> Condition:
    """Whether somebody, or a group of theirs, was told on the way up a ladder: their mark is in the list.

    The first condition is that of a partial index, in its words.
    """
    marks = [me, *(f"group:{each}" for each in sorted(teams))]
    listed = cast(col(HumanTask.escalated_to), String)
    somebody: Condition = text("CAST(human_tasks.escalated_to AS VARCHAR) <> '[]'")  # type: ignore[assignment]
    return somebody & or_(*(listed.contains(f'"{mark}"', autoescape=True) for mark in marks))


def clients_known(actor: Actor) -> Select[Any]:
    """The ids of the clients whom the actor has said they know, and of the records merged with those."""
    return _known_by(actor.staff_id)


@lru_cache(
    maxsize=1024
)  # to put this together takes longer than to run it, and every list asks several times
def _known_by(staff_id: str) -> Select[Any]:
    known = (
        select(col(Conflict.client_id).label("id"))
        .where(Conflict.staff_id == staff_id, col(Conflict.ended_at).is_(None))
        .cte(recursive=True)
    )
    # compared with a text, because then both databases look at the few that were merged, by the index
    merged = col(Client.merged_into_id) > ""
    pairs = union_all(
        select(col(Client.id).label("one"), col(Client.merged_into_id).label("other")).where(merged),
        select(col(Client.merged_into_id).label("one"), col(Client.id).label("other")).where(merged),
    ).subquery()
    known = known.union(select(pairs.c.other).join(known, pairs.c.one == known.c.id))
    return select(known.c.id)
