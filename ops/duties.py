"""What the leading process does besides ticking: a list, so that a reader sees all of it."""

from datetime import timedelta
from typing import Final

from flows.scheduler import Duty
from flows.sealing import seal

DUTIES: Final[tuple[Duty, ...]] = (Duty("seal", timedelta(seconds=5), seal),)
"""Every duty, with how often it is done."""
