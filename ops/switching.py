"""How the threads of a worker, and of the web application, share their interpreter.

A pass computes without a stop. Another thread that holds SQLite's one writer's place, to note what a provider
said of a message for instance, needs the interpreter again after each of its statements, and by Python's own
measure gets it after 5 ms: with twenty statements everybody who wants to write waits for a tenth of a second.
In the web application pages are drawn while figures are counted.
"""

import sys
from typing import Final

INTERVAL: Final = 0.0005
"""Seconds after which a thread that computes makes room for one that waits."""


def switch_often() -> None:
    """Let threads that wait for the interpreter have it sooner. For a process that computes
    and does other work beside it."""
    sys.setswitchinterval(INTERVAL)
