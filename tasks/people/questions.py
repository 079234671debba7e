"""Questions about a human task that a colleague was asked: the answer comes back to the task, which waits for
it without its due date moving.
"""

from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, select

from models import HumanTask, Staff, TaskQuestion, TaskStatus
from tasks.people.answer_values import no_answer
from tasks.people.human_tasks import change, is_open, note, open_questions

STEP: Final = "question"
ITEM: Final = "answer"
NONE: Final = {
    "doesnt_know": "doesn't know",
    "prefers_not_to_answer": "prefers not to say",
    "not_collected": "not found out",
}


def question_form(zone: str) -> list[dict[str, Any]]:
    """The form of the task in which somebody answers a question."""
    return [
        {
            "step": STEP,
            "iteration": "",
            "id": ITEM,
            "ask": "Your answer",
            "required": True,
            "submit": "with_form",
            "zone": zone,
            "type": "text",
        }
    ]


def await_answer(session: Session, task: HumanTask, asked: Staff, at: datetime, by: str) -> None:
    """The task waits for what `asked` will say. It may be worked on all the same."""
    change(session, task, "status", TaskStatus.ON_HOLD, at, by)
    task.reason = f"Information is awaited from {asked.name}"
    session.add(task)


def answered(session: Session, question: HumanTask, given: object, at: datetime, by: str | None) -> None:
    """Bring the answer of a question back to the task that it is about; that there is none is one, too."""
    answer = f"No answer: {NONE.get(str(no_answer(given)), 'none')}" if no_answer(given) else str(given)
    row = _row(session, question)
    if row is None:
        return
    row.answer, row.answered_at = answer, at
    session.add(row)
    about = session.get_one(HumanTask, row.task_id, with_for_update={"key_share": True})
    note(session, about, "answer_came", at, by=by, comment=answer)
    _go_on(session, about, at)


def taken_back(session: Session, question: HumanTask, at: datetime) -> None:
    """A question was ended without an answer: the task waits for it no more."""
    row = _row(session, question)
    if row is None or row.withdrawn_at is not None:
        return
    row.withdrawn_at = at
    session.add(row)
    about = session.get_one(HumanTask, row.task_id, with_for_update={"key_share": True})
    note(session, about, "question_withdrawn", at)
    _go_on(session, about, at)


def _go_on(session: Session, task: HumanTask, at: datetime) -> None:
    if task.status is not TaskStatus.ON_HOLD or not is_open(task):
        return
    session.flush()
    if not open_questions(session, task):
        begun = TaskStatus.REQUESTED if task.accepted_at is None else TaskStatus.IN_PROGRESS
        change(session, task, "status", begun, at)
        task.reason = None
        session.add(task)


def _row(session: Session, question: HumanTask) -> TaskQuestion | None:
    return session.exec(select(TaskQuestion).where(TaskQuestion.question_id == question.id)).first()
