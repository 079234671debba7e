"""Delivery: takes messages out of the outbox, judges each once more, sends it and stores what came of it.

A send happens outside any transaction. Three things can be known afterwards: it was accepted, it certainly
was not, or the reply was lost. In the last case, and after a crash, the provider is asked for the message
before it is sent again; only where it has none is it resent, which `Message.resends` counts (G4).

Ordinary messages are claimed by the handful, since on SQLite each transaction keeps all others waiting;
critical ones one by one.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from sqlalchemy import Integer, bindparam, update
from sqlmodel import Session, and_, case, col, func, or_, select

from models import (
    ContactPoint,
    Instance,
    InstanceStatus,
    Message,
    MessagePriority,
    MessageStatus,
    Staff,
    UtcDateTime,
)
from notifications import settling
from notifications.background import entry_of
from notifications.channels import Accepted, OutcomeUnknown, Outgoing, SendError
from notifications.gate import REFUSALS, Deferred, Refused, Verdict, judge, judge_staff
from notifications.keeping import held, keep, keep_failure, put_back
from notifications.outbox import is_withdrawn
from notifications.policy import Policy
from notifications.post import Claim, Post, Said

HANDFUL: Final = 20
"""Ordinary messages that are claimed in one transaction at most."""

FRESH: Final = 0.5
"""Seconds after which a claimed message is judged anew before it leaves."""

TOGETHER: Final = 0.1
"""Seconds for which the answers of a provider that can be asked again are gathered, to be stored together."""


def deliver_due(post: Post, limit: int = 100, *, critical: bool = False) -> Counter[str]:
    """Deliver what is due, critical messages first, then by due time; at most `limit` messages. With
    `critical` these alone.

    Counts outcomes: `sent, found, retry, failed, unknown, blocked, deferred, withdrawn, overtaken`, and
    `resent` beside `sent`. Any number of processes may do this at once. What a channel reports is stored
    with the message and tried again by `policy`.
    """
    counts: Counter[str] = Counter()
    with post.store.read() as session:  # most of the time nothing is due, which needs no write lock
        left = limit if _due(session, post, 1, critical=critical) else 0
    while left > 0:
        most = min(left, 1 if critical else HANDFUL)
        done = list(_deliver_some(post, most, critical=critical))
        if not done:
            break
        left -= len(done)
        counts.update(outcome for outcomes in done for outcome in outcomes)
    return counts


def _deliver_some(post: Post, most: int, *, critical: bool) -> Iterator[tuple[str, ...]]:
    """Bring the due messages that come first one outcome further each; none when nothing is due."""
    with post.first(), post.store.write() as session:
        found = _handful(_due(session, post, most, critical=critical, lock=True))
        session.gather(found)
        claims = [_claim(session, message, post) for message in found]
    yield from ((each,) for each in claims if isinstance(each, str))
    yield from _send(post, [each for each in claims if isinstance(each, Claim)])


def _handful(due: Sequence[Message]) -> Sequence[Message]:
    """Those that may be claimed together: to one address once, since what a provider says of it decides about
    the next message; and a critical one alone, so that no other stands behind it should its provider be slow.
    """
    if due and due[0].priority is MessagePriority.CRITICAL:
        return due[:1]
    chosen: dict[str, Message] = {}
    for each in due:
        chosen.setdefault(each.id if each.staff_id is not None else each.address.lower(), each)
    return list(chosen.values())


def _send(post: Post, claims: Sequence[Claim]) -> Iterator[tuple[str, ...]]:
    """Send claimed messages one by one, and store what came of them. What would leave later than `FRESH`
    after it was judged is given back instead.

    The answers of a provider that can be asked are stored together: after a crash it is asked. That of
    another is stored at once, since after a crash its message leaves a second time.
    """
    if not claims:
        return
    post.reach("outbox.claimed")
    judged, since, said, late = time.monotonic(), 0.0, list[Said](), claims[:0]
    for place, claim in enumerate(claims):
        if place and time.monotonic() - judged > FRESH:
            late = claims[place:]
            break
        if claim.doubtful:
            yield _again(post, claim)
            continue
        since = since if said else time.monotonic()
        said.append(_call(post, claim))
        if not claim.channel.reports or time.monotonic() - since > TOGETHER:
            yield from keep(post, said)
            said = []
    yield from keep(post, said)
    put_back(post, late)


def _again(post: Post, claim: Claim) -> tuple[str, ...]:
    """A message that may have been accepted before: it is looked for, and sent where nobody has it."""
    outcome = _reconcile(post, claim)
    if outcome != "resent":
        return (outcome,)
    ((sent,),) = keep(post, [_call(post, claim)])
    return ("resent", sent)


def _due(session: Session, post: Post, most: int, *, critical: bool, lock: bool = False) -> Sequence[Message]:
    now = post.clock()
    given = {
        "now": now,
        "left_behind": now - post.policy.claim_timeout,
        "channels": list(post.channels),
        "most": most,
    }
    found: Sequence[Message] = session.exec(_next(critical=critical, lock=lock), params=given).all()
    return found


@cache
def _next(*, critical: bool, lock: bool) -> Any:
    """The statement for the messages that are due first; made once, since it is asked all the time."""
    now = bindparam("now", type_=UtcDateTime())
    due = or_(col(Message.next_attempt_at).is_(None), col(Message.next_attempt_at) <= now)
    released = or_(col(Message.not_before).is_(None), col(Message.not_before) <= now)
    unheld = and_(col(Message.claim_token).is_(None), due)
    abandoned = and_(
        col(Message.claim_token).is_not(None), col(Message.claimed_at) <= bindparam("left_behind")
    )
    query = (
        select(Message)
        .where(
            or_(
                and_(col(Message.status) == MessageStatus.QUEUED, due, released),
                and_(col(Message.status) == MessageStatus.SENDING, or_(unheld, abandoned)),
            ),
            col(Message.channel).in_(bindparam("channels", expanding=True)),
        )
        .order_by(
            case((col(Message.priority) == MessagePriority.CRITICAL, 0), else_=1),
            func.coalesce(Message.next_attempt_at, Message.not_before, Message.created_at),
            col(Message.id),
        )
        .limit(bindparam("most", type_=Integer()))
    )
    if critical:
        query = query.where(Message.priority == MessagePriority.CRITICAL)
    return query.with_for_update(skip_locked=True) if lock else query


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
    if _held(session, message):
        return Deferred(now + policy.held_again, "held", "the process that it comes from is held")
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


def _held(session: Session, message: Message) -> bool:
    """Whether the process that a message comes from is held. A hold delays no alert, and nothing that goes to
    staff.
    """
    if message.instance_id is None or message.staff_id is not None:
        return False
    instance = session.get(Instance, message.instance_id)
    critical = message.priority is MessagePriority.CRITICAL
    return instance is not None and instance.status is InstanceStatus.HELD and not critical


def release_held(session: Session, instance_id: str) -> None:
    """The process goes on: its messages that were put off are judged again now."""
    put_off = update(Message).where(
        col(Message.instance_id) == instance_id, col(Message.status) == MessageStatus.QUEUED
    )
    session.execute(put_off.values(not_before=None).execution_options(synchronize_session=False))


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


def _call(post: Post, claim: Claim) -> Said:
    """Hand a claimed message to its provider."""
    post.reach("outbox.before_send")
    called, started = post.clock(), time.monotonic()
    answer: Accepted | SendError
    try:
        answer = claim.channel.send(claim.outgoing)
    except SendError as error:
        answer = error
    except Exception as error:  # a fault of a channel must not stop the messages behind this one
        answer = OutcomeUnknown("unexpected", f"the channel failed with {type(error).__name__}")
    took = timedelta(seconds=time.monotonic() - started)
    post.reach("outbox.after_send")
    return Said(claim, answer, called, took)


def _reconcile(post: Post, claim: Claim) -> str:
    """Look for a message that may have been accepted. `resent`: the provider has none, so it may be sent
    now.
    """
    try:
        candidates = claim.channel.find(claim.outgoing)
    except SendError as error:
        return keep_failure(post, claim, OutcomeUnknown(error.code, str(error)))
    with post.store.write() as session:
        message = held(session, [claim]).get(claim.message_id)
        if message is None:
            return "overtaken"
        free = [
            each
            for each in candidates
            if each not in settling.taken(session, claim.channel.name, candidates, message)
        ]
        now = post.clock()
        if free:
            name = claim.channel.name
            early = settling.early_receipts(session, [(name, free[0])])
            settling.accept(session, message, name, Accepted(free[0]), now, post.policy, early)
            return "found"
        if is_withdrawn(message):
            settling.take_back(session, message, now)
            return "withdrawn"
        message.resends += 1
        return _stopped(session, message, post, now) or "resent"
