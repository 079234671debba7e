"""The shape of a process definition: header, inputs and the keys that every step may have. Closed and
strict.

A step's other keys belong to its kind (`StepKind.arguments`); the checker splits them off before it
validates both.
"""

from typing import Annotated, Final, Literal

from pydantic import Field

from definitions.arguments import CheckedByKind, Clock, Condition, Part, ProcessName, Recipient, Text, Value
from definitions.beginnings import Starts

EndsWord = Literal["created", "accepted", "booked", "completed", "queued", "sent", "delivered", "never"]


class InputSpec(Part):
    """One input of a process: `{type: Client, title: Client}`."""

    type: str
    title: str
    required: bool = True
    options: dict[str, str] | str | None = None


class Escalation(Part):
    """`{overdue: 1 working day, to: supervisor}`: who hears of it when the due date has passed for so
    long.
    """

    overdue: Clock
    to: Recipient


class NotAccepted(Part):
    """`{after: 15 minutes, to: duty_manager}`: who is asked next while nobody has accepted."""

    after: Clock
    to: Recipient


class Otherwise(Part):
    """What happens on a definite failure, at once; with `after`, also on silence."""

    assign: Recipient
    title: Text | None = None
    after: Clock | None = None


class Then(Part):
    """What a passed deadline does: a person is asked to decide. Nothing is ever approved by time."""

    assign: Recipient
    title: Text | None = None


class Deadline(Part):
    """How long a `once` may wait: `{after: 45 working days from inputs.received_at, then: {assign:
    supervisor}}`.
    """

    after: Clock
    then: Then


class Retry(Part):
    """`{attempts: 3, wait: 1 minute}`: how often a failed step is tried in all, and how long it waits
    before each new try.

    Each wait is `factor` times as long as the one before, `longest` at most, and up to `spread` percent
    shorter, so that many cases do not come back in one moment. With `only`, other errors are not tried again.
    """

    attempts: Annotated[int, Field(ge=1, le=20)]
    wait: Clock
    factor: Annotated[int, Field(ge=1, le=10)] = 1
    longest: Clock | None = None
    spread: Annotated[int, Field(ge=0, le=100)] = 0
    only: Annotated[tuple[str, ...], Field(strict=False, min_length=1, max_length=50)] | None = None


class Save(Part):
    """`{to: case.priority}`: the record field that takes the step's main output, or the `output` named."""

    to: str
    output: str | None = None


class ReworkKeys(Part):
    """`{when: approval.decision is returned, back_to: draft, at_most: 3}`: while the condition holds after
    the step, the work goes back to an earlier one; what came after that is done again. `because` is what
    those who do it again are told.
    """

    when: Annotated[Condition, CheckedByKind()]
    back_to: str
    at_most: Annotated[int, Field(ge=1, le=100)]
    because: Annotated[Value, CheckedByKind()] | None = None


class UndoKeys(Part):
    """`undo: {steps: [...]}`: what is done about a step that was completed when its process is cancelled.
    The steps follow one another and read what the step has given.
    """


class StepFrame(Part):
    """The keys that every step may have, whatever its kind."""

    id: str
    title: str
    do: str
    needs: Annotated[list[str], Field(max_length=50)] | None = None
    when: Condition | None = None
    once: Condition | None = None
    deadline: Deadline | None = None
    due: Clock | None = None
    remind: list[Clock] = Field(default_factory=list)
    escalate: list[Escalation] = Field(default_factory=list)
    not_accepted: list[NotAccepted] = Field(default_factory=list)
    ends: str | None = None
    otherwise: Otherwise | None = None
    retry: Retry | None = None
    time_limit: Clock | None = None
    save: Save | None = None
    for_each: dict[str, Value] | None = None
    rework: ReworkKeys | None = None
    undo: UndoKeys | None = None
    priority: Literal["critical", "ordinary"] = "ordinary"


FRAME_KEYS: Final = frozenset(StepFrame.model_fields)

NOT_YET: Final = frozenset({"cancel", "milestone"})
"""Keys of the language that are refused with "not available yet" until they work."""


class Header(Part):
    """A definition without its steps."""

    process: str
    title: str
    purpose: str
    scope: str | None = None
    responsible: str | None = None
    references: list[ProcessName] = Field(default_factory=list)
    owner: str
    starts: Starts = Starts()
    inputs: dict[str, InputSpec] = Field(default_factory=dict)
    outputs: dict[str, Value] = Field(default_factory=dict)
    outcomes: list[str] = Field(default_factory=list)
    calendar: str | None = None
    review_every: Clock | None = None
