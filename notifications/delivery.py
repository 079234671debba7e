"""Delivery: takes messages out of the outbox one by one, judges each once more, sends it and stores what
came of it.

A send happens outside any transaction. Three things can be known afterwards: it was accepted, it certainly
was not, or the reply was lost. In the last case, and after a crash, the provider is asked for the message
before it is sent again; only where it has none is it resent, which `Message.resends` counts (G4).
"""

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session, and_, case, col, func, or_, select

from models import Channel as ChannelKind
from models import ContactPoint, Message, MessagePriority, MessageStatus, Staff, Store, new_id
from notifications import settling
from notifications.background import entry_of
from notifications.channels import Accepted, Channel, OutcomeUnknown, Outgoing, Rejected, SendError, TryLater
from notifications.gate import REFUSALS, Deferred, Refused, Verdict, judge, judge_staff
from notifications.outbox import is_withdrawn
from notifications.policy import Policy

FAULT_POINTS: Final = (
    "outbox.claimed",
    "outbox.before_send",
    "outbox.after_send",
    "outbox.stored",
    "receipt.before_commit",
    "receipt.after_commit",
)
"""Every point of a delivery that `reach` is called at. Names are never reused for another place."""

log = logging.getLogger(__name__)


def pass_by(point: str) -> None:
    """The `reach` of normal operation."""
    del point


@dataclass(frozen=True, slots=True)
class Sending:
    """A message that was offered to its provider, for whoever looks on; free of personal data. `outcome` is a
    word of `deliver_due`, `latency` the time from when it could leave to the call, `took` what the call took.
    """

    message_id: str
    channel: ChannelKind
    critical: bool
    outcome: str
    latency: timedelta
    took: timedelta
    instance_id: str | None
    step_run_id: str | None


def unwatched(sending: Sending) -> None:
    """The `watch` of a post that nobody looks at."""
    del sending


@dataclass(frozen=True, slots=True)
class Post:
    """What a delivery works with: the database, the channels by kind, the clock, the settings.

    `reach` is called at each of `FAULT_POINTS`; a crash test ends the process there. `watch` is told each
    message that was offered to its provider, once what came of it is stored. `first` surrounds the claiming
    of a message, for whoever has to get ahead of others.
    """

    store: Store
    channels: Mapping[ChannelKind, Channel]
    clock: Callable[[], datetime]
    policy: Policy = field(default_factory=Policy)
    new_id: Callable[[], str] = new_id
    reach: Callable[[str], None] = pass_by
    watch: Callable[[Sending], None] = unwatched
    first: Callable[[], AbstractContextManager[None]] = nullcontext


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that this process may send now. `doubtful`: an earlier attempt may have been accepted.
    `free_since` is when it could have left.
    """

    message_id: str
    token: str
    channel: Channel
    outgoing: Outgoing
    doubtful: bool
    message: Message
    free_since: datetime


def deliver_due(post: Post, limit: int = 100, *, critical: bool = False) -> Counter[str]:
    """Deliver what is due, critical messages first, then by due time; at most `limit` messages. With
    `critical` these alone.

    Counts outcomes: `sent, found, retry, failed, unknown, blocked, deferred, withdrawn, overtaken`, and
    `resent` beside `sent`. Any number of processes may do this at once. What a channel reports is stored
    with the message and tried again by `policy`.
    """
    counts: Counter[str] = Counter()
    with post.store.read() as session:  # most of the time nothing is due, which needs no write lock
        limit = limit if _next_due(session, post, critical=critical) is not None else 0
    for _ in range(limit):
        outcomes = _deliver_next(post, critical=critical)
        if outcomes is None:
            break
        counts.update(outcomes)
    return counts


def _deliver_next(post: Post, *, critical: bool) -> tuple[str, ...] | None:
    """Bring the next due message one outcome further; None when nothing is due."""
    with post.first(), post.store.write() as session:
        message = _next_due(session, post, critical=critical, lock=True)
        if message is None:
            return None
        claim = _claim(session, message, post)
    if isinstance(claim, str):
        return (claim,)
    post.reach("outbox.claimed")
    if not claim.doubtful:
        return (_send(post, claim),)
    outcome = _reconcile(post, claim)
    return (outcome,) if outcome != "resent" else ("resent", _send(post, claim))


def _next_due(session: Session, post: Post, *, critical: bool, lock: bool = False) -> Message | None:
    now = post.clock()
    due = or_(col(Message.next_attempt_at).is_(None), col(Message.next_attempt_at) <= now)
    released = or_(col(Message.not_before).is_(None), col(Message.not_before) <= now)
    unheld = and_(col(Message.claim_token).is_(None), due)
    abandoned = and_(
        col(Message.claim_token).is_not(None), col(Message.claimed_at) <= now - post.policy.claim_timeout
    )
    query = (
        select(Message)
        .where(
            or_(
                and_(col(Message.status) == MessageStatus.QUEUED, due, released),
                and_(col(Message.status) == MessageStatus.SENDING, or_(unheld, abandoned)),
            ),
            col(Message.channel).in_(list(post.channels)),
        )
        .order_by(
            case((col(Message.priority) == MessagePriority.CRITICAL, 0), else_=1),
            func.coalesce(Message.next_attempt_at, Message.not_before, Message.created_at),
            col(Message.id),
        )
        .limit(1)
    )
    if critical:
        query = query.where(Message.priority == MessagePriority.CRITICAL)
    return session.exec(query.with_for_update(skip_locked=True) if lock else query).first()


def _claim(session: Session, message: Message, post: Post) -> Claim | str:
    """Claim a due message; or settle it where the gate does not let it go, and name that outcome."""
    now = post.clock()
    doubtful = message.status is MessageStatus.SENDING
    if not doubtful:
        stopped = _stopped(session, message, post, now)
        if stopped is not None:
            return stopped
    token = post.new_id()
    free_since = message.next_attempt_at or message.not_before or message.created_at
    message.status = MessageStatus.SENDING
    message.claim_token, message.claimed_at, message.next_attempt_at = token, now, None
    message.attempts += 1
    session.add(message)
    session.flush()
    outgoing = _outgoing(session, message)
    return Claim(message.id, token, post.channels[message.channel], outgoing, doubtful, message, free_since)


def _stopped(session: Session, message: Message, post: Post, now: datetime) -> str | None:
    """Judge a message right before it would leave; the outcome's name where it must not leave now."""
    verdict = _judged(session, message, now, post.policy)
    if isinstance(verdict, Refused):
        settling.block(session, message, verdict, now)
        return "blocked"
    if isinstance(verdict, Deferred):
        settling.put_off(session, message, verdict)
        return "deferred"
    message.quiet_bypass_reason = verdict.quiet_bypass
    return None


def _judged(session: Session, message: Message, now: datetime, policy: Policy) -> Verdict:
    if message.staff_id is not None:
        return judge_staff(session.get(Staff, message.staff_id), message.address, message.channel)
    contact = session.get(ContactPoint, message.contact_point_id) if message.contact_point_id else None
    entry = entry_of(session, contact) if contact is not None else None
    if contact is None or entry is None:
        return Refused("no_contact", REFUSALS["no_contact"])
    if contact.value != message.address:
        return Refused("address_changed", REFUSALS["address_changed"])
    critical = message.priority is MessagePriority.CRITICAL
    return judge(
        contact,
        entry.client,
        entry.involvement,
        message.channel,
        now,
        critical,
        background=entry.background,
        policy=policy,
    )


def _outgoing(session: Session, message: Message) -> Outgoing:
    contact = session.get(ContactPoint, message.contact_point_id) if message.contact_point_id else None
    return Outgoing(
        message_id=message.id,
        channel=message.channel,
        address=message.address,
        subject=message.subject,
        body=message.body,
        language=message.language,
        created_at=message.created_at,
        calendar_text=message.calendar_text,
        discreet=contact is not None and not contact.may_identify_organisation,
    )


def _send(post: Post, claim: Claim) -> str:
    """Send a claimed message and store what came of it."""
    post.reach("outbox.before_send")
    called, started = post.clock(), time.monotonic()
    said: Accepted | SendError
    try:
        said = claim.channel.send(claim.outgoing)
    except SendError as error:
        said = error
    except Exception as error:  # a fault of a channel must not stop the messages behind this one
        said = OutcomeUnknown("unexpected", f"the channel failed with {type(error).__name__}")
    took = timedelta(seconds=time.monotonic() - started)
    post.reach("outbox.after_send")
    if isinstance(said, SendError):
        outcome = _stored(post, _keep_failure(post, claim, said))
    else:
        outcome = _stored(post, _keep_accepted(post, claim, said, "sent"))
    post.watch(_sending(claim, outcome, called - claim.free_since, took))
    return outcome


def _sending(claim: Claim, outcome: str, latency: timedelta, took: timedelta) -> Sending:
    message = claim.message
    critical = message.priority is MessagePriority.CRITICAL
    return Sending(
        message_id=message.id,
        channel=message.channel,
        critical=critical,
        outcome=outcome,
        latency=latency,
        took=took,
        instance_id=message.instance_id,
        step_run_id=message.step_run_id,
    )


def _stored(post: Post, outcome: str) -> str:
    post.reach("outbox.stored")
    return outcome


def _reconcile(post: Post, claim: Claim) -> str:
    """Look for a message that may have been accepted. `resent`: the provider has none, so it may be sent
    now.
    """
    try:
        candidates = claim.channel.find(claim.outgoing)
    except SendError as error:
        return _keep_failure(post, claim, OutcomeUnknown(error.code, str(error)))
    with post.store.write() as session:
        message = _held(session, claim)
        if message is None:
            return "overtaken"
        free = [
            each
            for each in candidates
            if each not in settling.taken(session, claim.channel.name, candidates, message)
        ]
        now = post.clock()
        if free:
            settling.accept(session, message, claim.channel.name, Accepted(free[0]), now, post.policy)
            return "found"
        if is_withdrawn(message):
            settling.take_back(session, message, now)
            return "withdrawn"
        message.resends += 1
        return _stopped(session, message, post, now) or "resent"


def _keep_accepted(post: Post, claim: Claim, accepted: Accepted, outcome: str) -> str:
    with post.store.write() as session:
        message = _held(session, claim)
        if message is None:
            # another process took over: what this one sent is kept as a receipt of the same message
            settling.keep_receipt(
                session,
                claim.channel.name,
                accepted.provider_id,
                accepted.status,
                post.clock(),
                message_id=claim.message_id,
            )
            return "overtaken"
        settling.accept(session, message, claim.channel.name, accepted, post.clock(), post.policy)
        if not claim.channel.reports:
            message.next_poll_at = None
    return outcome


def _keep_failure(post: Post, claim: Claim, error: SendError) -> str:
    """Store a send that did not end well, and decide whether and when it is tried again."""
    with post.store.write() as session:
        message = _held(session, claim)
        if message is None:
            return "overtaken"
        now = post.clock()
        doubtful = not isinstance(error, Rejected | TryLater)
        log.warning("message %s: %s (attempt %s)", message.id, error.code, message.attempts)
        if isinstance(error, Rejected) or message.attempts >= post.policy.max_attempts:
            settling.reject(session, message, error, now)
            return "failed"
        if is_withdrawn(message) and not doubtful:
            settling.take_back(session, message, now)
            return "withdrawn"
        wait = post.policy.retry_after(message.attempts, message.priority)
        if isinstance(error, TryLater) and error.after is not None:
            wait = min(max(wait, error.after), post.policy.longest_retry)
        if doubtful:
            wait = max(wait, post.policy.reconcile_after)
        settling.retry(session, message, error, now + wait, doubtful=doubtful)
        return "unknown" if doubtful else "retry"


def _held(session: Session, claim: Claim) -> Message | None:
    """The claimed message, locked, if this process still holds it."""
    query = select(Message).where(Message.id == claim.message_id, Message.claim_token == claim.token)
    return session.exec(query.with_for_update()).first()
