"""What a due timer does. Each purpose has one function; the runner calls it inside a transaction when the
timer has fired.

Every function reads the current rows and decides from them: a timer that fires late, or after the work is
done, changes nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlmodel import Session, select

from definitions.plan import Plan
from models import (
    HumanTask,
    StepRun,
    StepStatus,
    TaskKind,
    TaskStatus,
    Timer,
    TimerPurpose,
    WakeKind,
    record_wake,
)
from tasks.call import Call
from tasks.result import RegistrationError


@dataclass(frozen=True, slots=True)
class FreeCall:
    """What a timer without an instance is given. `start(process, inputs, key)` starts a process once per key,
    after the commit. `plan_of(instance id)` is the plan of the version that an instance keeps.
    """

    session: Session
    now: datetime
    new_id: Callable[[], str]
    start: Callable[[str, Mapping[str, Any], str], str]
    plan_of: Callable[[str], Plan]


OnTimer = Callable[[Call, Timer], None]
OnFreeTimer = Callable[[FreeCall, Timer], None]
W = TypeVar("W", OnTimer, OnFreeTimer)

_of_steps: dict[TimerPurpose, OnTimer] = {}
_free: dict[TimerPurpose, OnFreeTimer] = {}


FAILED = "failed"
"""The key under which a timer that a step has set keeps why its work could not be done."""


def tell_step(session: Session, timer: Timer, now: datetime, failed: str | None = None) -> bool:
    """Wake the step that has set this timer of no instance and waits for its work; False when none does.
    `failed` says why it could not be done.
    """
    run = None if timer.step_run_id is None else session.get(StepRun, timer.step_run_id)
    if run is None or run.status is not StepStatus.WAITING:
        return False
    if failed is not None:
        timer.detail = {**timer.detail, FAILED: failed}
    session.add(timer)
    record_wake(session, run.instance_id, f"done:{timer.id}", WakeKind.CHILD, {"step_run": run.id}, now)
    return True


def decided_since(call: Call, moment: datetime) -> bool:
    """Whether a person has decided since then that the step is to be tried again."""
    query = select(HumanTask.id).where(
        HumanTask.step_run_id == call.run.id,
        HumanTask.kind == TaskKind.INCIDENT,
        HumanTask.status == TaskStatus.COMPLETED,
        HumanTask.created_at >= moment,
    )
    return call.session.exec(query).first() is not None


def on_timer(purpose: TimerPurpose) -> Callable[[OnTimer], OnTimer]:
    """Decorator: the function is called when a timer of this purpose that belongs to a step run is due."""
    return _register(_of_steps, purpose)


def on_free_timer(purpose: TimerPurpose) -> Callable[[OnFreeTimer], OnFreeTimer]:
    """Decorator: the function is called when a timer of this purpose that belongs to no instance is due."""
    return _register(_free, purpose)


def handle_timer(call: Call, timer: Timer) -> None:
    """Do what a due timer of a step run is for. A purpose that nobody handles has done its work by waking the
    instance.
    """
    import tasks.families  # noqa: F401  (importing it registers the built-in ones)

    work = _of_steps.get(timer.purpose)
    if work is not None:
        work(call, timer)


def handle_free_timer(free: FreeCall, timer: Timer) -> None:
    """Do what a due timer without an instance is for; RegistrationError when nobody handles its purpose."""
    import tasks.families  # noqa: F401  (importing it registers the built-in ones)

    work = _free.get(timer.purpose)
    if work is None:
        raise RegistrationError(
            f"no function handles free timers for `{timer.purpose}`; register one with on_free_timer"
        )
    work(free, timer)


def _register(known: dict[TimerPurpose, W], purpose: TimerPurpose) -> Callable[[W], W]:
    def register(work: W) -> W:
        first = known.get(purpose)
        if first is not None and first.__qualname__ != work.__qualname__:
            raise RegistrationError(
                f"two functions handle timers for `{purpose}`; remove the one in {work.__module__}"
            )
        known[purpose] = work
        return work

    return register
