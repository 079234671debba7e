"""What processes use: the CPU of whole trees of processes, ended children included, and their memory."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import psutil

SAMPLED: Final = 0.2
"""Seconds between two looks at the memory."""


def cpu_seconds(roots: Iterable[int]) -> float:
    """CPU time so far of these processes and all their descendants, also of those that have ended."""
    total = 0.0
    for process in _trees(roots):
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def memory_mb(root: int) -> float:
    """Resident memory now of this process and its descendants, in MiB. What they share counts for each."""
    total = 0
    for process in _trees([root]):
        with suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total / 2**20


class Peak:
    """The highest memory that was seen."""

    def __init__(self) -> None:
        self.mb = 0.0


@contextmanager
def peak_memory(root: int) -> Iterator[Peak]:
    """Watch the memory of a tree of processes while the block runs."""
    peak, done = Peak(), threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLED):
            peak.mb = max(peak.mb, memory_mb(root))

    watcher = threading.Thread(target=watch, name="peak-memory", daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()


def _trees(roots: Iterable[int]) -> Iterator[psutil.Process]:
    for root in roots:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(root)
            yield process
            yield from process.children(recursive=True)
