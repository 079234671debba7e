"""What was written for a case: to whom, by which way, how it went, and why not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, or_, select

from models import Case, Channel, Instance, InstanceStatus, Message, MessagePriority, MessageStatus
from web.reading.names import Names

MOST: Final = 300

STATES: Final = {
    MessageStatus.QUEUED: "waits to be sent",
    MessageStatus.SENDING: "is being sent",
    MessageStatus.SENT: "sent; nobody has said yet whether it arrived",
    MessageStatus.DELIVERED: "delivered",
    MessageStatus.UNDELIVERED: "did not arrive",
    MessageStatus.FAILED: "could not be sent",
    MessageStatus.BLOCKED: "not sent",
    MessageStatus.WITHDRAWN: "taken back before it was sent",
}
WAYS: Final = {Channel.EMAIL: "e-mail", Channel.SMS: "SMS"}


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message. `to_staff` is the name of a member of staff, None where it went to somebody around the
    client (`to`). `state` is a MessageStatus, `words` the same as a sentence's end. `why` says why it was not
    sent or did not arrive, `held` why it waits; `until` is before when it is not tried.
    """

    what: str
    to: str
    to_staff: str | None
    way: str
    language: str
    state: str
    words: str
    why: str
    held: str
    until: datetime | None
    at: datetime
    sent_at: datetime | None
    ended_at: datetime | None
    resends: int
    attempts: int
    critical: bool
    quiet_bypass: str
    subject: str
    text: str


def case_messages(session: Session, case: Case) -> tuple[MessageLine, ...]:
    """The messages of a case, the newest first."""
    made = select(Instance.id).where(Instance.case_id == case.id)
    mine = or_(col(Message.case_id) == case.id, col(Message.instance_id).in_(made))
    newest = (col(Message.created_at).desc(), col(Message.id).desc())
    rows = session.exec(select(Message).where(mine).order_by(*newest).limit(MOST)).all()
    names = Names(session)
    resting = _resting(session, case)
    return tuple(_line(each, names, resting) for each in rows)


def _resting(session: Session, case: Case) -> frozenset[str]:
    held = select(Instance.id).where(Instance.case_id == case.id, Instance.status == InstanceStatus.HELD)
    return frozenset(session.exec(held))


def _line(message: Message, names: Names, resting: frozenset[str]) -> MessageLine:
    return MessageLine(
        what=message.template,
        to=message.recipient_role,
        to_staff=names.of(message.staff_id),
        way=WAYS[message.channel],
        language=message.language,
        state=message.status.value,
        words=STATES[message.status],
        why=_why(message),
        held=_held(message, resting),
        until=message.not_before or message.next_attempt_at
        if message.status is MessageStatus.QUEUED
        else None,
        at=message.created_at,
        sent_at=message.sent_at,
        ended_at=message.final_at,
        resends=message.resends,
        attempts=message.attempts,
        critical=message.priority is MessagePriority.CRITICAL,
        quiet_bypass=message.quiet_bypass_reason or "",
        subject=message.subject,
        text=message.body,
    )


def _why(message: Message) -> str:
    """Why it was not sent or did not arrive, without the code in front."""
    if message.status in (MessageStatus.DELIVERED, MessageStatus.SENT):
        return ""
    said = message.block_reason or message.last_error or ""
    code, colon, words = said.partition(": ")
    return words if colon and " " not in code else said


def _held(message: Message, resting: frozenset[str]) -> str:
    if message.status is not MessageStatus.QUEUED:
        return ""
    if message.instance_id in resting and message.priority is not MessagePriority.CRITICAL:
        return "the process that wrote it is held"
    return "it is tried again" if message.attempts else ""
