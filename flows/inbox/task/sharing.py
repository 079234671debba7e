"""Commands with which several people work on one human task: delegating it and handing it back, asking a
colleague about it, commenting. Each is one transaction.
"""

from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from flows.inbox.commands import command
from flows.inbox.desk import (
    ConflictError,
    InboxError,
    NotAllowedError,
    TaskEndedError,
    UnknownTaskError,
    active_staff,
    check_actor,
    find_open,
    mark_accepted,
    to_be_accepted,
    zone_of,
)
from flows.inbox.task.colleagues import colleague
from flows.inbox.task.four_eyes import kept_from
from models import (
    Case,
    Delegation,
    HumanTask,
    Staff,
    Store,
    TaskEvent,
    TaskKind,
    TaskQuestion,
    TaskStatus,
    new_id,
)
from tasks.people.answer_values import UnreadableError, read_text
from tasks.people.appointments import standing
from tasks.people.holders import knowing
from tasks.people.human_tasks import change, end, is_open, note
from tasks.people.questions import await_answer, question_form, taken_back

LONGEST: Final = 2_000
"""Characters of a comment or a question."""


@command
def delegate(
    store: Store, task_id: str, *, to: str, by: str, now: datetime, reason: str | None = None
) -> HumanTask:
    """Have a colleague do a task for the one who has it. It comes back when either of the two hands it back;
    until then both see it. To the same person again changes nothing.

    ConflictError when it is delegated already, NotAllowedError for somebody who may not see the case.
    """
    with store.write("wake") as session:
        task = find_open(session, task_id, by)
        _refuse_question(task)
        open_one = delegation_of(session, task.id)
        if open_one is not None:
            if open_one.to_id == to:
                return task
            raise ConflictError("the task is delegated already; have it handed back first")
        holder = task.assignee_id or by
        if to == holder:
            raise InboxError("the task is with this person already")
        colleague(session, task, to, now)
        if kept_from(session, task, to, instead_of=holder):
            raise NotAllowedError("this task needs four eyes: the colleague has the other part of it")
        if holder == by:
            mark_accepted(session, task, by, now)
        session.add(Delegation(id=new_id(), task_id=task.id, from_id=holder, to_id=to, delegated_at=now))
        _move(session, task, to, "delegated", now, by, reason)
        return task


@command
def hand_back(store: Store, task_id: str, *, by: str, now: datetime, reason: str | None = None) -> HumanTask:
    """Give a delegated task back to whoever it was delegated by; they may take it back themselves. Where that
    person has left or must not have it, it goes into the queue of its group, or of the case's team. What is
    not delegated stays as it is.
    """
    with store.write("wake") as session:
        task = find_open(session, task_id, by)
        open_one = delegation_of(session, task.id)
        if open_one is None:
            return task
        end_delegation(session, task.id, now)
        case = None if task.case_id is None else session.get(Case, task.case_id)
        back = session.get(Staff, open_one.from_id)
        may_have = case is None or open_one.from_id not in knowing(session, case.client_id)
        may_have = may_have and not kept_from(session, task, open_one.from_id, instead_of=task.assignee_id)
        here = back is not None and back.active and may_have
        if not here:
            group = task.candidate_group or (case.team if case is not None else None)
            if group is None:
                raise NotAllowedError("whoever delegated the task has left; a supervisor can reassign it")
            change(session, task, "candidate_group", group, now, by)
        _move(session, task, open_one.from_id if here else None, "handed_back", now, by, reason)
        return task


@command
def ask_about(store: Store, task_id: str, question: str, *, of: str, by: str, now: datetime) -> HumanTask:
    """Ask a colleague about a task: they get the question as a task of their own, and their answer comes
    back. The task is marked as waiting for information; its due date stays. Returns the task of the
    question; the same question while it is open gives the same one.
    """
    text = _text(question, "a question")
    with store.write("wake") as session:
        task = find_open(session, task_id, by)
        _refuse_question(task)
        known = _asked_already(session, task, of, text)
        if known is not None:
            return known
        if of == by:
            raise InboxError("somebody else is asked, not you yourself")
        asked = colleague(session, task, of, now)
        made = HumanTask(
            id=new_id(),
            kind=TaskKind.QUESTION,
            title=f"Question about: {task.title}",
            description=text,
            case_id=task.case_id,
            assignee_id=of,
            owner_id=by,
            priority=task.priority,
            due_at=task.due_at,
            due_wall=task.due_wall,
            created_at=now,
            form=question_form(zone_of(task)),
            details={"zone": zone_of(task)},
            excluded_ids=list(task.excluded_ids),
        )
        session.add(made)
        note(session, made, "created", now, by=by, changed=("holder", None, of))
        session.add(
            TaskQuestion(
                id=new_id(),
                task_id=task.id,
                question_id=made.id,
                asked_by=by,
                asked_of=of,
                asked_at=now,
                question=text,
            )
        )
        if task.assignee_id == by:
            mark_accepted(session, task, by, now)
        await_answer(session, task, asked, now, by)
        note(session, task, "asked", now, by=by, comment=text)
        return made


@command
def withdraw_question(store: Store, question_id: str, *, by: str, now: datetime) -> HumanTask:
    """Take a question back that nobody has answered yet; its task waits for it no more. Again changes
    nothing.
    """
    with store.write("wake") as session:
        question: HumanTask | None = session.get(HumanTask, question_id, with_for_update={"key_share": True})
        if question is None or question.kind is not TaskKind.QUESTION:
            raise UnknownTaskError("there is no such question")
        check_actor(session, question, by)
        if question.status is TaskStatus.COMPLETED:
            raise TaskEndedError("the question has been answered")
        if is_open(question):
            end(session, question, TaskStatus.CANCELLED, now, by=by, reason="The question was withdrawn")
            taken_back(session, question, now)
        return question


@command
def comment(
    store: Store, task_id: str, text: str, *, by: str, now: datetime, key: str | None = None
) -> TaskEvent:
    """Add a comment to the history of a task; it stays there. The same `key` of the same person again gives
    the first one; without one the same words again, with nothing said in between, are one comment.
    """
    words = _text(text, "a comment")
    with store.write() as session:
        task = session.get(HumanTask, task_id, with_for_update={"key_share": True})
        if task is None:
            raise UnknownTaskError("there is no such task")
        active_staff(session, by)
        mark = None if key is None else f"{by}:{key}"
        known = _said_already(session, task, words, by, mark)
        return known or note(session, task, "comment", now, by=by, comment=words, key=mark)


def delegation_of(session: Session, task_id: str) -> Delegation | None:
    """Who does the task for whom now, if anybody does."""
    query = select(Delegation).where(Delegation.task_id == task_id, col(Delegation.ended_at).is_(None))
    return session.exec(query).first()


def end_delegation(session: Session, task_id: str, now: datetime) -> None:
    """Nobody does the task for somebody else any more."""
    open_one = delegation_of(session, task_id)
    if open_one is not None:
        open_one.ended_at = now
        session.add(open_one)
        session.flush()  # before another one begins: one of a task is open


def pass_delegations_on(session: Session, case_id: str, whose: str, to: str | None, now: datetime) -> None:
    """What colleagues do for somebody in a case they do for `to` from now on; where that is nobody, somebody
    who must not have the task, or the colleague themselves, it is theirs.
    """
    query = (
        select(Delegation, HumanTask)
        .join(HumanTask, col(HumanTask.id) == col(Delegation.task_id))
        .where(HumanTask.case_id == case_id, Delegation.from_id == whose, col(Delegation.ended_at).is_(None))
    )
    for each, task in session.exec(query.order_by(col(Delegation.id))).all():
        if to in (None, each.to_id) or kept_from(session, task, to, instead_of=task.assignee_id):
            each.ended_at = now
        else:
            each.from_id = str(to)
        session.add(each)


def _move(
    session: Session,
    task: HumanTask,
    to: str | None,
    event: str,
    now: datetime,
    by: str,
    reason: str | None,
) -> None:
    change(session, task, "assignee_id", to, now, by)
    to_be_accepted(task)
    session.add(task)
    note(session, task, event, now, by=by, comment=reason)
    booked = standing(session, task)
    if booked is not None and to is not None:
        booked.worker_id = to
        session.add(booked)


def _refuse_question(task: HumanTask) -> None:
    if task.kind is TaskKind.QUESTION:
        raise NotAllowedError("a question is answered, not passed on; say in the answer whom to ask")


def _said_already(
    session: Session, task: HumanTask, words: str, by: str, mark: str | None
) -> TaskEvent | None:
    query = select(TaskEvent).where(TaskEvent.task_id == task.id)
    if mark is not None:
        return session.exec(query.where(TaskEvent.idempotency_key == mark)).first()
    last = session.exec(query.order_by(col(TaskEvent.at).desc(), col(TaskEvent.id).desc()).limit(1)).first()
    same = last is not None and (last.action, last.actor_id, last.comment) == ("comment", by, words)
    return last if same else None


def _asked_already(session: Session, task: HumanTask, of: str, text: str) -> HumanTask | None:
    query = select(TaskQuestion).where(
        TaskQuestion.task_id == task.id,
        TaskQuestion.asked_of == of,
        col(TaskQuestion.answered_at).is_(None),
        col(TaskQuestion.withdrawn_at).is_(None),
    )
    known = next((each for each in session.exec(query) if each.question == text), None)
    return None if known is None else session.get(HumanTask, known.question_id)


def _text(raw: str, what: str) -> str:
    try:
        text = read_text(raw, LONGEST)
    except UnreadableError as error:
        raise InboxError(str(error)) from None
    if not text:
        raise InboxError(f"{what} has words in it; write some")
    return text
