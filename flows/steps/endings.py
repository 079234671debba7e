"""How a step run has ended, and whether that was the process's own doing."""

from typing import Final

from models import StepRun, StepStatus

ENDED: Final = frozenset({StepStatus.COMPLETED, StepStatus.SKIPPED, StepStatus.CANCELLED})

SKIPPED_BY: Final = "skipped_by"
"""The key under which a step run that a person skipped keeps the incident that they decided about."""


def by_itself(run: StepRun) -> bool:
    """Whether the process skipped the step. What a person skipped skips nothing else: they gave what the
    others read.
    """
    return run.status is StepStatus.SKIPPED and SKIPPED_BY not in run.outputs
