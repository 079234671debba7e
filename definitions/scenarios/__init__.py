"""Scenarios: what is given, what happens, what is expected. A file beside a definition, read and checked."""

from definitions.scenarios.json_schema import scenario_schema
from definitions.scenarios.people import Doing, Planning
from definitions.scenarios.reading import (
    CheckedScenarios,
    ReadAct,
    ReadScenario,
    Scenarios,
    check_scenarios,
)
from definitions.scenarios.shape import Expect

__all__ = [
    "CheckedScenarios",
    "Doing",
    "Expect",
    "Planning",
    "ReadAct",
    "ReadScenario",
    "Scenarios",
    "check_scenarios",
    "scenario_schema",
]
