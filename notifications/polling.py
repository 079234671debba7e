"""Polling: providers are asked about messages until they give a final answer (domain.md: `sent` is not
`delivered`).
"""

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Final

from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from models import Message, MessageStatus
from notifications import settling
from notifications.channels import Channel, Report, SendError
from notifications.delivery import Post

log = logging.getLogger(__name__)


AT_ONCE: Final = 20
"""Messages that are asked about at once. Nothing is claimed: asking twice does no harm."""


def poll(post: Post, limit: int = 100) -> Counter[str]:
    """Ask the providers about messages that were sent and have no final status; at most `limit` of them.

    Counts `moved, same, unreachable`. Asking gets rarer with a message's age and ends after
    `policy.poll_for`: then the message stays `sent`, with the error code `no_final_status`.
    """
    counts: Counter[str] = Counter()
    with post.store.read() as session:  # most of the time nobody is to be asked, which needs no write lock
        limit = limit if session.exec(_due(post).limit(1)).first() is not None else 0
    while limit > 0:
        asked = _ask_next(post, min(limit, AT_ONCE))
        if not asked:
            break
        counts.update(_keep(post, asked))
        limit -= len(asked)
    return counts


def _ask_next(post: Post, most: int) -> dict[str, Report | None]:
    """What the providers say of the next messages, by the messages' ids; None where one was not to be had."""
    with post.store.write() as session:
        query = _due(post).order_by(col(Message.next_poll_at), col(Message.id)).limit(most)
        messages = list(session.exec(query.with_for_update(skip_locked=True)))
        for message in messages:
            _plan_next_poll(message, post)
    return {message.id: _said(post.channels[message.channel], message) for message in messages}


def _said(channel: Channel, message: Message) -> Report | None:
    try:
        return channel.status(message.provider_id or "")
    except SendError as error:
        log.warning("message %s: the provider could not be asked (%s)", message.id, error.code)
    except Exception as error:  # a fault of a channel must not keep what others have said
        log.exception("message %s: the channel failed with %s", message.id, type(error).__name__)
    return None


def _due(post: Post) -> SelectOfScalar[Message]:
    named = {kind: channel.name for kind, channel in post.channels.items() if channel.reports}
    return select(Message).where(
        Message.status == MessageStatus.SENT,
        col(Message.next_poll_at) <= post.clock(),
        col(Message.channel).in_(list(named)),
        col(Message.provider).in_(set(named.values())),
    )


def _plan_next_poll(message: Message, post: Post) -> None:
    now = post.clock()
    wait = post.policy.poll_after(now - (message.sent_at or now))
    message.next_poll_at = None if wait is None else now + wait
    if wait is None:
        message.last_error_code = settling.NO_FINAL_STATUS


def _keep(post: Post, asked: Mapping[str, Report | None]) -> Counter[str]:
    known = {key: said for key, said in asked.items() if said is not None}
    counts = Counter(["unreachable"] * (len(asked) - len(known)))
    if not known:
        return counts
    with post.store.write("receipt") as session:
        query = select(Message).where(col(Message.id).in_(sorted(known))).order_by(col(Message.id))
        for message in session.exec(query.with_for_update()).all():
            moved = settling.report(session, message, known[message.id], post.clock())
            counts["moved" if moved else "same"] += 1
    return counts
