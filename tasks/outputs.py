"""Outputs that several step kinds share: a record, and values whose names the definition chooses."""

from typing import Any, Final

from pydantic import ConfigDict, Field

from definitions.arguments import StepOutput

MEMBERS: Final = "#members"
"""The key under which the run of a `for_each` keeps whom it is for. Marks of the engine begin with `#`, as no
output and no question of a form can: they stand beside those.
"""


class RecordOutput(StepOutput):
    """A step that gives a record: later steps read its fields as the step's own. None when there is none.

    `shown` are further facts for people who look at the step; expressions do not see them.
    """

    record: str | None
    shown: dict[str, Any] = Field(default_factory=dict)


class NamedOutput(StepOutput):
    """Values by names that the definition chooses: `NamedOutput(housing="homeless", completed_at=now)`.

    The kind's `outputs` function gives their types; `tasks.encoding.encode` writes them as fields of their
    own.
    """

    model_config = ConfigDict(extra="allow")
