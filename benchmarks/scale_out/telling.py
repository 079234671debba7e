"""What a person sees: how far it is while it runs, and a table at the end."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from benchmarks.scale_out.judging import KINDS
from benchmarks.scale_out.run import Outcome, Tell


@contextmanager
def shown() -> Iterator[Tell]:
    """A bar on standard error, and a line when something begins."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=sys.stderr)) as bar:
        task, said, began = bar.add_task(""), set[str](), time.monotonic()

        def tell(doing: str, done: int, total: int) -> None:
            if doing not in said:
                said.add(doing)
                bar.console.print(f"{time.monotonic() - began:6.1f} s  {doing}", highlight=False)
            bar.update(task, description=doing, completed=done, total=total)

        yield tell


def as_text(outcome: Outcome) -> None:
    """The table, and every broken promise."""
    table = Table(box=box.SIMPLE, show_header=False)
    for name, value in rows(outcome):
        table.add_row(name, value)
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 160)
    console.print(table)
    for each in outcome.verdict.broken:
        console.print(f"BROKEN {each}", markup=False)


def as_json(outcome: Outcome) -> None:
    """The same for programs."""
    answer = {"schema": "casewright/scale-out/1", **plain(outcome)}
    sys.stdout.write(f"{json.dumps(answer, indent=2)}\n")


def rows(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """The lines of the table."""
    blow, held, verdict = outcome.blow, outcome.held, outcome.verdict
    yield "cases", f"{outcome.finished} of {outcome.cases} ended"
    yield "time", f"{outcome.seconds:.1f} s, {_rate(outcome):.1f} cases/s"
    yield "killed", f"{blow.worker}, {blow.scheduler}; of these {blow.led} led"
    yield "another leads", f"after {_seconds(blow.taken_over_after)}"
    yield "the dead worker had", f"{held.instances} cases under {held.leases} leases"
    yield "they went on", f"after {_seconds(held.first_after)} to {_seconds(held.last_after)}"
    yield "safety alerts", f"{verdict.alerted} of {verdict.alerts} sent"
    yield "messages sent again", str(verdict.resends)
    for kind in KINDS:
        yield kind, str(verdict.count(kind))
    yield "other broken promises", str(verdict.others)


def plain(outcome: Outcome) -> dict[str, Any]:
    """The outcome as JSON has it; times in seconds."""
    blow, held, verdict = outcome.blow, outcome.held, outcome.verdict
    return {
        "holds": outcome.holds,
        "cases": outcome.cases,
        "finished": outcome.finished,
        "seconds": round(outcome.seconds, 2),
        "cases_per_s": round(_rate(outcome), 2),
        "killed": {"worker": blow.worker, "scheduler": blow.scheduler, "leader": blow.leader},
        "next_leader": blow.next_leader,
        "taken_over_after_s": blow.taken_over_after,
        "held": {
            "leases": held.leases,
            "instances": held.instances,
            "first_after_s": held.first_after,
            "last_after_s": held.last_after,
            "left": held.left,
        },
        "alerts": {"due": verdict.alerts, "sent": verdict.alerted},
        "resends": verdict.resends,
        **{kind: verdict.count(kind) for kind in KINDS},
        "others": verdict.others,
        "broken": list(verdict.broken),
    }


def _rate(outcome: Outcome) -> float:
    return outcome.finished / outcome.seconds if outcome.seconds else 0.0


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"
