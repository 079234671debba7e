"""Faults that a step can have, for the engine's tests: its own, and those that the database finds."""

from collections.abc import Callable
from datetime import datetime

from engine_world import MONDAY
from sqlalchemy.exc import OperationalError

from models import Household, StepRun, StepStatus, Timer, TimerPurpose
from tasks.call import Call
from tasks.result import StepError


def trouble() -> OperationalError:
    return OperationalError("UPDATE instances", {}, Exception("disk I/O error"))


def breaks(call: Call) -> None:
    raise StepError("no_rule", "the rule is missing")


def breaks_unforeseen(call: Call) -> None:
    raise ZeroDivisionError


def doubles_a_key(call: Call) -> None:
    for name in ("one", "two"):
        call.session.add(
            Timer(purpose=TimerPurpose.REMIND, key="the same", due_at=MONDAY, created_at=MONDAY, wall=name)
        )


def doubles_a_key_at_once(call: Call) -> None:
    doubles_a_key(call)
    call.session.flush()


def points_nowhere(call: Call) -> None:
    """A foreign key, which the database looks at when the transaction commits."""
    call.session.add(
        StepRun(instance_id="nobody", step="x", status=StepStatus.WAITING, started_at=MONDAY, waits_for=None)
    )


def gives_a_time_without_a_zone(call: Call) -> None:
    """Refused by the column's type, when the batch is flushed."""
    call.session.add(Household(name="naive", created_at=datetime(2026, 3, 2)))  # noqa: DTZ001


def gives_a_number_that_no_column_holds(call: Call) -> None:
    """Refused by the driver, when the batch is flushed."""
    call.run.generation = 2**70


FAULTS: list[Callable[[Call], None]] = [
    breaks,
    breaks_unforeseen,
    doubles_a_key,
    doubles_a_key_at_once,
    points_nowhere,
    gives_a_time_without_a_zone,
    gives_a_number_that_no_column_holds,
]
