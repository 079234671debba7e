"""Commands about the answers to a human task: drafts, single items, completing, correcting. Each is one
transaction.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from flows.inbox.case.referring import hear
from flows.inbox.commands import command
from flows.inbox.desk import (
    ChangedError,
    ConflictError,
    InboxError,
    NotAllowedError,
    TaskEndedError,
    UnknownTaskError,
    ended,
    find,
    keep_late,
    tell_case,
    wake,
)
from flows.inbox.people.waiting_contacts import refuse_unlooked
from flows.inbox.task.following import drop_unasked, send_signals, wake_corrected
from models import (
    INSTANCE_GIVEN_UP,
    AnswerSource,
    ChecklistAnswer,
    HumanTask,
    Instance,
    Store,
    TaskKind,
    TaskStatus,
    WakeKind,
)
from tasks.history import Happening
from tasks.people.answer_values import is_blank, satisfies
from tasks.people.answers import Given, current_answers, keep_answers, keep_drafts, values_of
from tasks.people.forms import FormError, ItemProblem, Place, entry_of, is_asked, place_of, validate_answers
from tasks.people.human_tasks import change, end, is_open, note
from tasks.people.questions import ITEM, answered

Answers = Mapping[str, object] | Iterable[tuple[str, object]]
"""Answers by item (`housing`, or `findings.housing` where two steps share a form). Pairs keep doubled ones,
which are refused.
"""

ON_ANSWER = "on_answer"


@dataclass(frozen=True, slots=True)
class Completed:
    """A completed task: its answers as they are kept, by item. `repeated` says that it had been completed
    before.
    """

    task_id: str
    answers: Mapping[str, Any]
    completed_at: datetime
    completed_by: str | None
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer that was kept: `counts` at once, or when the form is sent. `changed` is False if it said
    the same before; `cancelled`: the process takes nothing in any more, so nothing follows from it.
    """

    task_id: str
    item: str
    value: Any
    counts: bool
    changed: bool = True
    cancelled: bool = False


@command
def complete(  # noqa: PLR0913  (what is sent, by whom and on what it is based, by name)
    store: Store,
    task_id: str,
    answers: Answers,
    *,
    by: str | None,
    now: datetime,
    key: str | None = None,
    source: AnswerSource = AnswerSource.WORKER,
    comment: str | None = None,
    revision: int | None = None,
) -> Completed:
    """Send the form and complete the task. What was typed as a draft, or counted already, need not be sent
    again.

    The same `key` or the same answers a second time give the first result; other answers are a
    ConflictError, and an open task that is not as it was at `revision` is a ChangedError. FormError lists
    every problem of every item; nothing is counted then. TaskEndedError after the task was cancelled: the
    answers are kept in its history and wake nothing.
    """
    pairs = pairs_of(answers)
    with store.write("wake") as session:
        task = find(session, task_id, by)
        if task.status is TaskStatus.COMPLETED:
            return _first_result(task, pairs, key)
        if is_open(task):
            if revision is not None and revision != task.revision:
                raise ChangedError("the task has changed since you read it; read it again")
            return _complete(session, task, pairs, Given(by, now, source, key), comment)
        keep_late(session, task, dict(pairs), now, by)
    raise TaskEndedError(f"{ended(task)}; what you sent is kept in its history and counts for nothing")


def pick(store: Store, task_id: str, record_id: str, *, by: str | None, now: datetime) -> Completed:
    """Say which of the records that were found is meant."""
    with store.read() as session:
        task = session.get(HumanTask, task_id)
        if task is None:
            raise UnknownTaskError(f"there is no task {task_id}; `casewright tasks` lists the open ones")
        if len(task.form) != 1:
            raise InboxError(f"task {task.id} does not ask for one record; complete it with its answers")
        item = str(task.form[0]["id"])
    return complete(store, task_id, {item: record_id}, by=by, now=now)


@command
def answer_item(
    store: Store,
    task_id: str,
    item: str,
    value: object,
    *,
    by: str | None,
    now: datetime,
    source: AnswerSource = AnswerSource.WORKER,
    key: str | None = None,
) -> Answered:
    """Answer one item. With `submit: on_answer` it counts at once and wakes what waits for it; another is
    kept as a draft.

    Answering again corrects: the steps that had read the old answer run again. The same answer, or the same
    `key`, changes nothing.
    """
    with store.write("wake") as session:
        task = find(session, task_id, by)
        if is_open(task):
            return _answer(session, task, item, value, Given(by, now, source, key))
        if task.status is TaskStatus.COMPLETED:
            raise ConflictError(f"task {task.id} is completed; correct the answer with a reason")
        keep_late(session, task, {item: value}, now, by)
    raise TaskEndedError(f"{ended(task)}; what you sent is kept in its history and counts for nothing")


@command
def correct(  # noqa: PLR0913  (what a correction is, by name)
    store: Store,
    task_id: str,
    item: str,
    value: object,
    *,
    reason: str,
    by: str | None,
    now: datetime,
    source: AnswerSource = AnswerSource.WORKER,
    key: str | None = None,
    based_on: str | None = None,
) -> Answered:
    """Correct an answer that counts, also after the form was sent. The old one stays, superseded; the steps
    that had read it run again with the new one. After the form was sent a question that nobody has answered,
    such as one that is asked only since another answer was corrected, gets its answer so too; and answers to
    questions that are not asked any more count no longer.

    `based_on` is the row of the answer that somebody had before their eyes: ConflictError where another one
    counts by now. The same `key` a second time changes nothing.
    """
    if not reason.strip():
        raise InboxError("a correction needs a reason")
    with store.write("wake") as session:
        task = find(session, task_id, by)
        entry = entry_of(task.form, item)
        if is_open(task) or task.status is TaskStatus.COMPLETED:
            given = Given(by, now, source, key)
            repeated = _same_key(session, task, entry, given)
            if repeated is not None:
                return Answered(task.id, entry["id"], repeated.value, counts=True, changed=False)
            _may_be_corrected(session, task, entry, based_on)
            return _correct(session, task, entry_name(entry), value, given, reason)
        keep_late(session, task, {item: value}, now, by)
    raise TaskEndedError(f"{ended(task)}; what you sent is kept in its history and counts for nothing")


def _may_be_corrected(
    session: Session, task: HumanTask, entry: Mapping[str, Any], based_on: str | None
) -> None:
    if task.kind is TaskKind.CHASE:
        raise ConflictError("what the service said stands at the referral; say there what it says now")
    standing = current_answers(session, task).get(place_of(entry))
    if standing is None and task.status is not TaskStatus.COMPLETED:
        raise ConflictError(f"`{entry['id']}` of task {task.id} has no answer that counts; answer it first")
    if based_on is not None and (standing is None or standing.id != based_on):
        raise ConflictError("somebody has corrected this answer meanwhile; look at it again")


def entry_name(entry: Mapping[str, Any]) -> str:
    """The full name of an item, `step.item`."""
    return ".".join(place_of(entry))


# -- completing


def _complete(
    session: Session, task: HumanTask, pairs: list[tuple[str, object]], given: Given, comment: str | None
) -> Completed:
    if task.kind is TaskKind.INCIDENT:
        raise NotAllowedError(f"task {task.id} is an incident: retry it, skip it with a reason, or cancel")
    refuse_unlooked(session, task)
    existing = values_of(current_answers(session, task))
    sent = [*_drafted(session, task, pairs, existing, given.now), *pairs]
    values = validate_answers(task.form, sent, existing, now=given.now)
    kept = keep_answers(session, task, values, given)
    reason = "the answer was corrected when the form was sent"
    gone = drop_unasked(session, task, reason, given)
    if task.assignee_id is None and given.by is not None:
        task.assignee_id = given.by
    fresh = {(each.answer.step, each.answer.item): each.answer.value for each in kept}
    task.outcome = {
        "answers": {
            _short(task, place): value for place, value in {**existing, **fresh}.items() if place not in gone
        },
        "sent": _digest(pairs),
        "key": given.key,
    }
    end(session, task, TaskStatus.COMPLETED, given.now, by=given.by)
    if task.kind is TaskKind.QUESTION:
        answered(session, task, task.outcome["answers"][ITEM], given.now, given.by)
    if task.kind is TaskKind.CHASE:
        hear(session, task, task.outcome["answers"], given.by, given.now)
    if comment:
        note(session, task, "comment", given.now, by=given.by, comment=comment)
    wake(session, task, f"answer:{task.id}", WakeKind.ANSWER, {}, given.now)
    wake_corrected(session, task, kept, reason, given)
    send_signals(session, task, kept, given)
    tell_case(session, task, Happening.TASK_COMPLETED, f"Done: {task.title}", given.now, given.by)
    return _result(task)


def _drafted(
    session: Session,
    task: HumanTask,
    pairs: list[tuple[str, object]],
    existing: Mapping[Place, Any],
    now: datetime,
) -> list[tuple[str, object]]:
    """The drafts of items that were not sent, as they were typed, without those of items that are not asked
    any more.
    """
    drafts = values_of(current_answers(session, task, drafts=True))
    if not drafts:
        return []
    sent = {
        place_of(item) for item in task.form for name, _ in pairs if name in (item["id"], entry_name(item))
    }
    typed = [(".".join(place), raw) for place, raw in drafts.items() if place not in sent]
    known = {**existing, **validate_answers(task.form, [*typed, *pairs], existing, now=now, partial=True)}
    asked = {entry_name(item) for item in task.form if is_asked(task.form, item, known, now) is not False}
    return [(name, raw) for name, raw in typed if name in asked]


def _first_result(task: HumanTask, pairs: list[tuple[str, object]], key: str | None) -> Completed:
    outcome = task.outcome or {}
    if (key is not None and key == outcome.get("key")) or _digest(pairs) == outcome.get("sent"):
        return _result(task, repeated=True)
    raise ConflictError(
        f"task {task.id} was completed with other answers; correct them one by one with a reason"
    )


def _result(task: HumanTask, *, repeated: bool = False) -> Completed:
    if task.completed_at is None:
        raise InboxError(f"task {task.id} is not completed")
    answers = (task.outcome or {}).get("answers", {})
    return Completed(task.id, answers, task.completed_at, task.completed_by, repeated)


def _short(task: HumanTask, place: Place) -> str:
    """The item's own id; with its step in front where two steps share the form and the id."""
    alone = sum(item["id"] == place[1] for item in task.form) <= 1
    return place[1] if alone else ".".join(place)


# -- one item


def _answer(session: Session, task: HumanTask, item: str, value: object, given: Given) -> Answered:
    entry = entry_of(task.form, item)
    if entry["submit"] != ON_ANSWER:
        keep_drafts(session, task, {place_of(entry): None if is_blank(value) else jsonable(value)}, given)
        return Answered(task.id, entry["id"], value, counts=False)
    repeated = _same_key(session, task, entry, given)
    if repeated is not None:
        return Answered(task.id, entry["id"], repeated.value, counts=True, changed=False)
    existing = values_of(current_answers(session, task))
    values = _one(task, entry, value, existing, given.now)
    kept = keep_answers(session, task, values, given)
    if not kept:
        return Answered(task.id, entry["id"], values[place_of(entry)], counts=True, changed=False)
    if kept[0].before is None:
        detail = {"step": entry["step"], "item": entry["id"]}
        wake(session, task, f"item:{kept[0].answer.id}", WakeKind.ITEM, detail, given.now)
    wake_corrected(session, task, kept, "the answer was corrected", given)
    send_signals(session, task, kept, given)
    if task.status in (TaskStatus.REQUESTED, TaskStatus.ACCEPTED):
        change(session, task, "status", TaskStatus.IN_PROGRESS, given.now, given.by)
    return Answered(task.id, entry["id"], kept[0].answer.value, counts=True)


def _same_key(
    session: Session, task: HumanTask, entry: Mapping[str, Any], given: Given
) -> ChecklistAnswer | None:
    if given.key is None:
        return None
    query = select(ChecklistAnswer).where(
        ChecklistAnswer.task_id == task.id,
        ChecklistAnswer.idempotency_key == given.key,
        ChecklistAnswer.step == entry["step"],
        ChecklistAnswer.item == entry["id"],
    )
    return session.exec(query).first()


def _correct(
    session: Session, task: HumanTask, name: str, value: object, given: Given, reason: str
) -> Answered:
    entry = entry_of(task.form, name)
    existing = values_of(current_answers(session, task))
    values = _one(task, entry, value, existing, given.now)
    kept = keep_answers(session, task, values, given)
    if not kept:
        return Answered(task.id, entry["id"], values[place_of(entry)], counts=True, changed=False)
    wake_corrected(session, task, kept, reason, given, late=task.status is TaskStatus.COMPLETED)
    drop_unasked(session, task, reason, given)
    send_signals(session, task, kept, given)
    what = f"Answer corrected: {entry['ask']}"
    tell_case(session, task, Happening.ANSWER_CORRECTED, what, given.now, given.by, reason)
    instance = None if task.instance_id is None else session.get(Instance, task.instance_id)
    over = instance is not None and instance.status in INSTANCE_GIVEN_UP
    return Answered(task.id, entry["id"], kept[0].answer.value, counts=True, cancelled=over)


def _one(
    task: HumanTask, entry: Mapping[str, Any], value: object, existing: Mapping[Place, Any], now: datetime
) -> dict[Place, Any]:
    """One checked answer to an item that is asked."""
    if is_blank(value):
        raise FormError(
            [ItemProblem(entry["id"], "an answer is wanted; doesnt_know and not_collected are answers")]
        )
    others = {place: kept for place, kept in existing.items() if place != place_of(entry)}
    values = validate_answers(task.form, [(entry_name(entry), value)], others, now=now, partial=True)
    if is_asked(task.form, entry, others, now) is False:
        raise FormError([ItemProblem(entry["id"], f"it is asked only if `{entry['only_if']}`")])
    if task.status is TaskStatus.COMPLETED and entry["required"] and not satisfies(values[place_of(entry)]):
        raise FormError(
            [ItemProblem(entry["id"], "an answer is required; doesnt_know is one, not_collected is not")]
        )
    return values


def pairs_of(answers: Answers) -> list[tuple[str, object]]:
    """The answers as pairs, doubled ones included."""
    return list(answers.items() if isinstance(answers, Mapping) else answers)


def jsonable(raw: object) -> Any:
    """What was typed, as JSON keeps it."""
    return json.loads(json.dumps(raw, default=str))


def _digest(pairs: list[tuple[str, object]]) -> str:
    """The same for the same answers in any order."""
    written = json.dumps(
        sorted(((name, jsonable(raw)) for name, raw in pairs), key=lambda pair: pair[0]),
        sort_keys=True,
        default=str,
    )
    return hashlib.sha256(written.encode()).hexdigest()
