"""The machine and the versions that figures belong to. No host name, no user, no path."""

import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any, Final

import psutil

SYNCS: Final = 200
PEERS: Final = ("prefect", "dbos", "SpiffWorkflow", "SQLAlchemy", "psycopg")


def describe() -> Mapping[str, Any]:
    """Cores, memory, system and versions, for the page beside the figures."""
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        **{name.lower(): found for name in PEERS if (found := _version(name)) is not None},
    }


def fsync_ms(folder: Path, times: int = SYNCS) -> Mapping[str, float]:
    """How long the disk takes to keep 4 KiB for good: median and 95th percentile, in milliseconds."""
    took = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _ in range(times):
            file.write(b"x" * 4096)
            file.flush()
            started = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - started) * 1000)
    return {"p50": round(median(took), 2), "p95": round(percentile(took, 0.95), 2)}


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which this share of the values lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def _version(package: str) -> str | None:
    """The version of a package; None where it is not installed: then nothing of it was measured either."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
