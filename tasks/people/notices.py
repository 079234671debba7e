"""Telling the staff who hold a human task that it needs them: a message to each, beside the entry in their
inbox.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session

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
    told = _Telling(call.session, task, event, turn, call.step.title, call.now, call.new_id)
    return told.to(to or Chosen(task.assignee_id, task.candidate_group, ""))


def send_notice_of(
    session: Session, task: HumanTask, event: str, now: datetime, new_id: Callable[[], str]
) -> int:
    """`send_notice` to those who hold a task that no step has made."""
    told = _Telling(session, task, event, "", task.title, now, new_id)
    return told.to(Chosen(task.assignee_id, task.candidate_group, ""))


@dataclass(frozen=True, slots=True)
class _Telling:
    """One event of a task that people are told of. `about` is what its subject says."""

    session: Session
    task: HumanTask
    event: str
    turn: str
    about: str
    now: datetime
    new_id: Callable[[], str]

    def to(self, chosen: Chosen) -> int:
        holders = self._holders(chosen)
        for staff in holders:
            notifications.queue(self.session, self._draft(staff), self.now, self.new_id)
        return len(holders)

    def _holders(self, chosen: Chosen) -> list[Staff]:
        if chosen.staff_id is not None:
            staff = self.session.get(Staff, chosen.staff_id)
            return [] if staff is None else [staff]
        here = [] if chosen.group is None else members(self.session, chosen.group)
        return [each for each in here if each.is_available(self.now)]

    def _draft(self, staff: Staff) -> Draft:
        task = self.task
        case = None if task.case_id is None else self.session.get(Case, task.case_id)
        lines = [f"{WORDS[self.event]}: {task.title}"]
        if case is not None:
            lines.append(f"Case: {case.number}")
        if task.due_wall:
            lines.append(f"Due: {task.due_wall}")
        lines.append(f"Task: {task.id}")
        critical = task.priority is TaskPriority.STAT
        return Draft(
            channel=Channel.EMAIL,
            to=Addressee(role="staff", address=staff.email, language=staff.language, staff_id=staff.id),
            template=TEMPLATE,
            language="en",
            subject=f"{WORDS[self.event]}: {_plain(self.about)}",
            body="\n".join(lines),
            key=f"{task.id}:{self.event}:{self.turn}:{staff.id}",
            origin=Origin(case_id=task.case_id),
            priority=MessagePriority.CRITICAL if critical else MessagePriority.ORDINARY,
        )


def _plain(title: str) -> str:
    """The title as a subject line: without what the outbox refuses in a header."""
    return " ".join(title.replace("=?", "= ?").split())
