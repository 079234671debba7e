"""What lists show, as SQL. Nothing else decides what is in a list: a page that filters rows in Python would
tell by their number what it hides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, false, not_, or_, union_all
from sqlmodel import col, select

from models import (
    CASE_OPEN,
    BreakGlass,
    Case,
    Client,
    Conflict,
    ContactStanding,
    FirstContact,
    HumanTask,
    Role,
    Staff,
    StaffGroup,
)
from web.access.actions import Action
from web.access.actor import Actor
from web.access.links import Link, case_links, case_ties, clients_known, queued, task_link, task_tie

Condition = ColumnElement[bool]

TIES = (Link.TEAM, Link.OWN, Link.LEADS, Link.TASK)
"""The ties of work, which show a case that is not sealed to those who work on cases; what takes longest to
look at comes last, and is not looked at where another holds.
"""

ANSWERS = (Link.TEAM, Link.OWN, Link.LEADS)
"""The ties by which supervisors and managers answer for a case that is not sealed."""

WIDE = 8
"""Somebody of more teams than this sees so much that each row is looked at as it comes; for others the few
that they see are looked up first.
"""


def visible(actor: Actor, now: datetime) -> Condition:
    """The condition on a row of `cases`: the actor may know that it exists, and read it."""
    return _visible(actor, now, one=sees_widely(actor))


def visible_row(actor: Actor, now: datetime) -> Condition:
    """The same as `visible`, for the few rows that something else has found: it looks at each of them and at
    nothing else.
    """
    return _visible(actor, now, one=True)


def sees_widely(actor: Actor) -> bool:
    """Whether somebody sees a good part of all cases."""
    return len(actor.teams | actor.leads) > WIDE


def _visible(actor: Actor, now: datetime, *, one: bool) -> Condition:
    links = case_links(actor, now, one=one)
    ways: list[Condition] = []
    if actor.works_on_cases:
        ways.append(links[Link.CONFIDANT] & col(Case.sealed))
        ways += _not_sealed(actor, now, TIES, one=one)
    if may_open(actor):
        ways.insert(0, links[Link.OPENED])
    if not ways:
        return false()
    return _any_of(ways, (), one=one) & not_(links[Link.CONFLICT])


def visible_cases(actor: Actor, now: datetime) -> Select[Any]:
    """The cases that the actor may read."""
    return select(Case).where(visible(actor, now) if actor.within(Action.READ_CASE) else false())


def open_cases(actor: Actor, now: datetime) -> Select[Any]:
    """Those of them that somebody works on."""
    return visible_cases(actor, now).where(col(Case.status).in_(CASE_OPEN))


def answered_for(actor: Actor, now: datetime, *, among: Sequence[Condition] = ()) -> Condition:
    """The condition on a row of `cases`: the actor answers for it, as its supervisor, or as one who leads the
    team or works in it; a sealed one when they are named. What the board counts, and what a supervisor or
    manager may export. Of all, or `among` those that fulfil conditions, which is quicker than to ask for them
    afterwards.
    """
    if not actor.leads_people:
        return false()
    one = sees_widely(actor)
    links = case_links(actor, now, one=one)
    ways = _not_sealed(actor, now, ANSWERS, one=one)
    ways.append(links[Link.CONFIDANT] & col(Case.sealed))
    return _any_of(ways, among, one=one) & not_(links[Link.CONFLICT])


def may_export(actor: Actor) -> bool:
    """Whether somebody of these roles, with this token, can take lists away at all."""
    return actor.within(Action.EXPORT_CASE) and (actor.leads_people or actor.has(Role.DATA_PROTECTION))


def exportable(actor: Actor, now: datetime) -> Condition:
    """The condition on a row of `cases`: the actor may take it away in a list. The same as `policy` says of
    one case: those that a supervisor or manager answers for, and those that data protection has opened.
    """
    if not may_export(actor):
        return false()
    ways = [answered_for(actor, now)] if actor.leads_people else []
    if actor.has(Role.DATA_PROTECTION):
        links = case_links(actor, now)
        ways.append(links[Link.OPENED] & not_(links[Link.CONFLICT]))
    return or_(*ways)


def visible_tasks(actor: Actor, now: datetime, *, one: bool = False) -> Select[Any]:
    """The human tasks that the actor may read: those of the cases that they may read, and those that are for
    them. With `one` each is looked at as it comes, for few that something else finds.
    """
    if not actor.within(Action.READ_TASK):
        return select(HumanTask).where(false())
    return select(HumanTask).where(readable_task(actor, now, one=one))


def inbox(actor: Actor, now: datetime, *, among: Condition | None = None) -> Select[Any]:
    """The human tasks that are for the actor themselves, in whatever way; quicker than `visible_tasks`."""
    if not actor.works_on_cases or not actor.within(Action.READ_TASK):
        return select(HumanTask).where(false())
    known = _not_of_somebody_known(actor, now)
    if sees_widely(actor):
        return select(HumanTask).where(*(() if among is None else (among,)), task_tie(actor), known)
    return select(HumanTask).where(task_link(actor, among), known)


def readable_task(
    actor: Actor, now: datetime, among: Condition | None = None, *, one: bool = False
) -> Condition:
    """The condition on a row of `human_tasks`: the actor may read it.

    Whoever has a task of a sealed case sees the task and not the case: work must not be lost, least of all a
    safety alert. What belongs to no case and to nobody is seen by those who answer for the work of others.
    """
    one = one or sees_widely(actor)
    ways: list[Condition] = [_of_visible_case(actor, now, one=one)]
    if actor.works_on_cases:
        known = _not_of_somebody_known(actor, now)
        if one:  # what most tasks have is asked first, what needs the whole row last
            ways.insert(0, queued(actor) & known)
        ways.append((task_tie(actor) if one else task_link(actor, among)) & known)
    if actor.leads_people:
        ways.append(
            col(HumanTask.case_id).is_(None)
            & col(HumanTask.assignee_id).is_(None)
            & col(HumanTask.candidate_group).is_(None)
        )
    if one:
        return or_(*ways) if among is None else and_(among, or_(*ways))
    found = [select(HumanTask.id).where(each) for each in ways]
    return col(HumanTask.id).in_(union_all(*(each if among is None else each.where(among) for each in found)))


def _of_visible_case(actor: Actor, now: datetime, *, one: bool) -> Condition:
    if one:
        return (
            exists()
            .where(col(Case.id) == col(HumanTask.case_id), visible_row(actor, now))
            .correlate(HumanTask)
        )
    return col(HumanTask.case_id).in_(select(Case.id).where(visible(actor, now)))


def findable_clients(actor: Actor, now: datetime, ids: Sequence[str] | None = None) -> Select[Any]:
    """The clients that a search before a new one is made may name, so that nobody is recorded twice: all but
    those whom the actor knows and those of sealed cases that are not theirs. Of all, or of those with `ids`.
    """
    if not actor.works_on_cases or not actor.within(Action.SEARCH_CLIENTS):
        return select(Client).where(false())
    links = case_links(actor, now)
    kept = or_(links[Link.CONFLICT], col(Case.sealed) & not_(links[Link.CONFIDANT]))
    if ids is None:
        return select(Client).where(col(Client.id).not_in(select(Case.client_id).where(kept)))
    theirs = select(Case.client_id).where(col(Case.client_id).in_(ids), kept)
    return select(Client).where(col(Client.id).in_(ids), col(Client.id).not_in(theirs))


def led_staff(actor: Actor) -> Condition:
    """The condition on a row of `staff`: the actor answers for this person, as their supervisor or as the one
    who leads a team that they work in.
    """
    if not actor.leads_people or not actor.within(Action.READ_WEEK):
        return false()
    supervised = col(Staff.supervisor_id) == actor.staff_id
    if not actor.leads:
        return supervised
    of_teams = select(StaffGroup.staff_id).where(col(StaffGroup.group).in_(actor.leads))
    return or_(supervised, col(Staff.id).in_(of_teams))


def readable_contacts(actor: Actor, now: datetime) -> Select[Any]:
    """The first contacts that the actor may read: what waits for a team of theirs or was recorded by them;
    and once a process was begun, those of the cases that they may read, and what they have taken themselves
    unless its case was sealed since.
    """
    if not actor.works_on_cases or not actor.within(Action.CREATE_CONTACT):
        return select(FirstContact).where(false())
    me = actor.staff_id
    theirs = col(FirstContact.team).in_(actor.teams) if actor.teams else false()
    sealed = select(Case.id).where(col(Case.sealed))
    taken = col(FirstContact.standing) == ContactStanding.TAKEN
    no_case = col(FirstContact.case_id).is_(None)
    ways = or_(
        not_(taken) & (theirs | (col(FirstContact.recorded_by) == me)),
        taken & no_case & (theirs | (col(FirstContact.looked_by) == me)),
        taken & (col(FirstContact.looked_by) == me) & col(FirstContact.case_id).not_in(sealed),
        col(FirstContact.case_id).in_(select(Case.id).where(visible(actor, now))),
    )
    unknown = or_(
        col(FirstContact.client_id).is_(None), col(FirstContact.client_id).not_in(clients_known(actor))
    )
    return select(FirstContact).where(ways, unknown)


def opened_to_review(actor: Actor, now: datetime) -> Select[Any]:
    """The opened cases that nobody has reviewed yet and that the actor may review; their own never."""
    return _openings(actor, now).where(col(BreakGlass.reviewed_at).is_(None))


def opened_and_reviewed(actor: Actor, now: datetime) -> Select[Any]:
    """Those that were reviewed, by whomever."""
    return _openings(actor, now).where(col(BreakGlass.reviewed_at).is_not(None))


def _openings(actor: Actor, now: datetime) -> Select[Any]:
    others = select(BreakGlass).where(BreakGlass.staff_id != actor.staff_id)
    if actor.has(Role.DATA_PROTECTION):
        return others
    if not actor.leads_people:
        return others.where(false())
    return others.where(col(BreakGlass.case_id).in_(select(Case.id).where(visible(actor, now))))


def conflicts_to_end(actor: Actor) -> Select[Any]:
    """The standing "I know this person" of others that the actor may end: data protection all of them,
    supervisors and managers those of the people for whom they answer; never where they know the client too.
    """
    theirs = select(Conflict).where(
        col(Conflict.ended_at).is_(None),
        Conflict.staff_id != actor.staff_id,
        col(Conflict.client_id).not_in(clients_known(actor)),
    )
    if actor.has(Role.DATA_PROTECTION):
        return theirs
    if not actor.leads_people:
        return theirs.where(false())
    people = [select(Staff.id).where(Staff.supervisor_id == actor.staff_id)]
    if actor.leads:
        people.append(select(StaffGroup.staff_id).where(col(StaffGroup.group).in_(actor.leads)))
    return theirs.where(col(Conflict.staff_id).in_(union_all(*people)))


def may_open(actor: Actor) -> bool:
    """Whether somebody of these roles can open a case that is not theirs at all."""
    return actor.works_on_cases or actor.has(Role.DATA_PROTECTION)


def _not_sealed(actor: Actor, now: datetime, ties: Sequence[Link], *, one: bool) -> list[Condition]:
    """The ways in which a case that is not sealed has one of these ties; what two share, once."""
    ways = case_ties(actor, now, one=one)
    found = {id(way): way for each in ties for way in ways[each]}
    return [way & not_(col(Case.sealed)) for way in found.values()]


def _any_of(ways: Sequence[Condition], among: Sequence[Condition], *, one: bool) -> Condition:
    """One of these conditions holds for a row of `cases`. For many rows each finds its own by its index; for
    `one`, and for those who see most of them, they are asked of the row.
    """
    if one:
        return and_(*among, or_(*ways))
    return col(Case.id).in_(union_all(*(select(Case.id).where(each, *among) for each in ways)))


def _not_of_somebody_known(actor: Actor, now: datetime) -> Condition:
    known = select(Case.id).where(case_links(actor, now)[Link.CONFLICT])
    return or_(col(HumanTask.case_id).is_(None), col(HumanTask.case_id).not_in(known))
