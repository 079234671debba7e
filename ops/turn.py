"""A part of `up` waits for its turn. It has its modules by then: loading them takes longer than all else that
it does at its start.

Its turn is a byte on its standard input. Where that ends without one, whoever started it is gone, and it
goes too.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

WAITS: Final = "_CASEWRIGHT_WAITS_FOR_ITS_TURN"
"""Set for a process that is to wait. It is no setting of anybody's."""


def waiting(environment: Mapping[str, str] | None) -> Mapping[str, str]:
    """This environment (ours, if it is None) for a process that is to wait for its turn. The standard input
    of that process has to be a pipe.
    """
    return {**(os.environ if environment is None else environment), WAITS: "1"}


def give_turn(process: "subprocess.Popen[bytes]") -> None:
    """Let a process that waits go on. One that has ended is left alone."""
    if process.stdin is not None:
        with suppress(BrokenPipeError), process.stdin:
            process.stdin.write(b"\n")


def until_turn() -> None:
    """Called by a part that has its modules, before it touches the database: wait, if we are to. Ends this
    process where nobody is left to give it its turn.
    """
    if os.environ.pop(WAITS, None) is not None and not sys.stdin.buffer.read(1):
        raise SystemExit(1)
