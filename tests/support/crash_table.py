"""The table that a test run ends with: what its crashes came to, collected from all of its processes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import databases
import pytest
from crash_figures import Figures, Outcome, of_kinds, percentiles, table

KILLED: Final = "SIGKILL at a point"
KILLED_TWICE: Final = "SIGKILL at two points"
ANSWERS_LOST: Final = "answers to commits lost"
DISK_FULL: Final = "full disk"
ORDERS: Final = "orders of claimers"
STORIES: Final = "stories at random"
PROCESSES: Final = "real processes killed"
"""How the tests crash the engine: the rows of the table, in this order."""

ORDER: Final = (KILLED, KILLED_TWICE, ANSWERS_LOST, DISK_FULL, ORDERS, STORIES, PROCESSES)

_TOLD: Final = "casewright_crashes"


class CrashTable:
    """Counts the crashes of this process; where tests run in several, the first one of them counts all."""

    def __init__(self) -> None:
        self._counts: dict[str, Counter[str]] = {}
        self._recoveries: dict[str, list[float]] = {}

    def add(self, way: str, *outcomes: Outcome) -> None:
        """What came of crashes of one kind."""
        counts = self._counts.setdefault(way, Counter())
        for each in outcomes:
            counts.update(crashes=each.crashes, schedules=each.schedules, resent=each.resends)
            counts.update(broken.partition(":")[0] for broken in each.broken)

    def killed(self, kills: Sequence[object], outcome: Outcome) -> None:
        """What came of one schedule: a kill, or two of them, one after the other."""
        self.add(KILLED if len(kills) == 1 else KILLED_TWICE, outcome)

    def took(self, way: str, *seconds: float) -> None:
        """How long it took until what a killed process had in hand went on."""
        self._recoveries.setdefault(way, []).extend(seconds)

    def figures(self) -> list[Figures]:
        """The rows of the table."""
        return [self._row(way) for way in ORDER if way in self._counts]

    def _row(self, way: str) -> Figures:
        counts = dict(self._counts[way])
        plain = {key: counts.pop(key, 0) for key in ("crashes", "schedules", "resent")}
        median, p95 = percentiles(self._recoveries.get(way, []))
        return Figures(
            way,
            databases.chosen(),
            **plain,
            **of_kinds(counts),
            recovery_median_s=median,
            recovery_p95_s=p95,
        )

    # -- hooks

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A process that runs a part of the tests tells the first one."""
        told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
        if told is not None:
            told[_TOLD] = [{way: dict(counts) for way, counts in self._counts.items()}, self._recoveries]

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take in what another process counted; one that died tells nothing."""
        counts, recoveries = getattr(node, "workeroutput", {}).get(_TOLD, ({}, {}))
        self._merge(counts, recoveries)

    def _merge(self, counts: Mapping[str, Mapping[str, int]], recoveries: Mapping[str, list[float]]) -> None:
        for way, each in counts.items():
            self._counts.setdefault(way, Counter()).update(each)
        for way, seconds in recoveries.items():
            self.took(way, *seconds)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print it, where anything was crashed."""
        found = self.figures()
        if found:
            terminalreporter.section("crashes")
            terminalreporter.write(table(found))
