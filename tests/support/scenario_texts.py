"""Scenario files as tests write them: checked against the shipped processes, played on one bench."""

from functools import cache

from intake_world import catalogue, plans

from definitions import parse
from definitions.scenarios import CheckedScenarios, Scenarios, check_scenarios
from flows.scenarios import Bench, Outcome, prepared
from tasks.registry import load_kinds


def checked(text: str) -> CheckedScenarios:
    """The check of a scenario file with this text."""
    return check_scenarios(
        parse(text.encode(), "x.scenario.yaml"), plans(), catalogue(), prepared(catalogue())
    )


def sound(text: str) -> Scenarios:
    """The scenarios of a text without problems."""
    found = checked(text)
    assert found.scenarios is not None, [each.message for each in found.diagnostics]
    return found.scenarios


@cache
def bench() -> Bench:
    """One bench for all tests of a process, as it is for all scenarios."""
    return Bench(load_kinds(), catalogue(), plans())


def played(text: str) -> Outcome:
    """What comes of the first scenario of a text."""
    scenarios = sound(text)
    return bench().play(scenarios, scenarios.all[0])
