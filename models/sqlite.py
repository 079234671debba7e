"""SQLite as a store uses it: durable, and shared by several processes."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Engine, event

BUSY_TIMEOUT_MS: Final = 15_000
"""How long a transaction waits for another one's lock. Step transactions last 200 ms at most."""

READING: Final = "casewright_reading"
"""The execution option of a reading transaction."""


def prepare(engine: Engine) -> None:
    """WAL, synchronous FULL, foreign keys, a busy timeout; every writing transaction is begun IMMEDIATE."""
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)


def _set_pragmas(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late for savepoints, so we emit ours (engine.md R2.4).
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT_MS}",  # first: the switch to WAL may have to wait too
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql(f"PRAGMA query_only = {'ON' if reading else 'OFF'}")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
