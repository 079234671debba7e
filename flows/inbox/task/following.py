"""What follows from answers that were kept: those who had read another one hear of it, and signals are sent.

In the transaction of the answers, whatever the process that asks does next.
"""

import json

from sqlmodel import Session

from flows.inbox.desk import OPERATOR, wake
from models import HumanTask, WakeKind, new_id
from tasks.people.answers import Given, Kept
from tasks.people.human_tasks import note
from tasks.signals.sending import Sent, send


def wake_corrected(session: Session, task: HumanTask, kept: list[Kept], reason: str, given: Given) -> None:
    """Wake the instance for every answer that replaced another one, and note what it was."""
    for each in kept:
        if each.before is None:
            continue
        answer = each.answer
        detail = {
            "step": answer.step,
            "item": answer.item,
            "iteration": answer.iteration,
            "reason": reason,
            "by": given.by,
        }
        wake(session, task, f"changed:{answer.id}", WakeKind.CHANGED, detail, given.now)
        old, new = (json.dumps(value, ensure_ascii=False) for value in (each.before.value, answer.value))
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
