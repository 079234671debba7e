"""A step's own error: whose it is, and what the step had resolved by then."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from definitions.plan import PlanStep
from flows.errors import FlowError
from flows.state import State
from tasks.call import Call
from tasks.encoding import encode


@dataclass(slots=True)
class StepFailureError(FlowError):
    """A step's own error, with what it had resolved so far. It counts against this instance only
    (engine.md R2.6).
    """

    state: State
    step: PlanStep
    iteration: str
    cause: Exception
    inputs: dict[str, Any]
    resuming: bool
    timer: str | None = None

    def __str__(self) -> str:
        return f"step `{self.step.id}` ({self.step.position}) of instance {self.state.id}: {self.cause}"


@contextmanager
def blame(
    state: State, step: PlanStep, call: Call, *, resuming: bool = False, timer: str | None = None
) -> Iterator[None]:
    """Turn a step's own error into a StepFailureError; the database's troubles are not the step's
    (engine.md R2.6).
    """
    try:
        yield
    except (StepFailureError, DBAPIError, StaleDataError):
        raise  # which instance a refused statement belongs to is found by halving the batch
    except Exception as error:
        inputs = {name: encode(value) for name, value in call.traced.items()}
        raise StepFailureError(state, step, call.run.iteration, error, inputs, resuming, timer) from error
