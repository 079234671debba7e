"""Human tasks as `casewright tasks` tells them: the open ones as a list, and one with its form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from definitions import suggest
from flows.viewing.case_view import task_facts
from models import TASK_ENDED, Case, HumanTask, Service, Staff
from ops.composition import Engine
from ops.errors import NotThereError
from ops.references import find_case, find_staff, find_task
from ops.traces import leave_trace
from tasks.history import Act
from tasks.people.answers import current_answers
from tasks.people.form_items import LISTABLE
from tasks.people.forms import place_of


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One open task."""

    id: str
    case: str | None
    kind: str
    title: str
    holder: str
    status: str
    priority: str
    book_by: datetime | None
    due_at: datetime | None
    overdue: bool


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One question of a form. `answer` is what counts, `draft` what was only typed; both as JSON."""

    step: str
    id: str
    ask: str
    type: str
    required: bool
    options: Mapping[str, str]
    only_if: str | None
    answer: Any
    draft: Any


@dataclass(frozen=True, slots=True)
class TaskPage:
    """One task with everything that its holder needs."""

    task: TaskRow
    description: str
    reason: str | None
    refusals: tuple[str, ...]
    numbers: Sequence[Mapping[str, Any]]
    items: tuple[ItemFacts, ...]

    def plain(self) -> dict[str, Any]:
        """The page for `--json`."""
        return asdict(self)


def open_tasks(
    engine: Engine, *, staff: str | None = None, group: str | None = None, case: str | None = None
) -> list[TaskRow]:
    """The open tasks, critical ones first, then by due date: of a person, of a group's queue, of a case."""
    leave_trace(engine, Act.SEARCH, "HumanTask", None, ("title", "holder", "due_at"))
    with engine.store.read() as session:
        query = _query(engine, find_staff(session, staff), group, find_case(session, case) if case else None)
        rows = [_row(session, each, engine.runtime.clock()) for each in session.exec(query)]
    return sorted(rows, key=_most_urgent_first)


def _query(engine: Engine, staff: Staff | None, group: str | None, case: Case | None) -> Any:
    query = select(HumanTask).where(col(HumanTask.status).not_in(TASK_ENDED))
    if staff is not None:
        query = query.where(HumanTask.assignee_id == staff.id)
    if group is not None:
        groups = engine.installation.catalogue.vocabulary.groups
        if group not in groups:
            meant = suggest(group, groups)
            action = f"did you mean {meant}?" if meant else f"the groups are {', '.join(groups)}"
            raise NotThereError(f"there is no group `{group[:60]}`", action=action)
        query = query.where(HumanTask.candidate_group == group, col(HumanTask.assignee_id).is_(None))
    if case is not None:
        query = query.where(HumanTask.case_id == case.id)
    return query


def task_page(engine: Engine, name: str) -> TaskPage:
    """One task, by its id or the end of it, with its form and what is answered so far."""
    with engine.store.read() as session:
        found = find_task(session, name)
    leave_trace(engine, Act.READ, "HumanTask", found.id, ("form", "details"), case_id=found.case_id)
    with engine.store.read() as session:
        task = session.get_one(HumanTask, found.id)
        facts = task_facts(session, task)
        return TaskPage(
            task=_row(session, task, engine.runtime.clock()),
            description=task.description,
            reason=facts.reason,
            refusals=facts.refusals,
            numbers=task.details.get("numbers", ()),
            items=tuple(_items(session, task)),
        )


def by_reference(session: Session, task: HumanTask, item: str, value: Any) -> Any:
    """An answer as the form takes it: a service may be named by its reference, several choices by commas."""
    for entry in task.form:
        if item not in (entry["id"], ".".join(place_of(entry))) or not isinstance(value, str):
            continue
        if entry["type"] in LISTABLE:
            found = session.exec(select(Service.id).where(Service.reference == value)).first()
            return value if found is None else found
        if entry["type"] in ("choices", "files"):
            return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _row(session: Session, task: HumanTask, now: datetime) -> TaskRow:
    facts = task_facts(session, task)
    case = None if task.case_id is None else session.get(Case, task.case_id)
    return TaskRow(
        id=task.id,
        case=None if case is None else case.number,
        kind=facts.kind,
        title=facts.title,
        holder=facts.holder,
        status=facts.status,
        priority=facts.priority,
        book_by=task.book_by,
        due_at=task.due_at,
        overdue=task.due_at is not None and task.due_at < now,
    )


def _most_urgent_first(row: TaskRow) -> tuple[bool, bool, float, str]:
    due = row.due_at or row.book_by
    return row.priority != "stat", due is None, due.timestamp() if due else 0.0, row.id


def _items(session: Session, task: HumanTask) -> Iterator[ItemFacts]:
    answers, drafts = current_answers(session, task), current_answers(session, task, drafts=True)
    for entry in task.form:
        place = place_of(entry)
        yield ItemFacts(
            step=place[0],
            id=place[1],
            ask=str(entry["ask"]),
            type=str(entry["type"]),
            required=bool(entry["required"]),
            options=dict(entry.get("options") or {}),
            only_if=entry.get("only_if"),
            answer=answers[place].value if place in answers else None,
            draft=drafts[place].value if place in drafts else None,
        )
