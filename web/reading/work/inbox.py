"""The inbox: the open tasks of a person and those of their groups that nobody has taken yet.

All of it is asked of the database: what may be seen, the filters, the order, and how many there are. The rows
are at most a page; the forms of the tasks, which are large, are not read.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Select,
    and_,
    case,
    func,
    or_,
)
from sqlmodel import Session, col, select

from models import (
    Case,
    Client,
    DefinitionVersion,
    HumanTask,
    Instance,
    Staff,
)
from web.access import scope
from web.access.actor import Actor
from web.reading.clients import client_name
from web.reading.work.asked import Asked, Whose
from web.reading.work.open_tasks import (
    BEGUN,
    SOON,
    UNTIL,
    URGENT,
    asked_for,
    covered,
    open_tasks,
    ordered,
    seen,
    sought,
)
from web.reading.work.task_place import TaskPlace

PAGE: Final = 50
"""Tasks on one page."""


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
    query = ordered(sought(actor, asked, now).with_only_columns(col(HumanTask.id)))
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
    query = sought(actor, asked, now)
    if after is not None:
        query = query.where(after.passed(URGENT, UNTIL, col(HumanTask.id)))
    query = ordered(query.with_only_columns(URGENT, UNTIL, col(HumanTask.id)))
    found: Iterable[Any] = session.execute(query.limit(size + 1))
    places = [TaskPlace(*row) for row in found]
    rows = _rows(session, actor, [each.id for each in places[:size]], now)
    return rows, places[size - 1] if len(places) > size else None


def _rows(session: Session, actor: Actor, ids: Sequence[str], now: datetime) -> tuple[TaskRow, ...]:
    """What stands beside a task is looked up for those of the page alone."""
    some = select(HumanTask).where(col(HumanTask.id).in_(ids))
    rows = session.execute(ordered(_with_names(some, actor, now)))
    return tuple(_row(row, actor) for row in rows)


def exported_tasks(session: Session, actor: Actor, asked: Asked, now: datetime) -> Iterator[TaskRow]:
    """All of the list whose cases the actor may take away, read as they are asked for."""
    theirs = col(HumanTask.case_id).in_(select(Case.id).where(scope.exportable(actor, now)))
    query = ordered(_with_names(open_tasks(actor, asked.whose, now), actor, now))
    query = query.where(*asked_for(asked, seen(actor, now), now), theirs)
    for row in session.execute(query.execution_options(yield_per=PAGE)):
        yield _row(row, actor)


_STAMP: Final[Any] = (func.count(), func.sum(HumanTask.revision), func.max(HumanTask.id))


def stamp(session: Session, actor: Actor, now: datetime) -> str:
    """What changes when a task comes, goes or changes: cheap enough to be asked every few seconds."""
    return _stamped(session.execute(open_tasks(actor, Whose.ALL, now).with_only_columns(*_STAMP)).one())


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
        query = sought(actor, replace(wanted, whose=each), now).with_only_columns(col(HumanTask.id))
        for ident in session.scalars(ordered(query).limit(2)):
            if ident != after:
                return str(ident)
    return None


def _with_names(query: Select[Any], actor: Actor, now: datetime) -> Select[Any]:
    """The tasks of a query, as rows of a list with all that stands in them."""
    named = or_(col(Case.sealed).is_(False), scope.visible_row(actor, now))
    return (
        query.outerjoin(Case, col(Case.id) == col(HumanTask.case_id))
        .outerjoin(Client, col(Client.id) == col(Case.client_id))
        .outerjoin(Instance, col(Instance.id) == col(HumanTask.instance_id))
        .outerjoin(DefinitionVersion, col(DefinitionVersion.id) == col(Instance.version_id))
        .outerjoin(Staff, col(Staff.id) == col(HumanTask.assignee_id))
        .with_only_columns(*_COLUMNS, named.label("seen"), covered(actor, now).label("covered"))
    )


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


def _row(row: Any, actor: Actor) -> TaskRow:
    named = client_name(row.given, row.family, row.preferred, hidden=bool(row.hidden))
    return TaskRow(
        id=row.id,
        title=row.title,
        kind=row.kind.value,
        status=row.status.value,
        priority=row.priority.value,
        due_at=row.due_at,
        book_by=None if row.status in BEGUN else row.book_by,
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
    query = open_tasks(actor, Whose.ALL, now)
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
