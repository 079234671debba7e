"""Rehearsing: doing something in the database to see what comes of it, and keeping none of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection

from models.beginning import LISTENING
from models.cohort import CohortSession
from models.sqlite import Late
from models.store import Store

SAVEPOINTS: Final = "create_savepoint"


@contextmanager
def rehearsed(store: Store) -> Iterator[Store]:
    """A store in which everything is as in this one, and what is written is seen and never kept.

    It is one transaction of the database, which is rolled back at the end of the block: rows that it locks
    stay locked that long, and on SQLite nobody else writes meanwhile, so let the block be short. The
    transactions of the store that is given are savepoints in it, for one thread. It gives no hints.
    """
    with store.engine.connect() as connection:
        everything = connection.begin()
        try:
            yield _Rehearsal(store, connection)
        finally:
            everything.rollback()


class _Rehearsal(Store):
    """The store of a rehearsal."""

    def __init__(self, store: Store, connection: Connection) -> None:
        super().__init__(store.engine)
        self.listening = store.listening
        self._connection = connection

    @contextmanager
    def write(self, name: str | None = None, *, late: Late | None = None) -> Iterator[CohortSession]:
        """A savepoint: kept until the rehearsal ends, taken back on any exception. Nobody is `late`: the
        whole rehearsal writes.
        """
        del name, late
        with self._session() as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[CohortSession]:
        """What stands now in the rehearsal; what is changed here is taken back."""
        with self._session() as session:  # closing takes it back, and leaves the rows as they were read
            yield session

    def _session(self) -> CohortSession:
        return CohortSession(
            self._connection,
            join_transaction_mode=SAVEPOINTS,
            expire_on_commit=False,
            info={LISTENING: self.listening},
        )
