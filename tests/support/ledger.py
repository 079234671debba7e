"""What people and programs were told is done, kept outside the database: a kill takes nothing from it.

After a crash every line must still be true of the database (G1): `forgotten` says which are not.
"""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sqlmodel import Session, col, select

from models import (
    Appointment,
    ChecklistAnswer,
    HumanTask,
    Instance,
    InstanceStatus,
    Message,
    MessageStatus,
    Plan,
    Signal,
    TaskStatus,
    Timer,
)

Line = tuple[str, str, str]
"""What was acknowledged, of what, and a detail: `("answer_item", task id, item)`."""


class Ledger:
    """A file of acknowledgements. Each line is in the kernel's hands when `write` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, what: str, subject: str, detail: str = "") -> None:
        """Keep one acknowledgement."""
        line = json.dumps([what, subject, detail]).encode() + b"\n"
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, line)
        finally:
            os.close(file)

    def lines(self) -> list[Line]:
        """All that was acknowledged so far, in its order."""
        if not self._path.exists():
            return []
        read = (json.loads(line) for line in self._path.read_text().splitlines())
        return [(what, subject, detail) for what, subject, detail in read]


def forgotten(session: Session, ledger: Ledger) -> Iterator[str]:
    """Every acknowledgement that the database does not know of."""
    for what, subject, detail in dict.fromkeys(ledger.lines()):
        if not _KNOWN[what](session, subject, detail):
            yield f"lost: {what} of {subject} {detail} was acknowledged"


def _started(session: Session, subject: str, _detail: str) -> bool:
    return session.exec(select(Instance.id).where(Instance.start_key == subject)).first() is not None


def _answered(session: Session, subject: str, detail: str) -> bool:
    query = select(ChecklistAnswer.id).where(
        ChecklistAnswer.task_id == subject,
        ChecklistAnswer.item == detail,
        col(ChecklistAnswer.draft).is_(False),
    )
    return session.exec(query).first() is not None


def _completed(session: Session, subject: str, _detail: str) -> bool:
    task = session.get(HumanTask, subject)
    return task is not None and task.status is TaskStatus.COMPLETED


def _accepted(session: Session, subject: str, _detail: str) -> bool:
    task = session.get(HumanTask, subject)
    return task is not None and task.accepted_at is not None


def _booked(session: Session, subject: str, _detail: str) -> bool:
    return session.exec(select(Appointment.id).where(Appointment.task_id == subject)).first() is not None


def _planned(session: Session, subject: str, _detail: str) -> bool:
    return session.exec(select(Plan.id).where(Plan.case_id == subject)).first() is not None


def _cancelled(session: Session, subject: str, _detail: str) -> bool:
    instance = session.get(Instance, subject)
    return instance is not None and instance.status is InstanceStatus.CANCELLED


def _fired(session: Session, subject: str, _detail: str) -> bool:
    timer = session.exec(select(Timer).where(Timer.key == subject)).first()
    return timer is not None and timer.fired_at is not None


def _received(session: Session, subject: str, _detail: str) -> bool:
    message = session.get(Message, subject)
    return message is not None and message.status is not MessageStatus.QUEUED


def _sent(session: Session, subject: str, detail: str) -> bool:
    query = select(Signal.id).where(Signal.case_id == subject, col(Signal.key).endswith(f":{detail}"))
    return session.exec(query).first() is not None


_KNOWN: Mapping[str, Callable[[Session, str, str], bool]] = {
    "start": _started,
    "answer_item": _answered,
    "correct": _answered,
    "complete": _completed,
    "accept": _accepted,
    "book": _booked,
    "record_plan": _planned,
    "cancel": _cancelled,
    "timer": _fired,
    "receipt": _received,
    "signal": _sent,
}
