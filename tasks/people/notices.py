"""Telling the staff who hold a human task that it needs them: a message to each, beside the entry in their
inbox.
"""

from typing import Final

import notifications
from models import Case, Channel, HumanTask, MessagePriority, Staff, TaskPriority
from notifications import Addressee, Draft, Origin
from tasks.call import Call
from tasks.people.holders import Chosen, members

TEMPLATE: Final = "staff_notice"
WORDS: Final = {
    "told": "For your information",
    "handed_over": "You are asked to take over",
    "offered": "Nobody has accepted this yet, please take it",
    "reminded": "Reminder",
    "overdue": "Overdue",
    "book_by": "No appointment is booked yet",
    "escalated": "Overdue, and you are told because nobody has finished it",
}
"""What each notice says, by the event in the task's history that goes with it."""


def send_notice(call: Call, task: HumanTask, event: str, *, to: Chosen | None = None, turn: str = "") -> int:
    """Queue a message about a task to those who hold it, or to `to`; returns how many are told.

    The text is neutral: what the task is called, the case number, when it is due. A group is told through its
    members who are here. `event` is a key of `WORDS`; each person hears of one event once, or once per
    `turn`.
    """
    holders = _holders(call, to or Chosen(task.assignee_id, task.candidate_group, ""))
    for staff in holders:
        notifications.queue(call.session, _draft(call, task, staff, event, turn), call.now, call.new_id)
    return len(holders)


def _holders(call: Call, chosen: Chosen) -> list[Staff]:
    if chosen.staff_id is not None:
        staff = call.session.get(Staff, chosen.staff_id)
        return [] if staff is None else [staff]
    here = [] if chosen.group is None else members(call.session, chosen.group)
    return [each for each in here if each.is_available(call.now)]


def _draft(call: Call, task: HumanTask, staff: Staff, event: str, turn: str) -> Draft:
    case = None if task.case_id is None else call.session.get(Case, task.case_id)
    lines = [f"{WORDS[event]}: {task.title}"]
    if case is not None:
        lines.append(f"Case: {case.number}")
    if task.due_wall:
        lines.append(f"Due: {task.due_wall}")
    lines.append(f"Task: {task.id}")
    return Draft(
        channel=Channel.EMAIL,
        to=Addressee(role="staff", address=staff.email, language=staff.language, staff_id=staff.id),
        template=TEMPLATE,
        language="en",
        subject=f"{WORDS[event]}: {_plain(call.step.title)}",
        body="\n".join(lines),
        key=f"{task.id}:{event}:{turn}:{staff.id}",
        origin=Origin(case_id=task.case_id),
        priority=MessagePriority.CRITICAL if task.priority is TaskPriority.STAT else MessagePriority.ORDINARY,
    )


def _plain(title: str) -> str:
    """The title as a subject line: without what the outbox refuses in a header."""
    return " ".join(title.replace("=?", "= ?").split())
