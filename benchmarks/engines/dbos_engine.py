"""DBOS: one workflow per case, each step a transaction with its checkpoint, people's answers sent to the
workflow.

Its best: the records and DBOS's tables lie in one database where that is faster; a step's checkpoint commits
with the step; an answer's rows are written by the step that follows its `recv`; answers are sent as soon as
the workflow exists, so that it rarely waits.
"""

import logging
import queue
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

from dbos import DBOS, SetWorkflowID, SQLAlchemyDatasource, WorkflowHandle

from benchmarks.bare import ANSWERS, ROUNDS, SEGMENTS, STEPS
from benchmarks.place import Deadline, Place, with_bare_tables

POLL: Final = 0.005
"""Seconds between two looks for messages on SQLite; PostgreSQL notifies."""

WAIT: Final = 300.0
"""Seconds for which a workflow waits for an answer."""


@dataclass
class Dbos:
    """Workflows in this process, so many at a time."""

    threads: int
    intake: Callable[[int], None] = print
    marks: dict[int, "queue.SimpleQueue[tuple[str, float]]"] = field(default_factory=dict)

    def burst(self, numbers: Sequence[int], deadline: Deadline) -> None:
        """All cases, `threads` at a time."""
        with ThreadPoolExecutor(self.threads) as pool:
            for done in [pool.submit(self._whole, number, deadline) for number in numbers]:
                done.result()

    def lone(self, number: int) -> list[float]:
        """One case; each answer is sent when its workflow has done all that comes before."""
        marks = self.marks[number] = queue.SimpleQueue()
        handle = _start(self.intake, number)
        waits = []
        for names, before, after in zip(ROUNDS, SEGMENTS, SEGMENTS[1:], strict=False):
            _until(marks, before[-1])
            time.sleep(2 * POLL)  # by then the workflow waits
            for name in names:
                DBOS.send(_key(number), "answered", name)
            answered = time.perf_counter()
            waits.append(_until(marks, after[0]) - answered)
        handle.get_result()
        return waits

    def _whole(self, number: int, deadline: Deadline) -> None:
        deadline.check()
        handle = _start(self.intake, number)
        for names in ROUNDS:
            for name in names:
                DBOS.send(_key(number), "answered", name)
        handle.get_result(polling_interval_sec=POLL)


def _key(number: int) -> str:
    return f"intake-{number}"


def _start(intake: Callable[[int], None], number: int) -> WorkflowHandle[None]:
    with SetWorkflowID(_key(number)):
        return DBOS.start_workflow(intake, number)


def _until(marks: "queue.SimpleQueue[tuple[str, float]]", step: str) -> float:
    while True:
        done, at = marks.get(timeout=WAIT)
        if done == step:
            return at


def _system_database(place: Place) -> str:
    """DBOS's own tables: in the server's database, and on SQLite in a file beside, where they do not wait for
    the records' lock.
    """
    if not place.is_sqlite or place.setting("one_file", 0):
        return place.url
    file = place.home / "dbos.db"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # stays with the file; synchronous is FULL
    return f"sqlite:///{file}"


@contextmanager
def open_dbos(place: Place, numbers: Sequence[int]) -> Iterator[Dbos]:
    """DBOS over the bare tables."""
    with_bare_tables(place, numbers).dispose()
    logging.getLogger("dbos").setLevel(logging.ERROR)
    DBOS(
        config={
            "name": "bench",
            "system_database_url": _system_database(place),
            "log_level": "ERROR",
            "notification_listener_polling_interval_sec": POLL,
            "executor_id": "bench",
            "application_version": "1",
        }
    )
    source = SQLAlchemyDatasource.create(place.url)
    isolation: Literal["SERIALIZABLE", "READ COMMITTED"] = (
        "SERIALIZABLE" if place.is_sqlite else "READ COMMITTED"
    )
    running = Dbos(place.setting("threads", 4))

    @source.transaction(isolation_level=isolation)
    def transact(number: int, names: Sequence[str], step: str) -> None:
        connection = source.sql_session().connection()
        for name in names:
            ANSWERS[name].write(connection, number)
        STEPS[step].run(connection, (number,))

    @DBOS.workflow()
    def intake(number: int) -> None:
        marks = running.marks.get(number)
        for names, segment in zip(((), *ROUNDS), SEGMENTS, strict=True):
            for name in names:
                DBOS.recv(name, timeout_seconds=WAIT)
            for place_, step in enumerate(segment):
                transact(number, names if place_ == 0 else (), step)
                if marks is not None:
                    marks.put((step, time.perf_counter()))

    running.intake = intake
    DBOS.launch()
    try:
        yield running
    finally:
        DBOS.destroy()
