"""What became of a message, written down: its new status, its receipt, the contact's fault, and a wake for
who waits.

Every function changes rows in the caller's transaction. A status never moves backwards (domain.md,
"Messages").
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models import (
    MESSAGE_FINAL,
    AuditEvent,
    ContactPoint,
    Message,
    MessageStatus,
    Receipt,
    StepRun,
    StepStatus,
    WaitsFor,
    WakeKind,
    among,
    many,
    new_id,
    record_wake,
)
from notifications.channels import PROVIDER_STATUSES, Accepted, ContactFault, Rejected, Report, SendError
from notifications.gate import Deferred, Refused
from notifications.policy import Policy

log = logging.getLogger(__name__)

_RANK = {
    MessageStatus.QUEUED: 0,
    MessageStatus.SENDING: 1,
    MessageStatus.SENT: 2,
}
_FINAL_RANK = 3
ACTOR = "system:outbox"
"""Who changes a contact point because of a provider's answer, in the audit."""

_OF_PROVIDER: Final = select(Receipt).where(
    Receipt.provider == bindparam("provider"), among(Receipt.provider_id, many("ids"))
)
"""The receipts that a provider has given for some of its messages."""

ProviderId = tuple[str, str]
"""A provider's name, and its id for a message."""

Early = Mapping[ProviderId, Sequence[Receipt]]
"""Receipts that came before it was known whose they are."""

NO_FINAL_STATUS = "no_final_status"
"""The error code of a message about which the provider never said more than that it was sent."""


def early_receipts(session: Session, taken: Iterable[ProviderId]) -> Early:
    """The receipts that have come for these messages so far."""
    ids: dict[str, set[str]] = {}
    for provider, provider_id in taken:
        ids.setdefault(provider, set()).add(provider_id)
    found: dict[ProviderId, list[Receipt]] = {}
    for provider, some in ids.items():
        for each in session.exec(_OF_PROVIDER, params={"provider": provider, "ids": sorted(some)}):
            found.setdefault((provider, each.provider_id), []).append(each)
    return found


def accept(
    session: Session,
    message: Message,
    provider: str,
    accepted: Accepted,
    now: datetime,
    policy: Policy,
    receipts: Early,
) -> None:
    """The provider took it. Receipts that came before its id was known (`early_receipts`) are matched now."""
    early = receipts.get((provider, accepted.provider_id), ())
    message.provider, message.provider_id = provider, accepted.provider_id
    message.sent_at = message.sent_at or now
    message.claim_token = message.next_attempt_at = None
    message.last_error_code = message.last_error = None
    message.next_poll_at = now + policy.first_poll
    _move(session, message, MessageStatus.SENT, now)
    for receipt in early:
        receipt.message_id = message.id
        session.add(receipt)
    said = {receipt.status: _said(receipt) for receipt in early}
    if accepted.status not in said:
        session.add(_receipt(message.id, provider, accepted.provider_id, Report(accepted.status), now))
        _heed(session, message, Report(accepted.status), now)
    for word in sorted(said, key=lambda word: (word != accepted.status, word)):
        _heed(session, message, said[word], now)


def report(session: Session, message: Message, said: Report, now: datetime) -> bool:
    """Store what the provider says of a message; whether its status moved. A word that is not known is kept
    as a receipt.
    """
    if message.provider is not None and message.provider_id is not None:
        keep_receipt(session, message.provider, message.provider_id, said, now, message_id=message.id)
    return _heed(session, message, said, now)


def _heed(session: Session, message: Message, said: Report, now: datetime) -> bool:
    status = PROVIDER_STATUSES.get(said.status)
    if status is None:
        log.warning("message %s: unknown provider status %s kept as a receipt", message.id, said.status)
        return False
    if status not in MESSAGE_FINAL or message.final_at is not None:
        return _move(session, message, status, now)
    message.last_error_code = said.error_code
    mark_contact(session, message, said.fault, now)
    return _move(session, message, status, now)


def keep_receipt(
    session: Session,
    provider: str,
    provider_id: str,
    said: Report,
    now: datetime,
    *,
    message_id: str | None = None,
) -> None:
    """Keep a receipt, once per status, with the error that came with it. Without a message it waits until one
    with that provider id is stored.
    """
    known = session.exec(
        select(Receipt).where(
            Receipt.provider == provider, Receipt.provider_id == provider_id, Receipt.status == said.status
        )
    ).first()
    if known is None:
        session.add(_receipt(message_id, provider, provider_id, said, now))
        session.flush()
    elif said.error_code is not None and not known.raw:
        known.raw = _error(said)
        session.add(known)


def _receipt(message_id: str | None, provider: str, provider_id: str, said: Report, now: datetime) -> Receipt:
    return Receipt(
        id=new_id(),
        message_id=message_id,
        provider=provider,
        provider_id=provider_id,
        status=said.status,
        received_at=now,
        raw=_error(said),
    )


def _error(said: Report) -> dict[str, str]:
    """What a receipt keeps of the error that was told with a status: codes, nothing of a person."""
    fault = None if said.fault is None else said.fault.value
    return {name: text for name, text in (("error_code", said.error_code), ("fault", fault)) if text}


def _said(receipt: Receipt) -> Report:
    """What the provider has said with a receipt that was kept."""
    fault = receipt.raw.get("fault")
    return Report(
        receipt.status, receipt.raw.get("error_code"), None if fault is None else ContactFault(fault)
    )


def reject(session: Session, message: Message, error: SendError, now: datetime) -> None:
    """It was refused for good, or tried as often as `policy` allows."""
    _note(message, error)
    if isinstance(error, Rejected):
        mark_contact(session, message, error.fault, now)
    _move(session, message, MessageStatus.FAILED, now)


def retry(session: Session, message: Message, error: SendError, at: datetime, *, doubtful: bool) -> None:
    """It goes back into the outbox until `at`; with `doubtful`, to be looked for at the provider first."""
    _note(message, error)
    message.status = MessageStatus.SENDING if doubtful else MessageStatus.QUEUED
    message.claim_token = None
    message.next_attempt_at = at
    session.add(message)


def put_off(session: Session, message: Message, verdict: Deferred) -> None:
    """The gate lets it go later: it waits, and is judged again then."""
    message.status = MessageStatus.QUEUED
    message.claim_token = message.next_attempt_at = None
    message.not_before = verdict.until
    session.add(message)


def block(session: Session, message: Message, verdict: Refused, now: datetime) -> None:
    """The gate does not let it go."""
    message.block_reason = f"{verdict.code}: {verdict.reason}"
    message.last_error_code = verdict.code
    _move(session, message, MessageStatus.BLOCKED, now)


def take_back(session: Session, message: Message, now: datetime) -> None:
    """It was withdrawn while it was on its way, and has not left."""
    _move(session, message, MessageStatus.WITHDRAWN, now)


def taken(session: Session, provider: str, candidates: Iterable[str], message: Message) -> set[str]:
    """Which of the provider's ids already belong to other messages."""
    query = select(Message.provider_id).where(
        Message.provider == provider, col(Message.provider_id).in_(list(candidates)), Message.id != message.id
    )
    return {each for each in session.exec(query).all() if each is not None}


def mark_contact(session: Session, message: Message, fault: ContactFault | None, now: datetime) -> None:
    """Record on the contact point what the provider said about the address, unless it was changed
    meanwhile.
    """
    if fault is None or message.contact_point_id is None:
        return
    field = f"{fault.value}_at"
    contact = session.get(ContactPoint, message.contact_point_id)
    if contact is None or contact.value != message.address or getattr(contact, field) is not None:
        return
    setattr(contact, field, now)
    session.add(contact)
    session.add(
        AuditEvent(
            at=now,
            actor=ACTOR,
            action="update",
            record="ContactPoint",
            record_id=contact.id,
            fields=[field],
            case_id=message.case_id,
            instance_id=message.instance_id,
            reason=f"what the provider of message {message.id} answered",
        )
    )


def _move(session: Session, message: Message, status: MessageStatus, now: datetime) -> bool:
    """Move a message forward and wake who waits for it; whether it moved."""
    if _rank(status) <= _rank(message.status):
        return False
    message.status = status
    if status in MESSAGE_FINAL:
        message.final_at = now
        message.claim_token = message.next_attempt_at = message.next_poll_at = None
    session.add(message)
    if message.instance_id is not None and _is_awaited(session, message):
        detail = {"step_run": message.step_run_id, "message": message.id, "status": status.value}
        key = f"message:{message.id}:{status.value}"
        record_wake(session, message.instance_id, key, WakeKind.RECEIPT, detail, now)
    return True


def _is_awaited(session: Session, message: Message) -> bool:
    """Whether a step still wants to know. A wake costs a pass: notices to staff and ended steps get none."""
    run = session.get(StepRun, message.step_run_id) if message.step_run_id is not None else None
    if run is None:
        return True
    return run.status is StepStatus.WAITING and (
        message.staff_id is None or run.waits_for is WaitsFor.MESSAGE
    )


def _rank(status: MessageStatus) -> int:
    return _RANK.get(status, _FINAL_RANK)


def _note(message: Message, error: SendError) -> None:
    message.last_error_code = error.code
    message.last_error = str(error)
