"""Human tasks: the inbox, one task, and what people do with it. Each command may be sent again: the same
answers or the same key give the first result.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Query, Response
from pydantic import Field
from sqlmodel import Session

from flows import inbox as commands
from flows.inbox.case.deciding import retry as retry_incident
from flows.inbox.case.deciding import skip as skip_incident
from models import ChecklistAnswer, HumanTask, Staff, TaskStatus
from tasks.people.forms import place_of
from web.access.actions import Action
from web.access.watching import searched, task_read, watched
from web.api.as_read import as_read
from web.api.declaring import Resource
from web.api.paging import After, read_place
from web.api.sent import Key, Match, Sent, by_the_office, revision_of
from web.api.standing import TASK
from web.api.visiting import Visiting, allowed_task
from web.forms.fields import name_of, typed
from web.forms.state import state_of
from web.reading.said import LONGEST_SEARCH
from web.reading.work.asked import Asked, DueIn, Whose
from web.reading.work.inbox import TaskRow, tasks_after
from web.reading.work.task import TaskView, shape_of, task_view
from web.reading.work.task_place import TaskPlace
from web.visitor import Visit

router = Resource(prefix="/tasks", tags=["tasks"])

LIST_FIELDS: Final = ("title", "holder", "due_at", "client")
MOST_ITEMS: Final = 500


class Draft(Sent):
    """What was typed, by full name, and the row that was on the screen when it was; without `based_on` it
    stands, whatever others have typed. `here` says that somebody has the task open.
    """

    answers: dict[str, Any] = Field(default_factory=dict, max_length=MOST_ITEMS)
    based_on: dict[str, str | None] | None = Field(default=None, max_length=MOST_ITEMS)
    here: bool = False


class Answers(Sent):
    """A form that is sent."""

    answers: dict[str, Any] = Field(default_factory=dict, max_length=MOST_ITEMS)
    comment: str | None = Field(default=None, max_length=2_000)


class Answer(Sent):
    """One answer."""

    value: Any


class Reason(Sent):
    """Why something is done."""

    reason: str = Field(min_length=1, max_length=2_000)


class MaybeReason(Sent):
    """Why something is done, if one wants to say it."""

    reason: str | None = Field(default=None, max_length=2_000)


class Retrying(MaybeReason):
    """What of the inputs of the process is changed first, by name; that needs a reason."""

    inputs: dict[str, Any] = Field(default_factory=dict, max_length=50)


class Skipping(Reason):
    """What the skipped step gives, by name: whatever a later step reads."""

    outputs: dict[str, Any] = Field(default_factory=dict, max_length=50)


@dataclass(frozen=True, slots=True)
class TaskList:
    """A page of tasks. `next` is what `after` has to be for more, and None on the last page."""

    tasks: tuple[TaskRow, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class TaskStands:
    """How a task stands after a command, and whether it is with the one who gave it."""

    task: str
    status: TaskStatus
    mine: bool


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands at a question and was typed or sent by somebody: `row` is what `based_on` has to name for
    it; `counts`: it was sent.
    """

    row: str
    value: Any
    by: str
    mine: bool
    at: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class FormStands:
    """How a form stands, by full name of each question: whether it is asked (None: not to be decided yet),
    what can't be read, what was not kept because somebody else has changed it, what others have typed since.
    """

    status: TaskStatus
    shape: str
    asked: Mapping[str, bool | None]
    problems: Mapping[str, str]
    conflicts: tuple[str, ...]
    theirs: Mapping[str, Typed]


@dataclass(frozen=True, slots=True)
class DraftKept(FormStands):
    """What was kept, by full name, with its row; who else has the task open; and how the form stands now."""

    saved: Mapping[str, str | None]
    at: datetime
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnswerKept(FormStands):
    """One answer that was sent: whether it counts already, whether it is another than before; and how the
    form stands now.
    """

    item: str
    counts: bool
    changed: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Completed:
    """A task that is done, since when; `repeated`: it was already."""

    task: str
    completed_at: datetime
    repeated: bool


@dataclass(frozen=True, slots=True)
class Retried:
    """What failed is tried again; `repeated`: it was already."""

    task: str
    repeated: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was skipped: the ids of steps."""

    task: str
    skipped: Any


@router.get("")
def listed(
    visit: Visiting,
    whose: Whose = Whose.ALL,
    due: DueIn | None = None,
    status: TaskStatus | None = None,
    process: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    after: After = None,
) -> TaskList:
    """The open tasks of the one who asks and those that their groups offer, the most urgent first. Of them
    those that are asked for, as in the inbox, 50 at a time: `next` is what `after` has to be for more. A task
    that comes or goes meanwhile shifts nothing.
    """
    asked = Asked(whose=whose, due=due, status=status, process=process, search=" ".join(q.split()))
    place = None if after is None else read_place(TaskPlace.read, after)
    with watched(visit.web.store) as session:
        now = visit.web.now()
        searched(session, visit.actor.staff_id, "HumanTask", LIST_FIELDS, now)
        rows, more = tasks_after(session, visit.actor, asked, now, place)
    return TaskList(rows, None if more is None else more.text())


@router.get("/{task_id}")
def one(visit: Visiting, task_id: str, response: Response) -> TaskView:
    """One task with its form and what stands in it. The ETag names its state, for `If-Match`."""
    with watched(visit.web.store) as session:
        now = visit.web.now()
        task, verdict = allowed_task(session, visit.actor, Action.READ_TASK, task_id, now)
        task_read(session, visit.actor.staff_id, task, now)
        response.headers["ETag"] = _tag(task)
        return task_view(session, visit.actor, task, now, visit.web.zone, veiled=verdict.veiled)


@router.post("/{task_id}/claim")
@as_read(TASK)
def claim(visit: Visiting, task_id: str) -> TaskStands:
    """Take a task that was offered."""
    return _given(visit, task_id, commands.claim)


@router.post("/{task_id}/release")
@as_read(TASK)
def release(visit: Visiting, task_id: str, sent: MaybeReason) -> TaskStands:
    """Put a task back into its queue."""
    return _given(visit, task_id, commands.release, reason=sent.reason)


@router.put("/{task_id}/draft")
def draft(visit: Visiting, task_id: str, sent: Draft) -> DraftKept:
    """Keep what was typed, and say how the form stands now: what others have typed, what is asked, what can't
    be read. What was typed over something that another person has changed is not kept, and named under
    `conflicts`.
    """
    task = _workable(visit, task_id)
    now = visit.web.now()
    others: tuple[str, ...] = ()
    if sent.here:
        others = visit.web.presence.here(task.id, visit.actor.staff_id, visit.actor.name, now)
    rows: Mapping[str, str | None] = {}
    conflicts: Mapping[str, ChecklistAnswer] = {}
    if sent.answers:
        kept = commands.save_draft(
            visit.web.store, task.id, sent.answers, by=visit.actor.staff_id, now=now, based_on=sent.based_on
        )
        rows, conflicts = kept.rows, kept.conflicts
    stands = _standing(visit, task_id, sent, conflicts)
    return DraftKept(saved=rows, at=now, others=others, **_parts(stands))


@router.post("/{task_id}/answers/{item}")
@as_read(TASK)
def answer(visit: Visiting, task_id: str, item: str, sent: Answer, key: Key = None) -> AnswerKept:
    """Answer one question. One that acts on answer counts at once."""
    task = _workable(visit, task_id)
    done = commands.answer_item(
        visit.web.store, task.id, item, sent.value, by=visit.actor.staff_id, now=visit.web.now(), key=key
    )
    stands = _standing(visit, task_id, Draft(), {})
    at = visit.web.now()
    return AnswerKept(item=done.item, counts=done.counts, changed=done.changed, at=at, **_parts(stands))


@router.post("/{task_id}/complete")
def complete(visit: Visiting, task_id: str, sent: Answers, key: Key = None, match: Match = None) -> Completed:
    """Send the form and complete the task; with `If-Match` only where nobody has changed the task since."""
    task = _workable(visit, task_id)
    done = commands.complete(
        visit.web.store,
        task.id,
        sent.answers,
        by=visit.actor.staff_id,
        now=visit.web.now(),
        key=key,
        comment=sent.comment,
        revision=revision_of(match),
    )
    visit.web.presence.gone(task.id, visit.actor.staff_id)
    return Completed(done.task_id, done.completed_at, done.repeated)


@router.post("/{task_id}/retry")
@as_read(TASK)
def retry(visit: Visiting, task_id: str, sent: Retrying) -> Retried:
    """Try again what an incident is about, with other inputs of its process where some are given."""
    task, web = _workable(visit, task_id), visit.web
    by, now = visit.actor.staff_id, web.now()
    inputs = by_the_office(sent.inputs, web.zone)
    fresh = retry_incident(
        web.runtime, task.id, by=by, now=now, reason=sent.reason, inputs=inputs, plan_of=web.plans.of
    )
    return Retried(task.id, repeated=not fresh)


@router.post("/{task_id}/skip")
@as_read(TASK)
def skip(visit: Visiting, task_id: str, sent: Skipping) -> Skipped:
    """Skip what an incident is about, with a reason: its step, or the timer or correction that failed."""
    task, web = _workable(visit, task_id), visit.web
    by, now = visit.actor.staff_id, web.now()
    outputs = by_the_office(sent.outputs, web.zone)
    skipped = skip_incident(
        web.runtime, task.id, reason=sent.reason, outputs=outputs, by=by, now=now, plan_of=web.plans.of
    )
    return Skipped(task.id, skipped)


def _tag(task: HumanTask) -> str:
    return f'"{task.revision}"'


def _workable(visit: Visit, task_id: str) -> HumanTask:
    with visit.web.store.read() as session:
        return allowed_task(session, visit.actor, Action.WORK_TASK, task_id, visit.web.now())[0]


def _given(visit: Visit, task_id: str, command: Callable[..., HumanTask], **more: Any) -> TaskStands:
    """A command that says who has the task."""
    task = _workable(visit, task_id)
    done = command(visit.web.store, task.id, by=visit.actor.staff_id, now=visit.web.now(), **more)
    return TaskStands(done.id, done.status, mine=done.assignee_id == visit.actor.staff_id)


def _standing(
    visit: Visit, task_id: str, sent: Draft, conflicts: Mapping[str, ChecklistAnswer]
) -> FormStands:
    """How the form stands: what is asked, what can't be read, what others typed since."""
    with visit.web.store.read() as session:
        task = session.get_one(HumanTask, task_id)
        standing = commands.standing_rows(session, task)
        state = state_of(task, standing, visit.web.now())
        return FormStands(
            status=task.status,
            shape=shape_of(task),
            asked=state.asked,
            problems=state.problems,
            conflicts=tuple(sorted(conflicts)),
            theirs=dict(_theirs(session, visit, task, sent, standing, conflicts)),
        )


def _parts(stands: FormStands) -> dict[str, Any]:
    return {each.name: getattr(stands, each.name) for each in fields(stands)}


def _theirs(
    session: Session,
    visit: Visit,
    task: HumanTask,
    sent: Draft,
    standing: Mapping[tuple[str, str], ChecklistAnswer],
    conflicts: Mapping[str, ChecklistAnswer],
) -> Iterator[tuple[str, Typed]]:
    """What stands in the form and was not on the screen when this was typed."""
    for item in task.form:
        row, name = standing.get(place_of(item)), name_of(item)
        written_now = name in sent.answers and name not in conflicts
        if row is None or written_now or row.id == (sent.based_on or {}).get(name):
            continue
        staff = None if row.answered_by is None else session.get(Staff, row.answered_by)
        yield (
            name,
            Typed(
                row=row.id,
                value=row.value if row.draft else typed(item, row.value, visit.web.zone),
                by="somebody" if staff is None else staff.name,
                mine=row.answered_by == visit.actor.staff_id,
                at=row.answered_at,
                counts=not row.draft,
            ),
        )
