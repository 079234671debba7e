"""What the leading process does besides ticking: a list, so that a reader sees all of it."""

from typing import Final

from flows.scheduler import Duty

DUTIES: Final[tuple[Duty, ...]] = ()
"""Every duty, with how often it is done."""
