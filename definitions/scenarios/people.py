"""What people do, written down beforehand: the words that an answers script and a scenario share."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

TaskWord = Literal[
    "assignment",
    "checklist",
    "referral",
    "chase",
    "review",
    "approval",
    "incident",
    "notice",
    "handover",
    "decision",
]
"""What a human task is for."""


class Closed(BaseModel):
    """Base of the groups of keys: closed, frozen, named as they are written."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Booking(Closed):
    """An appointment: `at` a local time, or `in` so long, at `time` of that day. A second one moves it."""

    at: datetime | None = None
    after: str | None = Field(default=None, alias="in")
    time: str = "10:00"
    place: str | None = None
    minutes: int | None = None


class Correction(Closed):
    """An answer that is corrected, also after the form was sent."""

    item: str
    value: Any
    reason: str


class Decision(Closed):
    """What somebody decides about an incident: `retry`, or `skip` with the outputs that later steps read.

    `inputs` changes inputs of the process before the retry.
    """

    retry: str | None = None
    skip: str | None = None
    inputs: dict[str, Any] = Field(default_factory=dict)
    outputs: dict[str, Any] = Field(default_factory=dict)


class Doing(Closed):
    """What is done with the task of one step, in the order of these keys.

    `by` says who does it; without it whoever has the task. `task` says which of several tasks of the step is
    meant, by what it is for. `refused` says that it is refused, with these words.
    """

    by: str | None = None
    task: TaskWord | None = None
    accept: bool = False
    reassign: str | None = None
    book: Booking | None = None
    cancel_booking: str | None = None
    draft: dict[str, Any] = Field(default_factory=dict)
    first: dict[str, Any] = Field(default_factory=dict)
    answers: dict[str, Any] | None = None
    complete: bool = False
    correct: Correction | None = None
    decide: Decision | None = None
    cancel: str | None = None
    each: dict[str, "Doing"] = Field(default_factory=dict)
    refused: str | None = None


VERBS = (
    "accept",
    "reassign",
    "book",
    "cancel_booking",
    "draft",
    "first",
    "answers",
    "complete",
    "correct",
    "decide",
    "cancel",
)
"""The keys of `Doing` that are commands, in the order in which they are given."""


class GoalLine(Closed):
    """One SMART goal; `due` is a length of time, such as `60 days`."""

    specific: str
    indicator: str
    target: str
    need: str
    due: str
    achievable: str | None = None


class Planning(Closed):
    """The plan that is made with the client."""

    agreed_by: list[str] = Field(default_factory=lambda: ["client", "worker"])
    goals: list[GoalLine]
