"""Waiting until there may be something to do. A hint can get lost; the sweep is the truth (R2.1)."""

import contextlib
import logging
import select
import socket
import sqlite3
import time
from collections.abc import Collection
from types import TracebackType
from typing import Any, Final, Protocol, Self, cast

from models import Store, Topic
from models.hint import TABLES

log = logging.getLogger(__name__)

POLL: Final = 0.1
"""How often, in seconds, an SQLite file is asked if somebody has written. It costs some 10 microseconds."""

RECONNECT: Final = 1.0
"""How long, in seconds, until a lost PostgreSQL server is tried again."""


class Hint:
    """Hears of new wakes and of critical messages that other threads and processes have committed.

    Make it before you first look for work: what is committed after that ends the next `wait`. One thread
    waits at a time; `stop` may be called by any, also by a signal handler.
    """

    def __init__(self, store: Store, topics: Collection[Topic] = tuple(Topic)) -> None:
        self._stopped = False
        self._source: _Source = (
            _Marks(store, topics) if store.dialect == "sqlite" else _Notifications(store, topics)
        )
        self._asleep, self._alarm = socket.socketpair()
        self._alarm.setblocking(False)

    def wait(self, timeout: float) -> bool:
        """Wait until there may be something to do; False after `timeout` seconds, or when stopped."""
        deadline = time.monotonic() + timeout
        while not self._stopped:
            if self._source.heard():
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            pause, sockets = self._source.pause()
            select.select([self._asleep, *sockets], [], [], min(left, pause))
        return False

    def stop(self) -> None:
        """End the waiting, now and for good."""
        self._stopped = True
        with contextlib.suppress(OSError):  # full: it wakes up already; closed: nobody waits
            self._alarm.send(b"x")

    def close(self) -> None:
        """Give the connection back; nobody may be waiting."""
        self.stop()
        self._source.close()
        self._asleep.close()
        self._alarm.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Source(Protocol):
    def heard(self) -> bool:
        """Whether something has come since this was last asked."""

    def pause(self) -> tuple[float, list[Any]]:
        """For how long there is no need to ask again, unless one of these can be read."""

    def close(self) -> None:
        """Let go of the database."""


class _Notifications:
    """PostgreSQL's NOTIFY, heard on a connection of its own that is made anew when it is lost."""

    def __init__(self, store: Store, topics: Collection[Topic]) -> None:
        self._store = store
        self._topics = topics
        self._connection: Any = None
        self._again = 0.0
        self._connect()

    def heard(self) -> bool:
        import psycopg

        if self._connection is None:
            return self._connect()  # what came while nobody listened is not known
        said = False
        try:
            self._connection.pgconn.consume_input()
            while self._connection.pgconn.notifies() is not None:
                said = True
        except psycopg.Error as trouble:
            log.warning("hints are not heard: %s", type(trouble).__name__)
            self.close()
        return said

    def pause(self) -> tuple[float, list[Any]]:
        if self._connection is None:
            return max(0.0, self._again - time.monotonic()), []
        return _LONG, [self._connection.pgconn.socket]

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._again = None, 0.0

    def _connect(self) -> bool:
        import psycopg

        from models import postgresql

        if time.monotonic() < self._again:
            return False
        try:
            self._connection = postgresql.listen(self._store.engine, self._topics)
        except psycopg.Error as trouble:
            log.warning("hints are not heard: %s", type(trouble).__name__)
            self._again = time.monotonic() + RECONNECT
        return self._connection is not None


_LONG: Final = 3600.0


class _Marks:
    """SQLite tells a connection whether another one has written. Then the newest rows are looked at, since
    most writing is no wake.
    """

    def __init__(self, store: Store, topics: Collection[Topic]) -> None:
        newest = "(SELECT max(id) FROM {0}), (SELECT max(rowid) FROM {0})"  # each by its index
        self._newest = "SELECT " + ", ".join(newest.format(TABLES[topic]) for topic in topics)
        pooled = store.engine.raw_connection()
        self._connection = cast(sqlite3.Connection, pooled.driver_connection)
        pooled.detach()
        self._version = self._one("PRAGMA data_version")
        self._marks = self._one(self._newest)

    def heard(self) -> bool:
        try:
            version = self._one("PRAGMA data_version")
            if version == self._version:
                return False
            before, self._version, self._marks = self._marks, version, self._one(self._newest)
        except sqlite3.Error as trouble:
            log.warning("hints are not heard: %s", type(trouble).__name__)
            return False
        pairs = zip(before, self._marks, strict=True)
        return any(new is not None and (old is None or new > old) for old, new in pairs)

    def pause(self) -> tuple[float, list[Any]]:
        return POLL, []

    def close(self) -> None:
        self._connection.close()

    def _one(self, query: str) -> tuple[Any, ...]:
        row: tuple[Any, ...] = self._connection.execute(query).fetchone()
        return row
