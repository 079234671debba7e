"""Measuring points from outside: a fresh place and a fresh process for each, watched while it runs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from benchmarks.places import Fresh, fresh_place
from benchmarks.point import LONE, Measured, Order
from benchmarks.registry import ENGINES
from benchmarks.servers import Servers
from benchmarks.usage import peak_memory

GRACE: Final = 150.0
"""Seconds for setting up and for the lone cases, beyond the cap."""

DATABASES: Final = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True)
class Point:
    """One engine on one database with so many cases."""

    engine: str
    database: str
    cases: int

    def __str__(self) -> str:
        return f"{self.engine} on {self.database}, {self.cases:,} cases"


@dataclass(frozen=True, slots=True)
class Result:
    """A measured point. The rates are None where `reason` says why nothing was measured."""

    point: Point
    measured: Measured
    rss_mb: float | None = None

    @property
    def cases_per_s(self) -> float | None:
        """Cases per second of the burst."""
        seconds = self.measured.seconds
        return None if seconds is None else self.point.cases / seconds

    @property
    def cpu_ms_per_case(self) -> float | None:
        """CPU of all processes per case of the burst, in milliseconds."""
        used = self.measured.cpu_seconds
        return None if used is None else used * 1000 / self.point.cases

    def entry(self) -> Mapping[str, Any]:
        """The result as it stands in `latest.json`."""
        figures = {
            "cases_per_s": _rounded(self.cases_per_s, 2),
            "p50_ms": self.measured.wait_ms(0.5),
            "p95_ms": self.measured.wait_ms(0.95),
            "cpu_ms_per_case": _rounded(self.cpu_ms_per_case, 2),
            "rss_mb": _rounded(self.rss_mb, 0) if self.measured.reason is None else None,
        }
        reason = {} if self.measured.reason is None else {"reason": self.measured.reason}
        return {**asdict(self.point), **figures, **reason}


@dataclass(frozen=True, slots=True)
class Bench:
    """What measures points: the servers, a folder on the disk that is to be measured, and the limits."""

    servers: Servers
    folder: Path
    cap: float = 60.0
    lone: int = LONE
    options: Mapping[str, Any] = field(default_factory=dict)

    def measure(self, point: Point) -> Result:
        """Measure one point in a process of its own."""
        uses_prefect = ENGINES[point.engine].uses_prefect
        with fresh_place(self.servers, self.folder, point.database, prefect=uses_prefect) as fresh:
            return self._run(point, fresh)

    def _run(self, point: Point, fresh: Fresh) -> Result:
        home = fresh.place.home
        order = Order(
            engine=point.engine,
            cases=point.cases,
            cap=self.cap,
            url=fresh.place.url,
            home=str(home),
            prefect_database=fresh.place.prefect_database,
            watched=fresh.watched,
            lone=self.lone,
            options=dict(self.options),
        )
        files = home / "order.json", home / "result.json"
        files[0].write_text(json.dumps(asdict(order)))
        command = [sys.executable, "-m", "benchmarks.point", *map(str, files)]
        with (home / "log").open("w+") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)  # noqa: S603
            with peak_memory(process.pid) as peak:
                ended = _wait(process, self.cap + GRACE)
            if not files[1].exists():
                log.seek(0)
                said = log.read()[-2000:]
                return Result(point, Measured(reason=f"failed: the process ended with {ended}: {said}"))
        return Result(point, Measured(**json.loads(files[1].read_text())), peak.mb)


def _wait(process: "subprocess.Popen[bytes]", seconds: float) -> int:
    """Its exit code. What is left of its session is ended: a process that hangs, a server that it started."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        pass
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # it leads a session of its own
    return process.wait()


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
