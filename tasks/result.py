"""How a step's work can end besides with its output: it waits, it fails for certain, or it goes wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models import WaitsFor


class TaskError(Exception):
    """Root of the errors of this package.

    Messages name things and rules and carry no personal data: they reach Prefect.
    """


class RegistrationError(TaskError):
    """A step kind can't be registered; the message says which and why."""


class StepError(TaskError):
    """A step went wrong. It is retried by the step's `retry`, then becomes an incident."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def undecided(key: str, condition: str) -> StepError:
    """The error of a step one of whose conditions rests on something that nobody knows."""
    return StepError("undecided", f"`{key}: {condition}` can't be decided: a value is not recorded")


class DefiniteFailure(TaskError):  # noqa: N818  (an outcome that `otherwise` expects)
    """What the step wanted can't be had (no safe contact, no consent, refused): its `otherwise` takes over.

    Without an `otherwise` it becomes an incident at once; trying again would not help. `details` are JSON
    values for the person who takes over, such as the telephone numbers known; they go into that human task
    and nowhere else.
    """

    def __init__(self, code: str, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.details: Mapping[str, Any] = dict(details or {})


@dataclass(frozen=True, slots=True)
class Waiting:
    """The step has begun and waits; `resume` is asked again after each wake of the instance."""

    on: WaitsFor
