"""Safety alerts in a home of its own: how long from the answer's commit to the call of the provider.

python tests/support/alerts.py [READY] [ALERTS] [--postgresql URL] [--prefect-stopped]
"""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from served import Served, until
from sqlmodel import col, select

from flows.dispatch import run_until_quiet
from flows.inbox import answer_item
from flows.script import Script, apply_script
from models import HumanTask
from ops.composition import Engine
from ops.prefect_server import serving
from ops.settings import load_settings

BOOKED = Script.read({"assessment": {"book": {"in": "2 working days", "place": "Office"}}})
DANGER = "immediate_danger"


@dataclass(frozen=True, slots=True)
class Latencies:
    """Seconds from commit to call, in the order in which the answers were given."""

    seconds: tuple[float, ...]

    def percentile(self, of_hundred: int) -> float:
        """The smallest that so many of a hundred do not exceed."""
        ordered = sorted(self.seconds)
        return ordered[max(0, -(-len(ordered) * of_hundred // 100) - 1)]

    def __str__(self) -> str:
        return (
            f"{len(self.seconds)} alerts: median {self.percentile(50):.2f} s, 95th percentile "
            f"{self.percentile(95):.2f} s, longest {max(self.seconds):.2f} s"
        )


def prepare(served: Served, count: int) -> list[str]:
    """So many intakes whose checklist is open; the ids of their tasks."""
    ids = served.begin(count)
    with served.engine() as engine:
        run_until_quiet(engine.runtime, engine.plans)
        for each in ids:
            apply_script(engine.runtime, each, BOOKED)
        run_until_quiet(engine.runtime, engine.plans)
        with engine.store.read() as session:
            tasks = session.exec(select(HumanTask).where(col(HumanTask.instance_id).in_(ids)))
            return [task.id for task in tasks if any(item["id"] == DANGER for item in task.form)]


def raise_alert(served: Served, engine: Engine, task_id: str) -> float:
    """Answer that somebody is in danger; seconds from the commit to the provider's call."""
    before = _called(served)
    answer_item(
        engine.store,
        task_id,
        DANGER,
        "yes",
        by=None,
        now=engine.runtime.clock(),
    )
    committed = time.time()
    (path,) = until(lambda: _called(served) - before, "the alert")
    return max(0.0, path.stat().st_mtime - committed)


def measure(served: Served, task_ids: Sequence[str]) -> Latencies:
    """The latencies of these alerts, one after the other."""
    with served.engine() as engine:
        return Latencies(tuple(raise_alert(served, engine, each) for each in task_ids))


def _called(served: Served) -> set[Path]:
    """SMS that the provider has got. The folder channel writes each when it is called."""
    return set((served.home / "messages").glob("*.txt"))


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """A process and its children that do not answer for a while, as a hung server does not."""
    os.killpg(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(pid, signal.SIGCONT)


def main() -> None:
    """Measure on a fresh home and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("ready", nargs="?", type=int, default=10_000)
    parser.add_argument("alerts", nargs="?", type=int, default=50)
    parser.add_argument("--postgresql", metavar="URL")
    parser.add_argument("--prefect-stopped", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        home = Path(folder) / "home"
        with serving(load_settings({"CASEWRIGHT_HOME": str(home)})) as (api, server):
            served = Served(home, api, "casewright")
            if given.postgresql:
                served.settings["CASEWRIGHT_DATABASE_URL"] = given.postgresql
            tasks = prepare(served, given.alerts)
            served.begin(given.ready)
            with served.process("worker"):
                until(served.runs, "the worker's first run")
                with frozen(server.pid) if given.prefect_stopped else nullcontext():
                    sys.stdout.write(f"{measure(served, tasks)}\n")


if __name__ == "__main__":
    main()
