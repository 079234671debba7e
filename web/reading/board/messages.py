"""Messages that did not reach anybody, within the time that is looked back over."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import and_, func, text
from sqlmodel import Session, col, select

from models import Case, Channel, Message, MessageStatus
from web.reading.board.narrowed import Condition, Mine

NAME: Final = "messages"
WORDS: Final = {
    MessageStatus.UNDELIVERED: "sent, and did not arrive",
    MessageStatus.FAILED: "could not be sent",
    MessageStatus.BLOCKED: "were held back, because the contact is not safe or has asked for no more",
}
_LOST: Final[Any] = text("messages.status IN ('undelivered', 'failed', 'blocked')")
"""In the words of the partial index, so that the databases see that it serves."""

CHANNELS: Final = {Channel.EMAIL: "e-mail", Channel.SMS: "SMS"}


@dataclass(frozen=True, slots=True)
class Undelivered:
    """How many messages of a channel ended like this."""

    status: str
    words: str
    channel: str
    channel_words: str
    count: int


def read(session: Session, mine: Mine) -> tuple[Undelivered, ...]:
    """Those messages by how they ended and by channel."""
    columns: Any = (Message.status, Message.channel, func.count())
    lost = [col(Case.id).in_(select(Message.case_id).where(_counted(mine)))] if mine.wide else []
    query = (
        select(*columns)
        .where(_counted(mine), col(Message.case_id).in_(mine.ids(mine.was_open(), *lost)))
        .group_by(col(Message.status), col(Message.channel))
    )
    found = {(MessageStatus(row[0]), Channel(row[1])): row[2] for row in session.execute(query)}
    return tuple(
        Undelivered(status.value, words, channel.value, CHANNELS[channel], found[status, channel])
        for status, words in WORDS.items()
        for channel in Channel
        if (status, channel) in found
    )


def opens(key: str, mine: Mine) -> Condition:
    """The cases of those messages; `key` is how they ended and the channel, or empty for all."""
    wanted = select(Message.case_id).where(_counted(mine), col(Message.case_id).is_not(None))
    if key:
        status, channel = key.split("/")
        wanted = wanted.where(
            col(Message.status) == MessageStatus(status), col(Message.channel) == Channel(channel)
        )
    return mine.cases(mine.was_open(), col(Case.id).in_(wanted))


def words(key: str) -> str:
    """What those cases have."""
    if not key:
        return "cases with a message that did not arrive"
    status, channel = key.split("/")
    what = {"undelivered": "did not arrive", "failed": "could not be sent", "blocked": "was held back"}
    return f"cases with a message ({CHANNELS[Channel(channel)]}) that {what[status]}"


def _counted(mine: Mine) -> Condition:
    return and_(_LOST, col(Message.created_at) >= mine.since)
