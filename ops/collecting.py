"""The garbage collector of a process that lives on.

A pass makes tens of thousands of rows, values and statements and drops them a moment later; they are counted
by reference and go at once. Python's collector looks for circles among them all the same, again and again
through everything that was imported. Left as it is, that took a quarter of a pass's time, and of the pages
now and then one had to wait a quarter of a second more.
"""

import gc
from typing import Final

THRESHOLDS: Final = (50_000, 20, 50)
"""Objects made before the youngest are looked through, and how many such looks before the older ones are."""


def collect_seldom() -> None:
    """Leave what is there now out of the collector's looks, and let it look less often. Circles are still
    found, later.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
