"""What several people have to do with one human task: who may be brought in, who does it for whom, what was
asked about it.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from flows.inbox import colleagues, delegation_of
from models import TASK_ENDED, Case, HumanTask, TaskKind, TaskQuestion
from web.access.actions import Action
from web.access.actor import Actor
from web.access.policy import may
from web.reading.names import Names


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who may be brought into the task."""

    id: str
    name: str
    is_worker: bool
    has_it: bool


@dataclass(frozen=True, slots=True)
class Question:
    """Something that was asked about the task. `id` is the task in which it is answered."""

    id: str
    question: str
    asked_by: str
    asked_of: str
    asked_at: datetime
    answer: str | None
    answered_at: datetime | None
    withdrawn: bool

    @property
    def is_open(self) -> bool:
        """Whether the answer is still awaited."""
        return self.answered_at is None and not self.withdrawn


@dataclass(frozen=True, slots=True)
class Sharing:
    """`may` are the actions that the person who looks may do with the task now. `does_it_for` is the name of
    whoever has delegated it, `asked_about` the task that a question is about, `asked_by` who asked it.
    """

    may: frozenset[str]
    colleagues: tuple[Colleague, ...]
    does_it_for: str | None
    questions: tuple[Question, ...]
    asked_about: str | None
    asked_by: str | None

    @property
    def together(self) -> bool:
        """Whether there is anything to do besides the work itself."""
        return bool(self.may - {Action.WORK_TASK.value})


def sharing_of(session: Session, actor: Actor, task: HumanTask, now: datetime) -> Sharing:
    """What the task's page shows of it, for somebody who may see the task."""
    names = Names(session)
    is_open, is_question = task.status not in TASK_ENDED, task.kind is TaskKind.QUESTION
    allowed = frozenset(
        each.value for each in _DEEDS if is_open and may(session, actor, each, task, now=now).allowed
    ) | frozenset({"comment_task"} if may(session, actor, Action.COMMENT_TASK, task, now=now) else ())
    involved = bool(allowed - {"comment_task", "work_task"}) and not is_question
    delegated = delegation_of(session, task.id)
    about = None
    if is_question:
        about = session.exec(select(TaskQuestion).where(TaskQuestion.question_id == task.id)).first()
    return Sharing(
        may=allowed,
        colleagues=_colleagues(session, actor, task, now) if involved else (),
        does_it_for=None if delegated is None else names.of(delegated.from_id),
        questions=_questions(session, names, task),
        asked_about=None if about is None else about.task_id,
        asked_by=None if about is None else names.of(about.asked_by),
    )


_DEEDS = (
    Action.WORK_TASK,
    Action.REASSIGN_TASK,
    Action.DELEGATE_TASK,
    Action.ASK_ABOUT_TASK,
    Action.MOVE_DUE,
)


def _colleagues(session: Session, actor: Actor, task: HumanTask, now: datetime) -> tuple[Colleague, ...]:
    case = None if task.case_id is None else session.get(Case, task.case_id)
    worker = None if case is None else case.worker_id
    return tuple(
        Colleague(each.id, each.name, each.id == worker, each.id == task.assignee_id)
        for each in colleagues(session, task, now)
        if each.id != actor.staff_id
    )


def _questions(session: Session, names: Names, task: HumanTask) -> tuple[Question, ...]:
    query = select(TaskQuestion).where(TaskQuestion.task_id == task.id).order_by(col(TaskQuestion.id))
    return tuple(
        Question(
            id=row.question_id,
            question=row.question,
            asked_by=names.of(row.asked_by) or "",
            asked_of=names.of(row.asked_of) or "",
            asked_at=row.asked_at,
            answer=row.answer,
            answered_at=row.answered_at,
            withdrawn=row.withdrawn_at is not None,
        )
        for row in session.exec(query)
    )
