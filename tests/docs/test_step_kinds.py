"""The step kind of the documentation: registered by its decorator and as an entry point, checked and run."""

import re
import types
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint
from typing import Any

import pytest
from written_docs import DOCS

from definitions import Catalogue, check, load_vocabulary, parse
from flows.simulation import simulate
from models import InstanceStatus
from tasks import registry
from tasks.registry import ENTRY_POINTS, Handler, load_kinds

PAGE = (DOCS / "step-kinds.md").read_text(encoding="utf-8")
SOURCE, WAITING = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)

DEFINITION = """\
process: travel
title: Travel
purpose: Find out whether somebody has to fetch the client.
owner: intake_team
inputs:
  far:
    type: number
    title: Kilometres
    required: false
steps:
  - id: way
    title: The way to the office
    do: distance
    kilometres: = inputs.far
    walkable: 5
  - id: later
    title: Somebody has to go
    do: calculate
    when: way.fetch
    set:
      told: = way.why
"""

LOOKED = """\
process: looked-at
title: Looked at
purpose: Have somebody look.
owner: intake_team
steps:
  - id: look
    title: Look at it
    do: second_look
    to: group intake_team
  - id: later
    title: What was found
    do: calculate
    value: = look.finding
"""


@pytest.fixture(autouse=True)
def kinds_of_this_test_only(monkeypatch: pytest.MonkeyPatch) -> None:
    load_kinds()
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))


@pytest.fixture
def module() -> types.ModuleType:
    """The page's example as a module."""
    made = types.ModuleType("example_distance")
    exec(compile(SOURCE, "step-kinds.md", "exec"), made.__dict__)
    return made


def catalogue() -> Catalogue:
    kinds = {name: handler.kind for name, handler in load_kinds().items()}
    return Catalogue(kinds, {}, load_vocabulary())


def test_the_example_is_shorter_than_forty_lines() -> None:
    assert len(SOURCE.splitlines()) < 40


@pytest.mark.parametrize(("far", "fetched"), [(12, True), (4, False)])
def test_importing_the_module_is_enough(module: types.ModuleType, far: int, fetched: bool) -> None:
    assert load_kinds()["distance"] is module.distance
    checked = check(parse(DEFINITION.encode(), "travel.yaml"), catalogue())
    assert checked.plan is not None, checked.diagnostics
    end = simulate(checked.plan, {"far": far}, catalogue=catalogue())
    assert end.status is InstanceStatus.COMPLETED
    assert end.step("way").outputs == {"fetch": fetched, "why": f"{far} km, walkable up to 5"}
    assert end.step("later").status == ("completed" if fetched else "skipped")
    end.store.close()


def test_an_error_of_the_kind_becomes_an_incident_with_its_line(module: types.ModuleType) -> None:
    checked = check(parse(DEFINITION.encode(), "travel.yaml"), catalogue())
    assert checked.plan is not None
    end = simulate(checked.plan, {}, catalogue=catalogue())
    assert end.status is InstanceStatus.INCIDENT
    assert end.tasks[0].description == "the distance is not recorded (travel.yaml:11:5)"
    end.store.close()


def test_the_checker_knows_its_keys(module: types.ModuleType) -> None:
    wrong = DEFINITION.replace("walkable: 5", "walkable: far")
    (problem,) = check(parse(wrong.encode(), "travel.yaml"), catalogue()).errors
    assert (problem.span.line, problem.code) == (15, "CW203")


@dataclass
class Installed:
    """An entry point of an installed package."""

    handler: Handler[Any]

    def __call__(self, *, group: str) -> Iterator[EntryPoint]:
        assert group == ENTRY_POINTS
        handler = self.handler

        class Found(EntryPoint):
            def load(self) -> Any:
                return handler

        yield Found("distance", "my_department.distance:distance", group)


def test_an_entry_point_is_enough(module: types.ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    del registry._registered["distance"]
    assert "distance" not in load_kinds()
    monkeypatch.setattr(registry, "_declared", registry._declared.__wrapped__)  # as a new process finds it
    monkeypatch.setattr(registry, "entry_points", Installed(module.distance))
    assert load_kinds()["distance"] is module.distance
    assert f'[project.entry-points."{ENTRY_POINTS}"]' in PAGE


def test_the_example_that_waits_goes_on_when_a_person_has_answered() -> None:
    exec(compile(WAITING, "step-kinds.md", "exec"), types.ModuleType("example_look").__dict__)
    plan = check(parse(LOOKED.encode(), "looked-at.yaml"), catalogue()).plan
    assert plan is not None
    end = simulate(plan, {}, {"look": {"answers": {"finding": "All well"}}}, catalogue=catalogue())
    assert (end.status, end.step("later").outputs["value"]) == (InstanceStatus.COMPLETED, "All well")
    end.store.close()


def test_the_example_that_waits_keeps_its_place_until_then() -> None:
    exec(compile(WAITING, "step-kinds.md", "exec"), types.ModuleType("example_look").__dict__)
    plan = check(parse(LOOKED.encode(), "looked-at.yaml"), catalogue()).plan
    assert plan is not None
    end = simulate(plan, {}, catalogue=catalogue())
    assert (end.status, end.step("look").status) == (InstanceStatus.WAITING, "waiting")
    end.store.close()
