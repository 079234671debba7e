"""Several people and one human task: delegating, handing back, asking a colleague, commenting, reassigning,
moving its due date.
Each command may be sent again: the same gives the first result.
"""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from pydantic import Field, model_validator

from flows import inbox as commands
from flows.inbox.task.deeds import calendar_of
from flows.inbox.task.due_dates import move_due
from flows.inbox.task.sharing import LONGEST
from models import HumanTask
from web.access.actions import Action
from web.access.watching import task_read, watched
from web.api.as_read import as_read
from web.api.case_writing import moment
from web.api.declaring import Resource
from web.api.sent import Key, Sent
from web.api.standing import TASK
from web.api.tasks import TaskStands
from web.api.visiting import Visiting, allowed_task
from web.reading.work.sharing import Question, sharing_of
from web.visitor import Visit

router = Resource(prefix="/tasks", tags=["tasks"])


class Comment(Sent):
    """What somebody says about a task."""

    text: str = Field(min_length=1, max_length=LONGEST)


class Delegating(Sent):
    """Who does the task (a staff id), and what they should know."""

    to: str = Field(min_length=1, max_length=60)
    reason: str | None = Field(default=None, max_length=LONGEST)


class Asking(Sent):
    """What is asked, and of whom (a staff id)."""

    of: str = Field(min_length=1, max_length=60)
    question: str = Field(min_length=1, max_length=LONGEST)


class Why(Sent):
    """Why something is done, if one wants to say it."""

    reason: str | None = Field(default=None, max_length=LONGEST)


class Reassigning(Sent):
    """Who gets the task: a person (a staff id) or the queue of a group, and why."""

    to: str | None = Field(default=None, max_length=60)
    group: str | None = Field(default=None, max_length=60)
    reason: str = Field(min_length=1, max_length=LONGEST)

    @model_validator(mode="after")
    def _one_of_both(self) -> "Reassigning":
        if (self.to is None) == (self.group is None):
            raise ValueError("name a person or a group, one of both")
        return self


class DueMoved(Sent):
    """Until when the task is to be done from now on, by the office's clocks or with an offset, and why."""

    due_at: str = Field(min_length=1, max_length=40)
    reason: str = Field(min_length=1, max_length=LONGEST)


@dataclass(frozen=True, slots=True)
class ColleagueLine:
    """Somebody who may be brought into the task."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class SharedTask:
    """Who may be brought into the task, by whom it was delegated (a name), and what was asked."""

    colleagues: tuple[ColleagueLine, ...]
    does_it_for: str | None
    questions: tuple[Question, ...]


@dataclass(frozen=True, slots=True)
class CommentMade:
    """The comment that was added, and when."""

    id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Asked:
    """The task in which the question is answered."""

    question: str


@router.get("/{task_id}/sharing")
def sharing(visit: Visiting, task_id: str) -> SharedTask:
    """Who may be brought into a task, who does it for whom, and what was asked about it."""
    with watched(visit.web.store) as session:
        now = visit.web.now()
        task, _ = allowed_task(session, visit.actor, Action.READ_TASK, task_id, now)
        found = sharing_of(session, visit.actor, task, now)
        task_read(session, visit.actor.staff_id, task, now)
        return SharedTask(
            colleagues=tuple(ColleagueLine(each.id, each.name) for each in found.colleagues),
            does_it_for=found.does_it_for,
            questions=tuple(found.questions),
        )


@router.post("/{task_id}/comments", status_code=HTTPStatus.CREATED)
def comment(visit: Visiting, task_id: str, sent: Comment, key: Key = None) -> CommentMade:
    """Add a comment to the history of a task; it stays there. The same key again gives the first one."""
    now = _allowed(visit, Action.COMMENT_TASK, task_id)
    by = visit.actor.staff_id
    made = commands.comment(visit.web.store, task_id, sent.text, by=by, now=now, key=key)
    return CommentMade(made.id, made.at)


@router.post("/{task_id}/delegate")
@as_read(TASK)
def delegate(visit: Visiting, task_id: str, sent: Delegating) -> TaskStands:
    """Have a colleague do the task; it can be handed back."""
    now = _allowed(visit, Action.DELEGATE_TASK, task_id)
    done = commands.delegate(
        visit.web.store, task_id, to=sent.to, by=visit.actor.staff_id, now=now, reason=sent.reason
    )
    return _state(visit, done)


@router.post("/{task_id}/hand-back")
@as_read(TASK)
def hand_back(visit: Visiting, task_id: str, sent: Why) -> TaskStands:
    """Give a delegated task back, or take it back."""
    now = _allowed(visit, Action.WORK_TASK, task_id)
    done = commands.hand_back(visit.web.store, task_id, by=visit.actor.staff_id, now=now, reason=sent.reason)
    return _state(visit, done)


@router.post("/{task_id}/reassign")
@as_read(TASK)
def reassign(visit: Visiting, task_id: str, sent: Reassigning) -> TaskStands:
    """Give the task to somebody else, or into the queue of a group."""
    now = _allowed(visit, Action.REASSIGN_TASK, task_id)
    done = commands.reassign(
        visit.web.store,
        task_id,
        by=visit.actor.staff_id,
        now=now,
        to=sent.to,
        group=sent.group,
        reason=sent.reason,
    )
    return _state(visit, done)


@router.post("/{task_id}/due")
@as_read(TASK)
def due(visit: Visiting, task_id: str, sent: DueMoved) -> TaskStands:
    """Give the task another due date; reminders and escalation count from it."""
    now, web = _allowed(visit, Action.MOVE_DUE, task_id), visit.web
    done = move_due(
        web.store,
        web.plans.of,
        task_id,
        moment(sent.due_at, web.zone.key, "due_at"),
        by=visit.actor.staff_id,
        now=now,
        reason=sent.reason,
        usual=calendar_of(web.runtime),
    )
    return _state(visit, done)


@router.post("/{task_id}/questions", status_code=HTTPStatus.CREATED)
@as_read(TASK)
def ask(visit: Visiting, task_id: str, sent: Asking) -> Asked:
    """Ask a colleague about the task; their answer comes back to it."""
    now = _allowed(visit, Action.ASK_ABOUT_TASK, task_id)
    made = commands.ask_about(
        visit.web.store, task_id, sent.question, of=sent.of, by=visit.actor.staff_id, now=now
    )
    return Asked(made.id)


@router.post("/{task_id}/withdraw")
@as_read(TASK)
def withdraw(visit: Visiting, task_id: str) -> TaskStands:
    """Take back a question that nobody has answered; the task is that of the question."""
    now = _allowed(visit, Action.ASK_ABOUT_TASK, task_id)
    done = commands.withdraw_question(visit.web.store, task_id, by=visit.actor.staff_id, now=now)
    return _state(visit, done)


def _allowed(visit: Visit, action: Action, task_id: str) -> datetime:
    now = visit.web.now()
    with visit.web.store.read() as session:
        allowed_task(session, visit.actor, action, task_id, now)
    return now


def _state(visit: Visit, task: HumanTask) -> TaskStands:
    return TaskStands(task.id, task.status, mine=task.assignee_id == visit.actor.staff_id)
