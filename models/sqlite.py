"""SQLite as a store uses it: durable, and shared by several processes."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

BUSY_TIMEOUT_MS: Final = 15_000
"""How long a transaction waits for another one's lock. Step transactions last 200 ms at most."""

CACHE_KIB: Final = 32 * 1024
"""Pages that a connection keeps in memory, KiB: with SQLite's own 2,000 a new case paid for what 100,000
others had stored (docs/performance.md).
"""

CONNECTING: Final = {"cached_statements": 512}
"""How a connection is made. It keeps as many statements compiled as a worker says in turn; with Python's own
128 a fifth of them were compiled anew.
"""

BETWEEN_TRIES: Final = 0.002
"""Seconds between two tries to become the one writer."""

READING: Final = "casewright_reading"
"""The execution option of a reading transaction."""

LATE: Final = "casewright_late"
"""The execution option of a transaction that takes the writer's place late; its value is a `Late`."""

PEEK: Final = "casewright_peek"
"""The execution option of a SELECT ... FOR UPDATE that a late transaction sends before it is the writer."""


@dataclass(slots=True)
class Late:
    """How a transaction takes the one writer's place only when it needs it: at the first statement that
    writes or locks. Until then it reads one moment, and others write meanwhile, as on PostgreSQL.

    `waits` is called before it waits for its turn. `begun` is called when it has it, and sees what is true
    from now on until the commit; what it raises undoes the transaction, also if somebody swallows the error.
    `disturbed` says by then whether anybody has committed something meanwhile; where nobody has, all that it
    has read is still true.
    """

    waits: Callable[[], None]
    begun: Callable[[Connection], None]
    reading: bool = True
    disturbed: bool = False
    seen: int = 0


def prepare(engine: Engine) -> None:
    """WAL, synchronous FULL, foreign keys, a busy timeout; writing transactions begin IMMEDIATE, late ones
    when they first write.
    """
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _before_statement)


def _set_pragmas(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late for savepoints, so we emit ours (engine.md R2.4).
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",  # first: the switch to WAL may have to wait too
        f"cache_size = -{CACHE_KIB}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    options = connection.get_execution_options()
    late = options.get(LATE)
    if late is None and not options.get(READING, False):
        _become_writer(connection)
        return
    _driver(connection).execute("BEGIN").close()
    if late is not None:
        late.seen = _commits_of_others(connection)


def _before_statement(
    connection: Connection, _cursor: object, statement: str, _parameters: object, context: Any, _many: bool
) -> None:
    options = connection.get_execution_options()
    late = options.get(LATE)
    if late is not None:
        if late.reading and not _only_reads(statement, context):
            take_place(connection)
    elif not statement.startswith("SELECT") and options.get(READING, False):
        _refuse_changes(connection, refuse=True)


def _only_reads(statement: str, context: Any) -> bool:
    if not statement.startswith("SELECT"):
        return False
    compiled = context.compiled
    locks = compiled is not None and getattr(compiled.statement, "_for_update_arg", None) is not None
    return not locks or bool(context.execution_options.get(PEEK, False))


def take_place(connection: Connection) -> None:
    """Become the one writer, if the transaction is a late one and has only read so far."""
    late = connection.get_execution_options().get(LATE)
    if late is None or not late.reading:
        return
    # SQLite refuses to write after what somebody else has written meanwhile, so the reading ends here
    _driver(connection).execute("ROLLBACK").close()
    late.waits()
    _become_writer(connection)
    late.disturbed = _commits_of_others(connection) != late.seen
    late.begun(connection)
    late.reading = False


def _commits_of_others(connection: Connection) -> int:
    """A number that is another one once another connection has committed something."""
    ((number,),) = _driver(connection).execute("PRAGMA data_version").fetchall()
    return int(number)


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)


def _refuse_changes(connection: Connection, *, refuse: bool) -> None:
    """Have SQLite itself refuse to change anything, or no longer; nothing where that is so already. Each time
    this pragma is said the connection compiles all its statements anew, which took a tenth of the engine's
    time when every transaction said it.
    """
    if connection.info.get(READING, False) is not refuse:
        _driver(connection).execute(f"PRAGMA query_only = {'ON' if refuse else 'OFF'}").close()
        connection.info[READING] = refuse


def _become_writer(connection: Connection) -> None:
    _refuse_changes(connection, refuse=False)
    try:
        _begin_writing(_driver(connection))
    except sqlite3.Error as error:
        raise DBAPIError.instance(
            "BEGIN IMMEDIATE", None, error, sqlite3.Error, hide_parameters=True
        ) from error


def _begin_writing(driver: sqlite3.Connection) -> None:
    """Wait for the one writer's place by asking every few milliseconds.

    SQLite's own waiting asks less and less often, up to every 100 ms, and so loses again and again to those
    who have just come.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    driver.execute("PRAGMA busy_timeout = 0").close()
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE").close()
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            time.sleep(BETWEEN_TRIES)
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}").close()
