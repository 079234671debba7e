"""The outbox: messages are written into the transaction of the step that wants them, and leave later
(`delivery`).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from models import Channel, Message, MessagePriority, MessageStatus, Topic, announce, related
from notifications.errors import TextRefusedError
from notifications.segments import count_segments

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
ENCODED_WORD = "=?"


@dataclass(frozen=True, slots=True)
class Origin:
    """What a message came from. All parts are record ids."""

    case_id: str | None = None
    client_id: str | None = None
    instance_id: str | None = None
    step_run_id: str | None = None


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a message goes to: a contact point of a client, or a member of staff. One of the two ids is
    given.
    """

    role: str
    address: str
    language: str
    contact_point_id: str | None = None
    staff_id: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A rendered message. `key` is the same when a step run is repeated, so that it is queued once."""

    channel: Channel
    to: Addressee
    template: str
    language: str
    subject: str
    body: str
    key: str
    origin: Origin = field(default_factory=Origin)
    calendar_text: str | None = None
    priority: MessagePriority = MessagePriority.ORDINARY
    not_before: datetime | None = None


def queue(session: Session, draft: Draft, now: datetime, new_id: Callable[[], str]) -> Message:
    """Put a message into the outbox, in the caller's transaction. A second call with the same key returns
    the first message.

    Raises `TextRefusedError` for control characters or `=?` in the address or the subject (on Python 3.11.7
    an encoded word in a subject injects headers), for an empty body, and for an addressee without a record:
    the gate could not judge it.
    """
    known = _known(session, draft)
    if known is not None:
        return known
    refuse_injection("address", draft.to.address)
    refuse_injection("subject", draft.subject)
    if not draft.body.strip():
        raise TextRefusedError(
            "empty", f"template `{draft.template}` gives an empty text; a message needs one"
        )
    if (draft.to.contact_point_id is None) == (draft.to.staff_id is None):
        raise TextRefusedError(
            "no_record", "a message goes to a contact point or to a member of staff; give one of both"
        )
    message = Message(
        id=new_id(),
        channel=draft.channel,
        case_id=draft.origin.case_id,
        client_id=draft.origin.client_id,
        staff_id=draft.to.staff_id,
        instance_id=draft.origin.instance_id,
        step_run_id=draft.origin.step_run_id,
        contact_point_id=draft.to.contact_point_id,
        address=draft.to.address,
        recipient_role=draft.to.role,
        language=draft.language,
        template=draft.template,
        subject=draft.subject,
        body=draft.body,
        calendar_text=draft.calendar_text,
        priority=draft.priority,
        dedupe_key=draft.key,
        not_before=draft.not_before,
        created_at=now,
        segments=count_segments(draft.body).segments if draft.channel is Channel.SMS else None,
    )
    session.add(message)
    if draft.priority is MessagePriority.CRITICAL:
        announce(session, Topic.OUTBOX)
    return message


def _known(session: Session, draft: Draft) -> Message | None:
    if draft.origin.step_run_id is None:
        return next(iter(related(session, Message, dedupe_key=draft.key)), None)
    messages = related(session, Message, step_run_id=draft.origin.step_run_id)
    return next((each for each in messages if each.dedupe_key == draft.key), None)


def withdraw(session: Session, step_run_id: str, reason: str, now: datetime) -> int:
    """Withdraw a step run's messages that have not left; returns how many. What was sent stays.

    A message on its way just now is marked: if it turns out that it was not accepted, it is not sent again.
    """
    if not related(session, Message, step_run_id=step_run_id):
        return 0  # only the step itself queues any
    query = select(Message).where(
        Message.step_run_id == step_run_id,
        col(Message.status).in_((MessageStatus.QUEUED, MessageStatus.SENDING)),
    )
    messages = session.exec(query.with_for_update()).all()
    for message in messages:
        message.block_reason = f"withdrawn: {reason}"
        if message.status is MessageStatus.QUEUED:
            message.status = MessageStatus.WITHDRAWN
            message.final_at = now
        session.add(message)
    session.flush()
    return sum(message.status is MessageStatus.WITHDRAWN for message in messages)


def is_withdrawn(message: Message) -> bool:
    """Whether a message was withdrawn while it was on its way."""
    return message.block_reason is not None and message.block_reason.startswith("withdrawn: ")


def refuse_injection(part: str, value: str) -> None:
    """Refuse what could smuggle a header into a message: control characters and encoded words."""
    if CONTROL.search(value):
        raise TextRefusedError("control_character", f"the {part} holds a control character; remove it")
    if ENCODED_WORD in value:
        raise TextRefusedError(
            "encoded_word", f"the {part} holds `=?`, which mail programs decode; remove it"
        )
