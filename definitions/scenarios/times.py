"""Moments and lengths in a scenario: local times, lengths as in clocks, `next timer`."""

from datetime import datetime

from definitions.checks.shape import Path
from definitions.problems import TextError
from definitions.scenarios.looking import Look
from definitions.time.clocks import Clock, parse_clock

NEXT: str = "next timer"
"""What `wait:` says to go to whatever is due next."""


def local_moment(text: str) -> datetime | None:
    """`2026-03-02T10:00` or `2026-03-02 10:00`, with an offset or without; None for anything else."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if len(text) > len("2026-03-02") else None


def length_of(text: str) -> Clock | None:
    """`10 minutes`, `2 working days`; None for anything that is not a bare length."""
    try:
        clock = parse_clock(text)
    except TextError:
        return None
    return clock if clock.origin.kind == "step_start" else None


def check_moment(look: Look, text: str, path: Path) -> None:
    """Report a moment that can't be read."""
    if local_moment(text) is None:
        advice = "write it as `2026-03-02T10:00`, in the time of the office"
        look.report("CW907", f"`{text}` is not a date and time", path, advice=advice)


def check_wait(look: Look, text: str, path: Path, *, length_only: bool = False) -> None:
    """Report a `wait:` that is neither a length nor a moment nor `next timer`."""
    if length_of(text) is not None:
        return
    if not length_only and (text == NEXT or local_moment(text) is not None):
        return
    other = "" if length_only else f", a moment `2026-03-02T10:00`, or `{NEXT}`"
    look.report("CW907", f"`{text}` is no time", path, advice=f"write a length such as `10 minutes`{other}")
