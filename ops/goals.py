"""The file of `casewright plan`: a case's SMART goals and who agrees to them."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows.inbox import PlannedGoal, ProposedError
from models import Staff
from ops.errors import OpsError
from ops.pages.terminal import at
from ops.scripts import read_mapping

if TYPE_CHECKING:
    from ops.composition import Engine


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class GoalLine(_Closed):
    """One goal: specific, measurable by an indicator and its target, relevant to a need, due on a day."""

    specific: str
    indicator: str
    target: str
    need: str
    due_on: date
    achievable: str | None = None


class GoalsFile(_Closed):
    """The whole file. `agreed_by` lists `client` and `worker` once they have agreed; nobody agrees by
    default.
    """

    goals: list[GoalLine] = Field(min_length=1)
    agreed_by: list[str] = Field(default_factory=list)
    summary: str | None = None

    def planned(self) -> list[PlannedGoal]:
        """The goals as the command takes them."""
        return [PlannedGoal(**goal.model_dump()) for goal in self.goals]


def read_goals(path: Path) -> GoalsFile:
    """Read a goals file. OpsError names every key that does not fit."""
    plain: Mapping[str, Any] = read_mapping(path)
    try:
        return GoalsFile.model_validate(plain)
    except ValidationError as error:
        faults = [f"`{'.'.join(map(str, each['loc']))}`: {each['msg']}" for each in error.errors()]
        raise OpsError(f"{path}: {'; '.join(faults)}", action="see `casewright plan --help`") from None


def would_replace(engine: "Engine", error: ProposedError) -> OpsError:
    """Whose proposal stands there, since when, and what to do about it."""
    with engine.store.read() as session:
        staff = None if error.by is None else session.get(Staff, error.by)
    who = "Somebody on the command line" if staff is None else staff.name
    goals = "1 goal" if error.goals == 1 else f"{error.goals} goals"
    return OpsError(
        f"{who} proposed a plan with {goals} on {at(error.at, engine.zone)}, and this one would replace it",
        action="read theirs on the plan page of the case and take over what is to stay; then add --replace",
    )
