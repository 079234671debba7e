"""`python -m benchmarks`: measure, and write the page."""

import signal
import sys

from benchmarks.commands import app


def _leave(number: int, _frame: object) -> None:
    sys.exit(128 + number)  # an exception: servers are stopped and folders removed on the way out


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    app()
