"""What every process that lives on does besides its own work: it runs what is critical and delivers."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from flows.bells import Bell
from flows.failure import infrastructure
from ops.composition import Engine

log = logging.getLogger(__name__)

LOOK: Final = 0.25
"""Seconds between two looks at the database where nothing rings."""


@contextmanager
def living(engine: Engine) -> Iterator[Bell]:
    """Deliver in a thread of its own until the block ends. The bell rings when work may have come."""
    over, changed, post = threading.Event(), Bell(), Bell()

    def look() -> None:
        while not over.wait(LOOK):
            changed.ring()
            post.ring()

    def deliver() -> None:
        while not over.is_set():
            post.wait(engine.runtime.limits.sweep.total_seconds())
            try:
                while engine.deliver() and not over.is_set():
                    pass
            except Exception as error:  # the database may be back at the next turn
                known = infrastructure(error)
                log.log(logging.WARNING if known else logging.ERROR, "delivery: %s", type(error).__name__)

    threads = [threading.Thread(target=work, daemon=True) for work in (look, deliver)]
    for thread in threads:
        thread.start()
    try:
        yield changed
    finally:
        over.set()
        post.ring()
        for thread in threads:
            thread.join(5)
