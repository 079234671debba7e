"""What a due timer does. Each purpose has one function; the runner calls it inside a transaction when the timer has fired.

Every function reads the current rows and decides from them: a timer that fires late, or after the work is done, changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from models import Timer, TimerPurpose
from sqlmodel import Session
from tasks.call import Call
from tasks.result import RegistrationError


@dataclass(frozen=True, slots=True)
class FreeCall:
    """What a timer without an instance is given. `start(process, inputs, key)` starts a process once per key, after the commit."""

    session: Session
    now: datetime
    new_id: Callable[[], str]
    start: Callable[[str, Mapping[str, Any], str], None]


OnTimer = Callable[[Call, Timer], None]
OnFreeTimer = Callable[[FreeCall, Timer], None]

_of_steps: dict[TimerPurpose, OnTimer] = {}
_free: dict[TimerPurpose, OnFreeTimer] = {}


def on_timer(purpose: TimerPurpose) -> Callable[[OnTimer], OnTimer]:
    """Decorator: the function is called when a timer of this purpose that belongs to a step run is due."""

    def register(work: OnTimer) -> OnTimer:
        _refuse_second(_of_steps, purpose, work)
        _of_steps[purpose] = work
        return work

    return register


def on_free_timer(purpose: TimerPurpose) -> Callable[[OnFreeTimer], OnFreeTimer]:
    """Decorator: the function is called when a timer of this purpose that belongs to no instance is due."""

    def register(work: OnFreeTimer) -> OnFreeTimer:
        _refuse_second(_free, purpose, work)
        _free[purpose] = work
        return work

    return register


def timer_handlers() -> Mapping[TimerPurpose, OnTimer]:
    """The functions for timers of step runs, by purpose. A purpose that is missing only wakes its instance."""
    import tasks.families  # noqa: F401  (importing it registers the built-in ones)

    return MappingProxyType(_of_steps)


def free_timer_handlers() -> Mapping[TimerPurpose, OnFreeTimer]:
    """The functions for timers without an instance, by purpose."""
    import tasks.families  # noqa: F401  (importing it registers the built-in ones)

    return MappingProxyType(_free)


def _refuse_second(
    known: Mapping[TimerPurpose, Callable[..., None]], purpose: TimerPurpose, work: Callable[..., None]
) -> None:
    first = known.get(purpose)
    if first is not None and first.__qualname__ != work.__qualname__:
        raise RegistrationError(
            f"two functions handle timers for `{purpose}`; remove the one in {work.__module__}"
        )
