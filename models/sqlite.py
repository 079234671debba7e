"""SQLite as a store uses it: durable, and shared by several processes."""

from __future__ import annotations

import sqlite3
import time
from typing import Any, Final, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

BUSY_TIMEOUT_MS: Final = 15_000
"""How long a transaction waits for another one's lock. Step transactions last 200 ms at most."""

BETWEEN_TRIES: Final = 0.002
"""Seconds between two tries to become the one writer."""

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
    driver = cast(sqlite3.Connection, connection.connection.driver_connection)
    if reading:
        driver.execute("PRAGMA query_only = ON").close()
        driver.execute("BEGIN").close()
        return
    driver.execute("PRAGMA query_only = OFF").close()
    try:
        _begin_writing(driver)
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
