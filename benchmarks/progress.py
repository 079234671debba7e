"""What a person sees while it runs: where it is, how long it still takes, and each result."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.points import Result

Told = Callable[[Result], None]


@contextmanager
def shown(title: str, steps: int) -> Iterator[Told]:
    """A bar on standard error with so many steps, and a line for each result."""
    console = Console(file=sys.stderr)
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=steps)
        began = time.monotonic()

        def told(result: Result) -> None:
            nonlocal began
            now = time.monotonic()
            bar.console.print(f"{line(result)}  [dim]({now - began:.0f} s)[/dim]", highlight=False)
            bar.advance(task)
            began = now

        yield told


def line(result: Result) -> str:
    """One result in words."""
    found = result.entry()
    if found.get("reason"):
        return f"{result.point}: {found['reason']}"
    alone = "" if found["p50_ms"] is None else f", a lone case {found['p50_ms']:g} ms ({found['p95_ms']:g})"
    return (
        f"{result.point}: {found['cases_per_s']:.4g} cases/s, CPU {found['cpu_ms_per_case']:g} ms a case,"
        f" {found['rss_mb']:.0f} MB{alone}"
    )
