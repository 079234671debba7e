"""The demo's log: what the engine warns about goes into a file of the home, not between the lines."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

LOG: Final = "casewright.log"
OURS: Final = ("definitions", "flows", "notifications", "ops", "tasks")


@contextmanager
def log_to(home: Path) -> Iterator[Path]:
    """Write the warnings of our packages into the log of the home while the block lasts."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = home / LOG
    handler = logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    loggers = [logging.getLogger(name) for name in OURS]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield file
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
        handler.close()
