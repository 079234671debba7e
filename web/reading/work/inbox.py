"""The inbox: the open tasks of a person and those of their groups that nobody has taken yet.

All of it is asked of the database: what may be seen, the filters, the order, and how many there are. The rows
are at most a page; the forms of the tasks, which are large, are not read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Self
from urllib.parse import urlencode

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    case,
    false,
    func,
    literal_column,
    or_,
    text,
    union,
)
from sqlmodel import Session, col, select

from models import (
    TASK_ENDED,
    Case,
    Client,
    DefinitionVersion,
    HumanTask,
    Instance,
    Staff,
    TaskStatus,
    UtcDateTime,
)
from web.access import scope
from web.access.actor import Actor
from web.access.links import delegated_by
from web.reading.clients import client_name, like, named
from web.reading.said import LONGEST_SEARCH, page_of, search_of
from web.reading.work.task_place import TaskPlace

PAGE: Final = 50
"""Tasks on one page."""

SOON: Final = timedelta(hours=24)
"""What is due within this time is about to be."""

OPEN: Final = tuple(status for status in TaskStatus if status not in TASK_ENDED)


class Whose(StrEnum):
    """Whose tasks: mine and my groups' queues, mine alone, the queues, those that others do for me, or those
    of teams that I lead. Mine are those of people whom I cover for, too, while they are away.
    """

    ALL = "all"
    MINE = "mine"
    QUEUE = "queue"
    DELEGATED = "delegated"
    TEAM = "team"


class DueIn(StrEnum):
    """When tasks are due."""

    OVERDUE = "overdue"
    SOON = "soon"
    WEEK = "week"
    NO_DATE = "none"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the inbox was asked for. What the address says otherwise than it can counts as not said."""

    whose: Whose = Whose.ALL
    due: DueIn | None = None
    status: TaskStatus | None = None
    process: str = ""
    search: str = ""
    page: int = 1

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the query of an address."""
        return cls(
            whose=_word(Whose, query.get("whose")) or Whose.ALL,
            due=_word(DueIn, query.get("due")),
            status=next((each for each in OPEN if each.value == query.get("status")), None),
            process=query.get("process", "")[:LONGEST_SEARCH],
            search=search_of(query),
            page=page_of(query),
        )

    def address(self, **changed: Any) -> str:
        """The address that asks for the same with these changes; the first page of it."""
        return "/?" + replace(self, **{"page": 1, **changed}).query

    @property
    def query(self) -> str:
        """The part of an address that asks for this."""
        said = {
            "whose": "" if self.whose is Whose.ALL else self.whose.value,
            "due": self.due.value if self.due else "",
            "status": self.status.value if self.status else "",
            "process": self.process,
            "q": self.search,
            "page": str(self.page) if self.page > 1 else "",
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def narrowed(self) -> bool:
        """Whether anything but the page was asked for."""
        return replace(self, page=1) != Asked()


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One open task. `holder` is the name of who has it; without one it lies in the queue of `group`.
    `covered` says that the holder is away and the one who looks stands in.
    """

    id: str
    title: str
    kind: str
    status: str
    priority: str
    due_at: datetime | None
    book_by: datetime | None
    holder: str | None
    mine: bool
    covered: bool
    group: str | None
    case_id: str | None
    case: str | None
    client: str | None
    risk: str | None
    process: str | None

    @property
    def until(self) -> datetime | None:
        """What comes first: an appointment that has to be booked, or the due date. As UNTIL has it."""
        return self.due_at if self.book_by is None else self.book_by


@dataclass(frozen=True, slots=True)
class Counts:
    """How many open tasks there are for somebody, whatever was asked for."""

    mine: int = 0
    queue: int = 0
    overdue: int = 0
    soon: int = 0


@dataclass(frozen=True, slots=True)
class Inbox:
    """One page of it. `stamp` changes when something has come, gone, or changed hands."""

    rows: tuple[TaskRow, ...]
    more: bool
    counts: Counts
    processes: Mapping[str, str]
    stamp: str


def inbox(session: Session, actor: Actor, asked: Asked, now: datetime) -> Inbox:
    """The page of the inbox that was asked for."""
    rows, more = tasks_of(session, actor, asked, now)
    counts, standing, processes = _counted(session, actor, now)
    return Inbox(rows, more, counts, processes, standing)


def tasks_of(session: Session, actor: Actor, asked: Asked, now: datetime) -> tuple[tuple[TaskRow, ...], bool]:
    """The rows of that page alone, and whether there are more."""
    query = _ordered(_sought(actor, asked, now).with_only_columns(col(HumanTask.id)))
    ids = session.scalars(query.offset((asked.page - 1) * PAGE).limit(PAGE + 1)).all()
    return _rows(session, actor, ids[:PAGE], now), len(ids) > PAGE


def tasks_after(
    session: Session,
    actor: Actor,
    asked: Asked,
    now: datetime,
    after: TaskPlace | None = None,
    *,
    size: int = PAGE,
) -> tuple[tuple[TaskRow, ...], TaskPlace | None]:
    """The rows that come after a place (the first ones without it), and where the next ones begin; None where
    there are no more. What comes or goes meanwhile shifts nothing.
    """
    query = _sought(actor, asked, now)
    if after is not None:
        query = query.where(after.passed(_URGENT, UNTIL, col(HumanTask.id)))
    query = _ordered(query.with_only_columns(_URGENT, UNTIL, col(HumanTask.id)))
    found: Iterable[Any] = session.execute(query.limit(size + 1))
    places = [TaskPlace(*row) for row in found]
    rows = _rows(session, actor, [each.id for each in places[:size]], now)
    return rows, places[size - 1] if len(places) > size else None


def _rows(session: Session, actor: Actor, ids: Sequence[str], now: datetime) -> tuple[TaskRow, ...]:
    """What stands beside a task is looked up for those of the page alone."""
    some = select(HumanTask).where(col(HumanTask.id).in_(ids))
    rows = session.execute(_ordered(_with_names(some, actor, now)))
    return tuple(_row(row, actor) for row in rows)


def exported_tasks(session: Session, actor: Actor, asked: Asked, now: datetime) -> Iterator[TaskRow]:
    """All of the list whose cases the actor may take away, read as they are asked for."""
    theirs = col(HumanTask.case_id).in_(select(Case.id).where(scope.exportable(actor, now)))
    query = _ordered(_with_names(_of(actor, asked.whose, now), actor, now))
    query = query.where(*_filters(asked, _seen(actor, now), now), theirs)
    for row in session.execute(query.execution_options(yield_per=PAGE)):
        yield _row(row, actor)


_STAMP: Final[Any] = (func.count(), func.sum(HumanTask.revision), func.max(HumanTask.id))


def stamp(session: Session, actor: Actor, now: datetime) -> str:
    """What changes when a task comes, goes or changes: cheap enough to be asked every few seconds."""
    return _stamped(session.execute(_of(actor, Whose.ALL, now).with_only_columns(*_STAMP)).one())


def _stamped(row: Sequence[Any]) -> str:
    return "-".join(str(each) for each in row)


def next_task(
    session: Session, actor: Actor, now: datetime, *, after: str | None = None, asked: Asked | None = None
) -> str | None:
    """The task to do next: the most urgent of one's own, else the most urgent that one could take. Where
    something was `asked` for, only of that.
    """
    wanted = asked or Asked()
    whose = (Whose.MINE, Whose.QUEUE) if wanted.whose is Whose.ALL else (wanted.whose,)
    for each in whose:
        query = _sought(actor, replace(wanted, whose=each), now).with_only_columns(col(HumanTask.id))
        for ident in session.scalars(_ordered(query).limit(2)):
            if ident != after:
                return str(ident)
    return None


def _word(kind: type[StrEnum], word: str | None) -> Any:
    return next((each for each in kind if each.value == word), None)


def _of(actor: Actor, whose: Whose, now: datetime) -> Select[Any]:
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


_OPEN: Final = col(HumanTask.status).in_(OPEN)
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
    return union(me, select(Staff.id).where(_covered(actor, now)))


def _covered(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """The condition on a row of `staff`: away now, and covered by the actor. It ends by itself."""
    back = or_(col(Staff.absent_until).is_(None), col(Staff.absent_until) > now)
    return and_(col(Staff.cover_id) == actor.staff_id, col(Staff.absent_from) <= now, back)


def _queue(actor: Actor) -> ColumnElement[bool]:
    if not actor.teams:
        return false()
    return and_(col(HumanTask.candidate_group).in_(actor.teams), col(HumanTask.assignee_id).is_(None))


_BEGUN: Final = (TaskStatus.IN_PROGRESS, TaskStatus.ON_HOLD)

UNTIL: Final[Any] = literal_column(
    "(CASE WHEN human_tasks.status IN ('in_progress', 'on_hold') THEN human_tasks.due_at"
    " ELSE coalesce(human_tasks.book_by, human_tasks.due_at) END)",
    UtcDateTime(),
)
"""By when something has to be done first. An appointment is booked before its task is due; once it is booked,
which begins the task, that date says nothing any more. In the words of the index of the order.
"""


def _sought(actor: Actor, asked: Asked, now: datetime) -> Select[Any]:
    """The tasks that were asked for; what they are told by is joined to them only where it is asked for."""
    query = _of(actor, asked.whose, now)
    if asked.search:
        query = query.outerjoin(Case, col(Case.id) == col(HumanTask.case_id))
        query = query.outerjoin(Client, col(Client.id) == col(Case.client_id))
    if asked.process:
        query = query.join(Instance, col(Instance.id) == col(HumanTask.instance_id))
    return query.where(*_filters(asked, _seen(actor, now), now))


def _with_names(query: Select[Any], actor: Actor, now: datetime) -> Select[Any]:
    """The tasks of a query, as rows of a list with all that stands in them."""
    seen = or_(col(Case.sealed).is_(False), scope.visible_row(actor, now))
    return (
        query.outerjoin(Case, col(Case.id) == col(HumanTask.case_id))
        .outerjoin(Client, col(Client.id) == col(Case.client_id))
        .outerjoin(Instance, col(Instance.id) == col(HumanTask.instance_id))
        .outerjoin(DefinitionVersion, col(DefinitionVersion.id) == col(Instance.version_id))
        .outerjoin(Staff, col(Staff.id) == col(HumanTask.assignee_id))
        .with_only_columns(*_COLUMNS, seen.label("seen"), _covered(actor, now).label("covered"))
    )


def _seen(actor: Actor, now: datetime) -> ColumnElement[bool]:
    """Whether the case of a task that one sees may be named."""
    return or_(col(Case.sealed).is_(False), scope.visible(actor, now))


def _ordered(query: Select[Any]) -> Select[Any]:
    """The most urgent first."""
    return query.order_by(_URGENT, UNTIL.is_(None), UNTIL, col(HumanTask.id))


_URGENT: Final[Any] = literal_column("CASE WHEN human_tasks.priority = 'stat' THEN 0 ELSE 1 END")
"""What is to be done at once comes first; in the words of the index that has open tasks in this order."""


_COLUMNS: Final[Any] = (
    HumanTask.id,
    HumanTask.title,
    HumanTask.kind,
    HumanTask.status,
    HumanTask.priority,
    HumanTask.due_at,
    HumanTask.book_by,
    HumanTask.assignee_id,
    HumanTask.candidate_group,
    HumanTask.case_id,
    col(Case.number).label("number"),
    col(Case.risk_level).label("risk"),
    col(Client.given_name).label("given"),
    col(Client.family_name).label("family"),
    col(Client.preferred_name).label("preferred"),
    col(Client.hidden_name).label("hidden"),
    col(DefinitionVersion.title).label("process"),
    col(Staff.name).label("holder"),
)


def _filters(asked: Asked, seen: ColumnElement[bool], now: datetime) -> list[ColumnElement[bool]]:
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


def _row(row: Any, actor: Actor) -> TaskRow:
    named = client_name(row.given, row.family, row.preferred, hidden=bool(row.hidden))
    return TaskRow(
        id=row.id,
        title=row.title,
        kind=row.kind.value,
        status=row.status.value,
        priority=row.priority.value,
        due_at=row.due_at,
        book_by=None if row.status in _BEGUN else row.book_by,
        holder=row.holder,
        mine=row.assignee_id == actor.staff_id,
        covered=bool(row.covered),
        group=row.candidate_group,
        case_id=row.case_id if row.seen else None,
        case=row.number if row.seen else None,
        client=named if row.seen else None,
        risk=row.risk.value if row.seen and row.risk is not None else None,
        process=row.process,
    )


def _counted(session: Session, actor: Actor, now: datetime) -> tuple[Counts, str, Mapping[str, str]]:
    """The counts, the stamp, and the processes that these tasks belong to with their titles; of one look at
    the tasks. For somebody who sees most of them the processes are all that there are.
    """
    figures = (
        *_STAMP,
        _sum(col(HumanTask.assignee_id).is_not(None)),
        _sum(col(HumanTask.assignee_id).is_(None)),
        _sum(now > UNTIL),
        _sum(and_(now <= UNTIL, now + SOON >= UNTIL)),
    )
    query = _of(actor, Whose.ALL, now)
    if scope.sees_widely(actor):
        rows: Sequence[Any] = [session.execute(query.with_only_columns(*figures)).one()]
        return _counts(rows), _stamped(rows[0][: len(_STAMP)]), _every_process(session)
    of_process = (
        query.outerjoin(Instance, col(Instance.id) == col(HumanTask.instance_id))
        .outerjoin(DefinitionVersion, col(DefinitionVersion.id) == col(Instance.version_id))
        .with_only_columns(*figures, col(Instance.process), func.max(col(DefinitionVersion.title)))
        .group_by(col(Instance.process))
    )
    rows = session.execute(of_process).all()
    processes = {row[-2]: row[-1] for row in rows if row[-2] is not None}
    return _counts(rows), _stamped(_together(rows)), processes


def _counts(rows: Sequence[Any]) -> Counts:
    return Counts(*(sum(int(row[len(_STAMP) + each] or 0) for row in rows) for each in range(4)))


def _together(rows: Sequence[Any]) -> tuple[Any, ...]:
    """The figures of `_STAMP` over several groups of tasks."""
    if not rows:
        return 0, None, None
    return sum(row[0] for row in rows), sum(row[1] for row in rows), max(row[2] for row in rows)


def _sum(condition: Any) -> Any:
    return func.sum(case((condition, 1), else_=0))


def _every_process(session: Session) -> Mapping[str, str]:
    every: Any = (DefinitionVersion.process, func.max(DefinitionVersion.title))
    rows = session.execute(select(*every).group_by(col(DefinitionVersion.process)))
    return {row[0]: row[1] for row in rows}
