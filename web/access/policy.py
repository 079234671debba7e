"""The one table of rules: who may do what with what. Pages, the API and tokens all ask here.

A decision is a value: allowed or not, and why; `hidden` says that the thing is to look as if it were not
there.
The inbox commands keep rights of their own (`flows.inbox.desk`); this is the outer gate, and it never lets
somebody work on a task whom they would refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

from sqlalchemy import case as either
from sqlmodel import Session, col, select

from flows.inbox import may_work
from models import CASE_OPEN, BreakGlass, Case, Conflict, HumanTask, Role, Staff, StaffGroup
from web.access import scope
from web.access.actions import CASE_ACTIONS, STAFF_ACTIONS, TASK_ACTIONS, Action
from web.access.actor import CASEWORK, LEADING, Actor
from web.access.links import Link, case_links, task_tie
from web.errors import AccessError, HiddenError

Object = Case | HumanTask | BreakGlass | Conflict | Staff | None
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something is allowed, and why not. `hidden`: answer as if the thing did not exist. `veiled`:
    the task may be shown and worked on, and its case not named.
    """

    allowed: bool
    why: str = ""
    hidden: bool = False
    veiled: bool = False

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to a case."""

    links: frozenset[Link]
    sealed: bool
    is_open: bool

    @property
    def worked(self) -> bool:
        """Whether a tie of work shows the case: for a sealed one, being named."""
        return Link.CONFIDANT in self.links if self.sealed else not self.links.isdisjoint(scope.TIES)

    @property
    def opened(self) -> bool:
        """Whether the person has opened it for now."""
        return Link.OPENED in self.links

    @property
    def own(self) -> bool:
        """Whether it is theirs as worker or supervisor."""
        return self.worked and Link.OWN in self.links

    @property
    def led(self) -> bool:
        """Whether it is of somebody, or of a team, that they answer for; being named stands in for that."""
        return self.worked and not self.links.isdisjoint(
            {Link.OWN, Link.TEAM, Link.LEADS, *((Link.CONFIDANT,) if self.sealed else ())}
        )


Rule = Callable[[Actor, Standing], str]
"""Says why not, or nothing."""

ALLOWED: Final = Verdict(allowed=True)
NO_ROLE: Final = "your role does not include this"
CLOSED: Final = "the case is closed"
NOT_IN_SCOPE: Final = "the token is not for this"
OPENED_ONLY: Final = "you have opened this case to look at it"
NOT_LEADING: Final = "a supervisor or manager of the team does this"
NOT_THERE: Final = Verdict(allowed=False, why="there is no such thing", hidden=True)


def may(session: Session, actor: Actor, action: Action, about: Object = None, *, now: datetime) -> Verdict:
    """Whether the actor may do this with that, now. Actions on a case take a `Case`, those on a task a
    `HumanTask`, those on a colleague a `Staff`, a review a `BreakGlass`, ending a conflict a `Conflict`, all
    others nothing.
    """
    verdict = _of_person(session, actor, action, about, now)
    if verdict.allowed and not actor.within(action):
        return Verdict(allowed=False, why=NOT_IN_SCOPE)
    return verdict


def _of_person(session: Session, actor: Actor, action: Action, about: Object, now: datetime) -> Verdict:
    if action in CASE_ACTIONS:
        return _with_case(session, actor, action, _expect(about, Case, action), now)
    if action in STAFF_ACTIONS:
        return _with_staff(session, actor, action, _expect(about, Staff, action))
    if action in TASK_ACTIONS:
        return _with_task(session, actor, action, _expect(about, HumanTask, action), now)
    if action is Action.REVIEW_ACCESS:
        return _review(session, actor, about, now)
    if action is Action.END_CONFLICT:
        return _end_conflict(session, actor, about)
    return ALLOWED if actor.has(*IN_APPLICATION[action]) else Verdict(allowed=False, why=NO_ROLE)


def require(session: Session, actor: Actor, action: Action, about: Object = None, *, now: datetime) -> None:
    """Raise HiddenError or AccessError where `may` says no."""
    verdict = may(session, actor, action, about, now=now)
    if verdict.hidden:
        raise HiddenError(verdict.why)
    if not verdict.allowed:
        raise AccessError(verdict.why)


def standing(session: Session, actor: Actor, case: Case, now: datetime) -> Standing:
    """How the actor stands to a case, by one statement."""
    links = case_links(actor, now, one=True)
    asked = [either((condition, 1), else_=0).label(link.value) for link, condition in links.items()]
    row = session.execute(select(*asked).where(col(Case.id) == case.id)).one()
    held = frozenset(link for link, value in zip(links, row, strict=True) if value)
    return Standing(held, case.sealed, case.status in CASE_OPEN)


# -- a case


def allowed_with(session: Session, actor: Actor, case: Case, now: datetime) -> frozenset[Action]:
    """What the actor may do with a case, by one statement; nothing with one that is not theirs to see."""
    stands = standing(session, actor, case, now)
    return frozenset(
        action for action in WITH_CASE if actor.within(action) and _as_it_stands(actor, action, stands)
    )


def _with_case(session: Session, actor: Actor, action: Action, case: Case, now: datetime) -> Verdict:
    return _as_it_stands(actor, action, standing(session, actor, case, now))


def _as_it_stands(actor: Actor, action: Action, stands: Standing) -> Verdict:
    if Link.CONFLICT in stands.links:
        return NOT_THERE
    if not _sees(actor, stands):
        if action is Action.BREAK_GLASS and _may_open(actor, stands):
            return ALLOWED
        return NOT_THERE
    why = WITH_CASE[action](actor, stands)
    return Verdict(allowed=not why, why=why)


def _sees(actor: Actor, stands: Standing) -> bool:
    """The same as `scope.visible`, for one case."""
    return (actor.works_on_cases and stands.worked) or (scope.may_open(actor) and stands.opened)


def _may_open(actor: Actor, stands: Standing) -> bool:
    """A sealed case is opened by those who answer for others, or by data protection."""
    if stands.sealed:
        return actor.has(*LEADING, Role.DATA_PROTECTION)
    return scope.may_open(actor)


def _look(_actor: Actor, _stands: Standing) -> str:
    return ""


def _write(actor: Actor, stands: Standing) -> str:
    if not actor.works_on_cases:
        return NO_ROLE
    return "" if stands.is_open else CLOSED


def _start(actor: Actor, stands: Standing) -> str:
    if not actor.works_on_cases:
        return NO_ROLE
    if not stands.worked:
        return OPENED_ONLY
    return "" if stands.is_open or actor.leads_people else CLOSED


def _hold(actor: Actor, stands: Standing) -> str:
    if not actor.works_on_cases:
        return NO_ROLE
    return "" if stands.own or (actor.leads_people and stands.led) else NOT_LEADING


def _manage(actor: Actor, stands: Standing) -> str:
    if not actor.leads_people:
        return NO_ROLE
    return "" if stands.led else NOT_LEADING


def _print(actor: Actor, stands: Standing) -> str:
    if stands.own or (actor.leads_people and stands.led):
        return ""
    return "" if actor.has(Role.DATA_PROTECTION) and stands.opened else NOT_LEADING


def _export(actor: Actor, stands: Standing) -> str:
    if actor.leads_people and stands.led:
        return ""
    return "" if actor.has(Role.DATA_PROTECTION) and stands.opened else NO_ROLE


def _conflict(actor: Actor, _stands: Standing) -> str:
    return "" if actor.works_on_cases else NO_ROLE


def _needless(_actor: Actor, _stands: Standing) -> str:
    return "you may see this case anyway"


WITH_CASE: Final[Mapping[Action, Rule]] = {
    Action.READ_CASE: _look,
    Action.WRITE_CASE: _write,
    Action.START_PROCESS: _start,
    Action.HOLD_PROCESS: _hold,
    Action.MANAGE_CASE: _manage,
    Action.PRINT_CASE: _print,
    Action.EXPORT_CASE: _export,
    Action.SEE_READERS: _export,
    Action.SEAL_CASE: _manage,
    Action.DECLARE_CONFLICT: _conflict,
    Action.BREAK_GLASS: _needless,
}
"""For each action the rule for a case that the actor may see."""


# -- a human task


def _with_task(session: Session, actor: Actor, action: Action, task: HumanTask, now: datetime) -> Verdict:
    case = None if task.case_id is None else session.get(Case, task.case_id)
    stands = None if case is None else standing(session, actor, case, now)
    seen = stands is not None and Link.CONFLICT not in stands.links and _sees(actor, stands)
    if not seen and not _is_for(session, actor, task, stands):
        return NOT_THERE
    why = ""
    if action is Action.COMMENT_TASK:
        why = _why_not_comment(actor, stands)
    elif action is not Action.READ_TASK:
        why = _why_not_work(session, actor, task)
        passes_on = action in (Action.REASSIGN_TASK, Action.DELEGATE_TASK)
        if not why and passes_on and not _may_pass_on(actor, task):
            why = NOT_LEADING
        if not why and action is Action.MOVE_DUE and not actor.leads_people:
            why = NOT_LEADING
        if not why and action is Action.CORRECT_ANSWER and stands is not None and not stands.is_open:
            why = CLOSED
    return Verdict(allowed=not why, why=why, veiled=case is not None and not seen)


def _is_for(session: Session, actor: Actor, task: HumanTask, stands: Standing | None) -> bool:
    """The same as `scope.readable_task`, for one task whose case the actor does not see."""
    if stands is not None and Link.CONFLICT in stands.links:
        return False
    nobodys = task.case_id is None and task.assignee_id is None and task.candidate_group is None
    if nobodys and actor.leads_people:
        return True
    tied = select(HumanTask.id).where(HumanTask.id == task.id, task_tie(actor))
    return actor.works_on_cases and session.exec(tied).first() is not None


def _why_not_work(session: Session, actor: Actor, task: HumanTask) -> str:
    if not actor.works_on_cases:
        return NO_ROLE
    if actor.staff_id in task.excluded_ids:
        return "the task needs four eyes: somebody else has to do it"
    return "" if may_work(session, task, actor.staff_id) else "the task is not with you or your team"


def _why_not_comment(actor: Actor, stands: Standing | None) -> str:
    if not actor.works_on_cases:
        return NO_ROLE
    return "" if stands is None or stands.is_open else CLOSED


def _may_pass_on(actor: Actor, task: HumanTask) -> bool:
    return actor.leads_people or task.assignee_id == actor.staff_id


# -- a member of staff


def _with_staff(session: Session, actor: Actor, action: Action, staff: Staff) -> Verdict:
    if not actor.works_on_cases:
        return Verdict(allowed=False, why=NO_ROLE)
    if action is Action.PLAN_ABSENCE and staff.id == actor.staff_id:
        return ALLOWED
    if not actor.leads_people:
        return Verdict(allowed=False, why=NO_ROLE)
    if actor.staff_id in (staff.id, staff.supervisor_id) or _leads(session, actor, staff):
        return ALLOWED
    return Verdict(allowed=False, why=NOT_LEADING)


def _leads(session: Session, actor: Actor, staff: Staff) -> bool:
    query = select(StaffGroup.id).where(
        StaffGroup.staff_id == staff.id, col(StaffGroup.group).in_(actor.leads)
    )
    return bool(actor.leads) and session.exec(query).first() is not None


# -- the rest


def _review(session: Session, actor: Actor, about: Object, now: datetime) -> Verdict:
    if about is None:
        allowed = actor.leads_people or actor.has(Role.DATA_PROTECTION)
        return Verdict(allowed=allowed, why="" if allowed else NO_ROLE)
    opened = _expect(about, BreakGlass, Action.REVIEW_ACCESS)
    query = scope.opened_to_review(actor, now).where(col(BreakGlass.id) == opened.id)
    return ALLOWED if session.scalars(query).first() is not None else NOT_THERE


def _end_conflict(session: Session, actor: Actor, about: Object) -> Verdict:
    if about is None:
        allowed = actor.leads_people or actor.has(Role.DATA_PROTECTION)
        return Verdict(allowed=allowed, why="" if allowed else NO_ROLE)
    declared = _expect(about, Conflict, Action.END_CONFLICT)
    query = scope.conflicts_to_end(actor).where(col(Conflict.id) == declared.id)
    return ALLOWED if session.scalars(query).first() is not None else NOT_THERE


IN_APPLICATION: Final[Mapping[Action, frozenset[Role]]] = {
    Action.CREATE_CONTACT: CASEWORK,
    Action.SEARCH_CLIENTS: CASEWORK,
    Action.READ_WEEK: CASEWORK,
    Action.KEEP_VIEWS: CASEWORK,
    Action.CHOOSE_NOTICES: CASEWORK,
    Action.SEE_DUTY: CASEWORK,
    Action.PLAN_DUTY: LEADING,
    Action.SEE_TEAM: LEADING,
    Action.READ_BOARD: LEADING,
    Action.READ_FIGURES: LEADING | {Role.OPERATIONS},
    Action.READ_PROCESSES: frozenset({Role.OPERATIONS, Role.MANAGER, Role.ADMINISTRATOR}),
    Action.PUBLISH_PROCESS: frozenset({Role.OPERATIONS}),
    Action.APPROVE_PROCESS: frozenset({Role.OPERATIONS, Role.MANAGER}),
    Action.READ_AUDIT: frozenset({Role.DATA_PROTECTION}),
    Action.MANAGE_ACCOUNTS: frozenset({Role.ADMINISTRATOR}),
    Action.MANAGE_HOOKS: frozenset({Role.ADMINISTRATOR}),
    Action.SEE_MACHINERY: frozenset({Role.ADMINISTRATOR}),
    Action.OWN_ACCOUNT: frozenset(Role),
}
"""Who may do what is about no single case."""


def _expect(about: object, kind: type[T], action: Action) -> T:
    if not isinstance(about, kind):
        raise TypeError(f"{action} is about a {kind.__name__}")
    return about
