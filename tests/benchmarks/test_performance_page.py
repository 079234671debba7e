"""docs/performance.md says what the figures' files say."""

from pathlib import Path

import pytest

from benchmarks.page import PAGE, with_figures
from benchmarks.results import read_latest

ENTRIES = [
    {
        "engine": engine,
        "database": database,
        "cases": cases,
        "cases_per_s": rate,
        "p50_ms": 1.0,
        "p95_ms": 2.0,
        "cpu_ms_per_case": 3.0,
        "rss_mb": 40.0,
    }
    for engine, rate in (("casewright", 100.0), ("dbos", 10.0))
    for database in ("sqlite", "postgresql")
    for cases in (10, 100)
]


def test_the_pages_figures_are_those_of_the_last_run() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert with_figures(text) == text, "run `python -m benchmarks page`"


def test_a_point_that_was_not_run_has_a_reason() -> None:
    for entry in read_latest():
        assert (entry["cases_per_s"] is None) == ("reason" in entry), entry
        assert not str(entry.get("reason", "")).startswith("failed"), entry


def test_the_same_figures_give_the_same_plots(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="plots are drawn where the extra `bench` is installed")
    from benchmarks.plots import draw_all

    first, second = (draw_all(ENTRIES, tmp_path / name) for name in ("first", "second"))
    assert [file.name for file in first] == ["curve.svg", "cpu.svg", "latency.svg"]
    assert [file.read_bytes() for file in first] == [file.read_bytes() for file in second]
