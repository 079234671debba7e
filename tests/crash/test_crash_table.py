"""The table that a test run ends with counts what every one of its processes has crashed."""

from types import SimpleNamespace

import databases
from crash_figures import Figures, Outcome
from crash_figures import table as drawn
from crash_table import DISK_FULL, KILLED, PROCESSES, CrashTable


def test_what_the_test_processes_have_crashed_is_counted_together() -> None:
    first, other = CrashTable(), CrashTable()
    first.add(KILLED, Outcome(1, (), 0), Outcome(1, ("lost: a task", "stuck: intake 1 is waiting"), 2))
    other.add(PROCESSES, Outcome(2, ("surprise: an incident",), 0))
    other.took(PROCESSES, 1.0, 3.0)
    other.add(KILLED, Outcome(2, (), 1))
    session = SimpleNamespace(config=SimpleNamespace(workeroutput={}))
    other.pytest_sessionfinish(session)
    first.pytest_testnodedown(session.config)
    kind = databases.chosen()
    assert first.figures() == [
        Figures(KILLED, kind, crashes=4, schedules=3, lost=1, stuck=1, resent=3),
        Figures(PROCESSES, kind, 2, 1, other=1, recovery_median_s=2.0, recovery_p95_s=3.0),
    ]


def test_a_process_that_died_and_one_that_crashed_nothing_add_nothing() -> None:
    table = CrashTable()
    table.pytest_testnodedown(SimpleNamespace())
    table.pytest_testnodedown(SimpleNamespace(workeroutput={}))
    table.pytest_sessionfinish(SimpleNamespace(config=SimpleNamespace()))
    assert table.figures() == []
    table.add(DISK_FULL)
    assert [each.crashes for each in table.figures()] == [0]


def test_what_has_no_column_of_its_own_stands_beside_the_name() -> None:
    odd = Figures(PROCESSES, "sqlite", crashes=2, schedules=1, other=1)
    assert f"| {PROCESSES} (1 broken otherwise) | sqlite | 2 | 1 | 0 | 0 | 0 |" in drawn([odd])
    assert not odd.sound
