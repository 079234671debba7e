"""How a process that lives on is ended: Ctrl-C, or SIGTERM."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event


@contextmanager
def until_stopped() -> Iterator[Event]:
    """An event that Ctrl-C or SIGTERM sets; afterwards both mean what they meant before."""
    stopped = Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: stopped.set())
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
