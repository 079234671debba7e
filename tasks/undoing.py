"""How a completed step run says that it can be undone when its instance is cancelled."""

from typing import Final

from models import StepRun, StepStatus

UNDO: Final = "#undo"
"""The key under which a completed step run keeps how it is undone: the steps that do it, and its `number` in
the order in which such steps were completed. No output can be called so.
"""


def can_be_undone(run: StepRun) -> bool:
    """Whether the step run was completed and says how it is undone. One that a correction or a reviewer has
    replaced is not undone: the run that replaced it is.
    """
    return run.status is StepStatus.COMPLETED and UNDO in run.outputs
