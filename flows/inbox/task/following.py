"""What follows from answers that were kept: those who had read another one hear of it, and signals are sent.

In the transaction of the answers, whatever the process that asks does next.
"""

import json

from sqlmodel import Session

from definitions.expressions import CLOCK, Call, parse, walk
from flows.inbox.desk import OPERATOR, wake
from models import ChecklistAnswer, HumanTask, WakeKind, new_id
from tasks.people.answer_values import Item
from tasks.people.answers import Given, Kept, current_answers, supersede_answers, values_of
from tasks.people.forms import Place, is_asked, place_of
from tasks.people.given_answers import forget_answers
from tasks.people.human_tasks import note
from tasks.signals.sending import Sent, send


def wake_corrected(
    session: Session, task: HumanTask, kept: list[Kept], reason: str, given: Given, *, late: bool = False
) -> None:
    """Wake the instance for every answer that replaced another one, and note what it was; `late` also for one
    that is the first, when its form was sent without it.
    """
    for each in kept:
        if each.before is None and not late:
            continue
        before = None if each.before is None else each.before.value
        _changed(session, task, each.answer, (before, each.answer.value), reason, given)


def drop_unasked(session: Session, task: HumanTask, reason: str, given: Given) -> set[Place]:
    """Let answers to questions that are not asked any more count no longer, wake the instance for each, and
    give their places. They stay in the history; a consent is what somebody wants, and stays until it is taken
    back. What was asked at its time of the day or year was asked, whatever the clock says now.
    """
    dropped: set[Place] = set()
    under = [item for item in task.form if item["type"] != "consent" and _hangs_on_answers(item)]
    standing = current_answers(session, task) if under else {}
    while gone := [
        place
        for item in under
        if (place := place_of(item)) in standing
        and _is_over(is_asked(task.form, item, values_of(standing), given.now), item, dropped)
    ]:
        rows = [standing.pop(place) for place in gone]
        supersede_answers(session, rows, given.now)
        forget_answers(session)
        for row in rows:
            _changed(session, task, row, (row.value, None), reason, given)
        dropped.update(gone)
    return dropped


def _hangs_on_answers(item: Item) -> bool:
    """Whether a question has a condition, and one that does not ask the clock."""
    text = item.get("only_if")
    parts = () if text is None else walk(parse(str(text)).root)
    return text is not None and not any(isinstance(part, Call) and part.function in CLOCK for part in parts)


def _is_over(asked: bool | None, item: Item, dropped: set[Place]) -> bool:
    """Whether a question is not asked any more, or can't be decided about because one on which it hangs is
    not.
    """
    if asked is not None:
        return not asked
    names = {name.path[0] for name in parse(str(item["only_if"])).names}
    return any(step == item["step"] and gone in names for step, gone in dropped)


def _changed(
    session: Session,
    task: HumanTask,
    answer: ChecklistAnswer,
    values: tuple[object, object],
    reason: str,
    given: Given,
) -> None:
    detail = {
        "step": answer.step,
        "item": answer.item,
        "iteration": answer.iteration,
        "reason": reason,
        "by": given.by,
    }
    key = "changed" if values[1] is not None else "unasked"
    wake(session, task, f"{key}:{answer.id}", WakeKind.CHANGED, detail, given.now)
    old, new = (None if value is None else json.dumps(value, ensure_ascii=False) for value in values)
    name = f"{answer.step}.{answer.item}"
    note(session, task, "corrected", given.now, by=given.by, changed=(name, old, new), comment=reason)


def send_signals(session: Session, task: HumanTask, kept: list[Kept], given: Given) -> None:
    """Tell the processes of the case what a question of the form says, where it is answered with yes."""
    asked = {(str(entry["step"]), str(entry["id"])): entry for entry in task.form if "signal" in entry}
    for each in kept if asked and task.case_id is not None else ():
        entry = asked.get((each.answer.step, each.answer.item))
        if entry is None or each.answer.value != "yes" or task.case_id is None:
            continue
        sent = Sent(
            name=entry["signal"]["name"],
            title=entry["signal"]["title"],
            case_id=task.case_id,
            key=f"answer:{each.answer.id}",
            by=given.by or OPERATOR,
            zone=entry["zone"],
            alerted=bool(entry["signal"].get("alerted")),
        )
        send(session, sent, given.now, new_id())
