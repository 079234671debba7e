"""Storing what came of sends: an answer counts while the process still holds the message; several are stored
in one transaction.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlmodel import Session, col, select

from models import Message, MessagePriority, MessageStatus, among, many
from notifications import settling
from notifications.channels import Accepted, Rejected, Report, SendError, TryLater
from notifications.outbox import is_withdrawn
from notifications.post import Claim, Post, Said, Sending

log = logging.getLogger(__name__)

_HELD: Final = (
    select(Message)
    .where(
        among(Message.id, many("ids")),
        among(Message.claim_token, many("tokens")),
    )
    .order_by(col(Message.id))
    .with_for_update()
)


def keep(post: Post, said: Sequence[Said]) -> list[tuple[str]]:
    """Store what providers have said, together; where that is not possible, each by itself, so that nothing
    that was sent is forgotten because of another message. Gives the outcome of each.
    """
    if not said:
        return []
    try:
        outcomes = _kept(post, said)
    except Exception as error:
        if len(said) == 1:
            raise
        log.warning("%s answers are stored one by one: %s", len(said), type(error).__name__)
        return _kept_alone(post, said)
    post.reach("outbox.stored")
    for each, outcome in zip(said, outcomes, strict=True):
        post.watch(_sending(each, outcome))
    return [(outcome,) for outcome in outcomes]


def _kept_alone(post: Post, said: Sequence[Said]) -> list[tuple[str]]:
    """Each in a transaction of its own; the error of one is raised when the others are stored."""
    outcomes: list[tuple[str]] = []
    failed: Exception | None = None
    for each in said:
        try:
            outcomes += keep(post, [each])
        except Exception as error:  # the message stays claimed, and is looked for later
            failed = error
    if failed is not None:
        raise failed
    return outcomes


def keep_failure(post: Post, claim: Claim, error: SendError) -> str:
    """Store that a message could not be sent, or looked for."""
    with post.store.write() as session:
        message = held(session, [claim]).get(claim.message_id)
        return "overtaken" if message is None else _failed(session, post, message, error)


def held(session: Session, claims: Iterable[Claim]) -> Mapping[str, Message]:
    """The claimed messages, locked, that this process still holds."""
    tokens = {claim.message_id: claim.token for claim in claims}
    rows = session.exec(_HELD, params={"ids": list(tokens), "tokens": list(tokens.values())})
    return {row.id: row for row in rows if row.claim_token == tokens[row.id]}


def put_back(post: Post, claims: Sequence[Claim]) -> None:
    """Let go of messages that were claimed and not offered to their provider: they are due as before, unless
    they were withdrawn meanwhile.
    """
    if not claims:
        return
    with post.store.write() as session:
        mine = held(session, claims)
        for claim in claims:
            message = mine.get(claim.message_id)
            if message is None:
                continue
            message.attempts -= 1
            if is_withdrawn(message) and not claim.doubtful:
                settling.take_back(session, message, post.clock())
            else:
                message.status = MessageStatus.SENDING if claim.doubtful else MessageStatus.QUEUED
                message.claim_token = None
                session.add(message)


def _kept(post: Post, said: Sequence[Said]) -> list[str]:
    with post.store.write() as session:
        mine = held(session, [each.claim for each in said])
        session.gather(list(mine.values()))
        taken = [
            (each.claim.channel.name, each.answer.provider_id)
            for each in said
            if isinstance(each.answer, Accepted)
        ]
        early = settling.early_receipts(session, taken)  # in one go, before anything is to be written
        return [_settled(session, post, each, mine.get(each.claim.message_id), early) for each in said]


def _settled(session: Session, post: Post, said: Said, message: Message | None, early: settling.Early) -> str:
    claim, answer, now = said.claim, said.answer, post.clock()
    if isinstance(answer, SendError):
        return "overtaken" if message is None else _failed(session, post, message, answer)
    if message is None:
        # another process took over: what this one sent is kept as a receipt of the same message
        name, given = claim.channel.name, answer.provider_id
        status = Report(answer.status)
        settling.keep_receipt(session, name, given, status, now, message_id=claim.message_id)
        return "overtaken"
    settling.accept(session, message, claim.channel.name, answer, now, post.policy, early)
    if not claim.channel.reports:
        message.next_poll_at = None
    return "sent"


def _failed(session: Session, post: Post, message: Message, error: SendError) -> str:
    """Store a send that did not end well, and decide whether and when it is tried again."""
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


def _sending(said: Said, outcome: str) -> Sending:
    claim, message = said.claim, said.claim.message
    return Sending(
        message_id=message.id,
        channel=message.channel,
        critical=message.priority is MessagePriority.CRITICAL,
        outcome=outcome,
        latency=said.called - claim.free_since,
        took=said.took,
        instance_id=message.instance_id,
        step_run_id=message.step_run_id,
    )
