"""Telling other processes, after a commit, that there may be something to do."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from sqlmodel import Session

_TOLD: Final = "casewright_hints"


class Topic(StrEnum):
    """What a hint is about. The value is PostgreSQL's channel; it says nothing about any person."""

    WAKE = "casewright_wake"
    OUTBOX = "casewright_outbox"


TABLES: Final = {Topic.WAKE: "wakes", Topic.OUTBOX: "messages"}
"""Where the rows lie that a hint is about."""


def announce(session: Session, topic: Topic) -> None:
    """When this writing transaction of a store is committed, hint at it (`Store.write`). A hint may get lost,
    with its process for instance; nothing depends on it but how soon somebody looks.
    """
    session.info.setdefault(_TOLD, set()).add(topic)


def announced(session: Session) -> Collection[Topic]:
    """What there is to hint at."""
    topics: set[Topic] = session.info.get(_TOLD, set())
    return topics
