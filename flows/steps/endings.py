"""How a step run has ended, and whether that was the process's own doing."""

from typing import Any, Final

from models import StepRun, StepStatus

ENDED: Final = frozenset({StepStatus.COMPLETED, StepStatus.SKIPPED, StepStatus.CANCELLED})

SKIPPED_BY: Final = "#skipped_by"
"""The key under which a step run that a person skipped keeps the incident that they decided about."""


AGAIN: Final = "#again"
"""The key under which the run of an alert that goes on keeps why it is to be done again, as soon as what it
needs is there anew. No question can be called so: the answers of a form stand beside it.
"""


def mark_of(run: StepRun) -> dict[str, Any]:
    """The mark of an alert that is to be done again, as a part of its outputs; nothing for another run."""
    return {AGAIN: run.outputs[AGAIN]} if AGAIN in run.outputs else {}


def has_ended(run: StepRun) -> bool:
    """Whether a step run has ended (engine.md R1.1), and is not to be done again."""
    return run.status in ENDED and AGAIN not in run.outputs


def by_itself(run: StepRun) -> bool:
    """Whether the process skipped the step. What a person skipped skips nothing else: they gave what the
    others read.
    """
    return run.status is StepStatus.SKIPPED and SKIPPED_BY not in run.outputs
