"""The demo's log: what the engine warns about goes into a file of the home, not between the lines."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from ops.logs import logging_to
from ops.settings import Settings

LOG: Final = "casewright.log"


@contextmanager
def log_to(settings: Settings, home: Path) -> Iterator[Path]:
    """Write what our packages log into the log of the home while the block lasts."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = home / LOG
    with logging_to(logging.FileHandler(file, encoding="utf-8"), settings):
        yield file
