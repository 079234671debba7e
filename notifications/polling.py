"""Polling: providers are asked about messages until they give a final answer (domain.md: `sent` is not
`delivered`).
"""

import logging
from collections import Counter
from typing import Final

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from models import Message, MessageStatus
from notifications import settling
from notifications.channels import Report, SendError
from notifications.post import Post

log = logging.getLogger(__name__)


def poll(post: Post, limit: int = 100) -> Counter[str]:
    """Ask the providers about messages that were sent and have no final status; at most `limit` of them.

    Counts `moved, same, unreachable`. Asking gets rarer with a message's age and ends after
    `policy.poll_for`: then the message stays `sent`, with the error code `no_final_status`.
    """
    counts: Counter[str] = Counter()
    for _ in range(limit):
        outcome = _poll_next(post)
        if outcome is None:
            break
        counts[outcome] += 1
    return counts


def _poll_next(post: Post) -> str | None:
    with post.store.read() as session:  # most of the time there is nobody to ask, which needs no write lock
        if _next(session, post) is None:
            return None
    with post.store.write() as session:
        message = _next(session, post, lock=True)
        if message is None:
            return None
        _plan_next_poll(message, post)
        session.add(message)
    channel = post.channels[message.channel]
    try:
        said = channel.status(message.provider_id or "")
    except SendError as error:
        log.warning("message %s: the provider could not be asked (%s)", message.id, error.code)
        return "unreachable"
    return _keep(post, message.id, said)


def _next(session: Session, post: Post, *, lock: bool = False) -> Message | None:
    named = {kind: channel.name for kind, channel in post.channels.items() if channel.reports}
    given = {"now": post.clock(), "channels": list(named), "providers": sorted(set(named.values()))}
    found: Message | None = session.exec(_NEXT_LOCKED if lock else _NEXT, params=given).first()
    return found


_NEXT: Final = (
    select(Message)
    .where(
        Message.status == MessageStatus.SENT,
        col(Message.next_poll_at) <= bindparam("now"),
        col(Message.channel).in_(bindparam("channels", expanding=True)),
        col(Message.provider).in_(bindparam("providers", expanding=True)),
    )
    .order_by(col(Message.next_poll_at), col(Message.id))
    .limit(1)
)
"""The message about which a provider is to be asked next. Made once, since it is asked all the time."""

_NEXT_LOCKED: Final = _NEXT.with_for_update(skip_locked=True)


def _plan_next_poll(message: Message, post: Post) -> None:
    now = post.clock()
    wait = post.policy.poll_after(now - (message.sent_at or now))
    message.next_poll_at = None if wait is None else now + wait
    if wait is None:
        message.last_error_code = settling.NO_FINAL_STATUS


def _keep(post: Post, message_id: str, said: Report) -> str:
    with post.store.write("receipt") as session:
        message = session.get(Message, message_id, with_for_update=True)
        if message is None:
            return "same"
        return "moved" if settling.report(session, message, said, post.clock()) else "same"
