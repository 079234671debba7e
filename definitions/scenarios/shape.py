"""The keys of a scenario file. Closed; what a key means is in `docs/scenarios.md`."""

from typing import Annotated, Any, Final, Literal

from pydantic import Field

from definitions.arguments import Condition
from definitions.scenarios.people import Closed, TaskWord

ProviderWord = Literal["delivered", "undelivered", "refused", "opted_out", "bounced", "silent", "down"]
"""What a provider does with messages: see `docs/scenarios.md`."""

ProcessWord = Literal[
    "not begun", "running", "waiting", "incident", "held", "cancelling", "completed", "cancelled"
]
StepWord = Literal["not begun", "waiting", "completed", "skipped", "cancelled", "incident"]
StatusWord = Literal[
    "open",
    "requested",
    "accepted",
    "in_progress",
    "on_hold",
    "completed",
    "cancelled",
    "failed",
    "rejected",
]
MessageWord = Literal[
    "queued", "sending", "sent", "delivered", "undelivered", "failed", "blocked", "withdrawn"
]

Records = dict[str, dict[str, dict[str, Any] | Literal["none"]]]
"""By kind and name the fields of a record; `none` where there is no such record."""


class Deciding(Closed):
    """What somebody decides about the whole process."""

    hold: str | None = None
    resume: str | None = None
    cancel: str | None = None
    with_alerts: bool = False


class Signalling(Closed):
    """A signal that somebody sends about the case."""

    name: str
    values: dict[str, Any] = Field(default_factory=dict)
    by: str | None = None


class ExpectedTask(Closed):
    """A human task that there is, or with `count: 0` that there is not."""

    step: str
    iteration: str | None = None
    task: TaskWord | None = None
    to: str | None = None
    group: str | None = None
    status: StatusWord | None = None
    due: str | None = None
    priority: Literal["routine", "urgent", "asap", "stat"] | None = None
    title: str | None = None
    count: Annotated[int, Field(ge=0, le=100)] | None = None


class ExpectedMessage(Closed):
    """A message that there is, or with `count: 0` that there is not."""

    step: str | None = None
    to: str | None = None
    channel: Literal["email", "sms"] | None = None
    template: str | None = None
    contact: str | None = None
    status: MessageWord | None = None
    because: str | None = None
    count: Annotated[int, Field(ge=0, le=100)] | None = None


class Expect(Closed):
    """What holds at this moment. Every key may be left out."""

    process: ProcessWord | None = None
    outcome: str | None = None
    steps: dict[str, StepWord | dict[str, StepWord]] = Field(default_factory=dict)
    because: dict[str, str] = Field(default_factory=dict)
    holds: list[Condition] = Field(default_factory=list)
    outputs: dict[str, Any] = Field(default_factory=dict)
    branches: dict[str, str] = Field(default_factory=dict)
    tasks: list[ExpectedTask] = Field(default_factory=list)
    messages: list[ExpectedMessage] = Field(default_factory=list)
    not_reached: dict[str, dict[str, str]] = Field(default_factory=dict)
    records: dict[str, dict[str, Any]] = Field(default_factory=dict)
    started: dict[str, Annotated[int, Field(ge=0, le=1000)]] = Field(default_factory=dict)


ACTS: Final = ("people", "wait", "signal", "provider", "change", "add", "process", "expect")
"""What an act can be: one of these keys."""


class Act(Closed):
    """One thing that happens, or one look at what has come of it. It has one of these keys."""

    people: dict[str, dict[str, Any]] | None = None
    wait: str | None = None
    signal: Signalling | None = None
    provider: dict[Literal["email", "sms"], ProviderWord] | None = None
    change: dict[str, dict[str, Any]] | None = None
    add: Records | None = None
    process: Deciding | None = None
    expect: Expect | None = None


class Scenario(Closed):
    """One scenario: what is given, and what happens one after the other."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    given: Records = Field(default_factory=dict)
    inputs: dict[str, Any] = Field(default_factory=dict)
    starts: Literal["by hand", "by itself"] = "by hand"
    starts_at: str | None = None
    acts: Annotated[list[Act], Field(min_length=1, max_length=200)]


class ScenarioFile(Closed):
    """A whole file. `given`, `inputs` and `starts_at` count for all its scenarios that say nothing else."""

    process: str
    given: Records = Field(default_factory=dict)
    inputs: dict[str, Any] = Field(default_factory=dict)
    starts_at: str | None = None
    scenarios: Annotated[list[Scenario], Field(min_length=1, max_length=500)]
