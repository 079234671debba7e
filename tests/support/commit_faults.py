"""Commits whose acknowledgement is lost: the client sees an error just before the database was asked to
commit, or just after it did (the idea of DBOS's debug triggers).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from functools import partial
from random import Random
from typing import Any, Protocol

from psycopg.pq import TransactionStatus
from sqlalchemy.engine.interfaces import DBAPIConnection

from models import Store


class Lost(Enum):
    """What the client does not learn."""

    BEFORE = "the commit never reached the database"
    AFTER = "the commit was executed"


class Loses(Protocol):
    """Whether the n-th commit (from 1) of a store is one whose answer gets lost."""

    def __call__(self, number: int) -> bool: ...


@dataclass(slots=True)
class Commits:
    """Counts the commits of a store and loses the answers to those that were chosen."""

    number: int = 0
    lost: int = 0


def lose(store: Store, chosen: Loses, how: Lost) -> Commits:
    """From now on the chosen commits of this store end with a lost connection, and only these. Commits of
    readers do not exist: they roll back.
    """
    counted = Commits()
    dialect: Any = store.engine.dialect
    commit: Callable[[DBAPIConnection], None] = partial(type(dialect).do_commit, dialect)

    def do_commit(connection: DBAPIConnection) -> None:
        if not _wrote(dialect, connection):
            commit(connection)
            return
        counted.number += 1
        hit = chosen(counted.number)
        if not hit or how is Lost.AFTER:
            commit(connection)
        if hit:
            counted.lost += 1
            _cut(dialect, connection)

    dialect.do_commit = do_commit
    return counted


def _wrote(dialect: Any, connection: Any) -> bool:
    """Whether there is a transaction to commit; the driver's own first commits are none of ours."""
    driver = _driver(connection)
    if driver is None:
        return False
    if dialect.name == "sqlite":
        return bool(driver.in_transaction)
    return driver.info.transaction_status is not TransactionStatus.IDLE


def _driver(connection: Any) -> Any:
    """The driver's connection below the pool's, which has an `info` of its own; None after it was lost."""
    return getattr(connection, "driver_connection", connection)


def _cut(dialect: Any, connection: Any) -> None:
    """The connection is gone, as a server that was restarted leaves it; SQLite has only errors."""
    if dialect.name == "sqlite":
        raise dialect.dbapi.OperationalError("disk I/O error")
    _driver(connection).close()  # the pool's `close` would only give it back
    raise dialect.dbapi.OperationalError("server closed the connection unexpectedly")


def share(part: float, seed: int) -> Loses:
    """That part of all commits, by chance; the seed says which. A fixed rhythm could fall in step with a
    process that starts again and again.
    """
    chance = Random(seed)
    return lambda number: chance.random() < part


def only(numbers: Collection[int]) -> Loses:
    """These commits."""
    return lambda number: number in numbers


def nothing(number: int) -> bool:
    """No commit."""
    return False
