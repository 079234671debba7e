"""PostgreSQL as a store uses it: how a connection is made, what each session has set, what errors may say."""

from __future__ import annotations

import logging
import select
from collections.abc import Callable, Iterable, Mapping
from threading import Lock
from time import monotonic
from typing import Any, Final, cast

import psycopg
from psycopg.pq import TransactionStatus
from psycopg.sql import SQL, Composed, Identifier
from sqlalchemy import URL, Connection, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry

from models.base import RecordError

log = logging.getLogger(__name__)

DRIVER: Final = "postgresql+psycopg"

POOL: Final = 10
"""Connections that a process keeps: four passes and their renewals, the sweep, the critical lane."""

OVERFLOW: Final = 20
"""Connections beyond `POOL` that are opened while many threads answer at once, and closed afterwards."""

PREPARED: Final = 1_000
"""Statements that a connection keeps planned. With psycopg's own hundred a worker's pushed each other out.
"""

FRESH: Final = 5.0
"""Seconds for which a connection that was given back is taken to be alive, unless the server has said
something meanwhile, as it does when it ends.
"""

_RESTED: Final = "rested"
"""Where a connection of the pool keeps since when nobody has used it."""

READING: Final[Mapping[str, Any]] = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
"""A reading transaction sees one moment, as on SQLite. With a snapshot for each statement a pass could read a
timer's wake, but not the timer that had fired with it, and then delete the wake."""

SESSION: Final[Mapping[str, str]] = {
    "TimeZone": "UTC",
    "lock_timeout": "15s",  # as long as SQLite's busy timeout
    "idle_in_transaction_session_timeout": "60s",  # a process that hangs must not keep its locks
    # a host that is gone: the server notices within half a minute and frees the locks
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
"""What each session has set, whatever the server's or the role's defaults are."""

_NETWORK: Final[Mapping[str, Any]] = {
    "connect_timeout": 10,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    "application_name": "casewright",
}
"""libpq's parameters where the URL gives none: a server that is gone is noticed within half a minute."""

_PATIENCE: Final = 2
"""Seconds that a listener waits for a connection, so that it can be stopped meanwhile."""

_DURABLE: Final = (
    "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on'"
    " ELSE current_setting('synchronous_commit') END"
)
"""Never `off`: an acknowledged commit is on disk (G1). What waits for more, a standby for instance, stays."""

_SETTING: Final = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in SESSION.items())
_SET_SESSION: Final = f"SELECT {_SETTING}, set_config('synchronous_commit', {_DURABLE}, false)"


def with_driver(url: URL) -> URL:
    """The URL with the driver that is used. RecordError when it names another one."""
    if url.drivername not in ("postgresql", DRIVER):
        raise RecordError(f"PostgreSQL is reached by psycopg, not by {url.drivername}. Write {DRIVER}://...")
    return url.set(drivername=DRIVER)


def engine_options(url: URL) -> dict[str, Any]:
    """The arguments of `create_engine`."""
    return {
        "isolation_level": "READ COMMITTED",
        "pool_size": POOL,
        "max_overflow": OVERFLOW,
        "connect_args": {name: value for name, value in _NETWORK.items() if name not in url.query},
    }


def prepare(engine: Engine) -> None:
    """Sessions get their settings, connections are tried before they are used, errors lose the values they
    quote, no failed transaction is committed.
    """
    event.listen(engine, "connect", _set_session)
    event.listen(engine, "checkout", _trying(engine))
    event.listen(engine, "checkin", _rest)
    event.listen(engine, "handle_error", _without_values)
    event.listen(engine, "commit", _refuse_failed)


class Notifier:
    """Gives hints: NOTIFY, in transactions of their own. One that notifies holds a lock of the whole server
    while it commits, so writers that notify in their own transactions would wait for each other's disk.

    It has a connection of its own, made when it is first needed: one of the pool would have to be tried and
    switched to autocommit each time, which takes eight times longer than the hint. Any thread may use it.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._connection: psycopg.Connection[Any] | None = None
        self._one = Lock()

    def notify(self, channels: Iterable[str]) -> None:
        """Hint at these channels. Never fails: what the hint is about is committed."""
        statements = [SQL("NOTIFY {}").format(Identifier(channel)) for channel in channels]
        with self._one:
            try:
                self._send(statements)
            except psycopg.Error:  # the connection may have been lost long ago
                self._drop()
                try:
                    self._send(statements)
                except psycopg.Error as trouble:
                    self._drop()
                    log.warning("a hint was not given: %s", type(trouble).__name__)

    def close(self) -> None:
        """Give the connection back."""
        with self._one:
            self._drop()

    def _send(self, statements: Iterable[Composed]) -> None:
        if self._connection is None:
            self._connection = listen(self._engine, ())
        for statement in statements:
            self._connection.execute(statement)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


def listen(engine: Engine, channels: Iterable[str]) -> psycopg.Connection[Any]:
    """A connection of its own that hears these channels. It is not of the pool: close it when done.

    Raises psycopg.Error soon when there is no server.
    """
    _, parameters = engine.dialect.create_connect_args(engine.url)
    wanted = {**_NETWORK, **parameters, "connect_timeout": _PATIENCE}
    connection: psycopg.Connection[Any] = psycopg.connect(**wanted, autocommit=True)
    for channel in channels:
        connection.execute(SQL("LISTEN {}").format(Identifier(channel)))
    return connection


def _set_session(connection: Any, _record: object) -> None:
    connection.prepared_max = PREPARED
    with connection.cursor() as cursor:
        cursor.execute(_SET_SESSION)
    connection.commit()


def _trying(engine: Engine) -> Callable[[Any, ConnectionPoolEntry, object], None]:
    """Tries a connection before it is used, so that a database that was restarted is found again. Asking it
    costs as much as a statement, so one that was in use just now is only looked at: a server that ends says
    so.
    """

    def tried(connection: Any, entry: ConnectionPoolEntry, _proxy: object) -> None:
        rested = entry.info.get(_RESTED)
        if rested is None or (monotonic() - rested < FRESH and not _has_spoken(connection)):
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg.Error as error:
            raise InvalidatePoolError from error  # the others are as old: none of them is used again

    return tried


def _rest(connection: Any, entry: ConnectionPoolEntry) -> None:
    if connection is not None:
        entry.info[_RESTED] = monotonic()


def _has_spoken(connection: psycopg.Connection[Any]) -> bool:
    """Whether the server has sent something that nobody asked for, or is gone."""
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


def _refuse_failed(connection: Connection) -> None:
    # The server answers the COMMIT of a transaction in which a statement had failed by rolling it back, and
    # the driver says nothing: who swallowed the statement's error would believe that all was written.
    if _driver(connection).info.transaction_status is TransactionStatus.INERROR:
        raise RecordError(
            "A statement of this transaction has failed, so nothing of it can be committed. "
            "Use a savepoint around what may fail."
        )


def _driver(connection: Connection) -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def _without_values(context: ExceptionContext) -> None:
    """The server quotes the row or the key that it refuses, which is personal data. `hide_parameters` keeps
    out only what we sent."""
    error, wrapped = context.original_exception, context.sqlalchemy_exception
    if not isinstance(error, psycopg.Error) or error.diag.message_primary is None:
        return
    told = str(error)
    quoting = (error.sqlstate or "").startswith("22")  # bad data: even the first line quotes it
    short = type(error).__name__ if quoting else error.diag.message_primary
    error.args = (short,)
    if wrapped is not None and wrapped.args:
        wrapped.args = (str(wrapped.args[0]).replace(told, short), *wrapped.args[1:])
