"""Reading and checking without looking for what could be given back: that takes a third of the time, and what
is made there stays in use until the end.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collecting() -> Iterator[None]:
    """Keep Python's collector from running inside the block; what was switched on is on again behind it."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()
