"""The scenarios of the demo: which client, and what people do with the intake."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from definitions import read
from flows.script import Script
from ops.errors import OpsError

SHIPPED_SCENARIOS: Final = Path(__file__).parent / "scenarios.yaml"

LATER: Final = "correct"
"""What people do when everything else has been done: an answer is not corrected in the minute it is given."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One intake of the demo. `early` is what people do first, `late` all of it."""

    name: str
    client: str
    about: str
    early: Script
    late: Script


@dataclass(frozen=True, slots=True)
class Scenarios:
    """All scenarios, and the addresses at which the folder channel fails, with the code it fails with."""

    all: tuple[Scenario, ...]
    failing: Mapping[str, str]


def load_scenarios(file: Path = SHIPPED_SCENARIOS) -> Scenarios:
    """The scenarios of a file. OpsError or ScriptError when it is not written as it must be."""
    document = read(file)
    value = document.value()
    if document.diagnostics or not isinstance(value, dict):
        raise OpsError(f"{file} can't be read as YAML", action="install Casewright again")
    content: dict[str, Any] = value
    goals = content["goals"]
    found = tuple(_scenario(name, given, goals) for name, given in content["scenarios"].items())
    return Scenarios(found, dict(content["failing"]))


def _scenario(name: str, given: Mapping[str, Any], goals: list[Any]) -> Scenario:
    answers: dict[str, Any] = given["answers"]
    early = {
        step: {key: done for key, done in doing.items() if key != LATER} for step, doing in answers.items()
    }
    plan = {"plan": {"goals": goals}} if given.get("plan") == "agreed" else {}
    return Scenario(
        name, given["client"], given["about"], Script.read(early), Script.read({**answers, **plan})
    )
