"""A scenario file read and checked against the process that it is about: every problem in one run, placed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from definitions.beginnings import On
from definitions.catalogue import Catalogue
from definitions.checks.placing import in_order, place_all
from definitions.checks.shape import Path, Shape, read_shape
from definitions.diagnostics import Diagnostic, Span, suggest
from definitions.plan import Plan
from definitions.problems import PlacedProblem, Problem
from definitions.scenarios.looking import Look
from definitions.scenarios.people import Doing, Planning
from definitions.scenarios.records import check_changes, check_given, check_inputs, check_signal
from definitions.scenarios.shape import ACTS, Act, Records, Scenario, ScenarioFile
from definitions.scenarios.steps import check_doing, check_expect
from definitions.scenarios.times import check_moment, check_wait
from definitions.source import Document

MOST = 200
PLAN = "plan"
"""The key under `people:` that is no step: the plan of the case."""


@dataclass(frozen=True, slots=True)
class ReadAct:
    """One act: which of `ACTS` it is, its value, and where it stands. Under `people` the value is by step."""

    kind: str
    value: Any
    path: Path


@dataclass(frozen=True, slots=True)
class ReadScenario:
    """One scenario, with what the file gives to all of them put in."""

    name: str
    span: Span
    given: Records
    inputs: Mapping[str, Any]
    starts_at: str | None
    by_itself: bool
    acts: tuple[ReadAct, ...]


@dataclass(frozen=True, slots=True)
class Scenarios:
    """The scenarios of one file, about one plan."""

    document: Document
    plan: Plan
    all: tuple[ReadScenario, ...]


@dataclass(frozen=True, slots=True)
class CheckedScenarios:
    """What a check of a scenario file found; `scenarios` is None where there is an error."""

    scenarios: Scenarios | None
    diagnostics: tuple[Diagnostic, ...]


def check_scenarios(
    document: Document, plans: Mapping[str, Plan], catalogue: Catalogue, prepared: Mapping[str, str]
) -> CheckedScenarios:
    """Check a scenario file. `plans` are the processes that can be run here, `prepared` the records that are
    given without being said, by name with their kind.
    """
    raw = document.value()
    if not isinstance(raw, dict):
        return CheckedScenarios(None, document.diagnostics or (_no_scenarios(document),))
    shape = read_shape(ScenarioFile, raw)
    found = [*document.diagnostics, *place_all(document, shape.problems)]
    if shape.value is None:
        return CheckedScenarios(None, in_order(found, MOST))
    plan = plans.get(shape.value.process)
    if plan is None:
        found.append(_unknown_process(document, shape.value.process, plans, catalogue))
        return CheckedScenarios(None, in_order(found, MOST))
    reader = _Reader(document, plan, Look(document, plan, catalogue, dict(prepared)), shape)
    read = reader.scenarios()
    diagnostics = in_order([*found, *reader.look.found], MOST)
    faulty = any(each.severity == "error" for each in diagnostics)
    return CheckedScenarios(None if faulty else Scenarios(document, plan, read), diagnostics)


def _no_scenarios(document: Document) -> Diagnostic:
    message = "a scenario file is a group of keys that begins with `process:`"
    return document.diagnose("CW203", message, (), advice="see docs/scenarios.md for ten lines to begin with")


def _unknown_process(
    document: Document, name: str, plans: Mapping[str, Plan], catalogue: Catalogue
) -> Diagnostic:
    if name in catalogue.processes:
        message = f"the process `{name}` has errors of its own, so nothing can be said of its scenarios"
        return document.diagnose("CW607", message, ("process",), advice="mend the definition first")
    return document.diagnose(
        "CW607",
        f"there is no process `{name}` that could be run",
        ("process",),
        allowed=sorted(plans),
        suggestion=suggest(name, plans),
    )


class _Reader:
    """Reads the scenarios of one file and checks the names in them."""

    def __init__(self, document: Document, plan: Plan, look: Look, shape: Shape[ScenarioFile]) -> None:
        assert shape.value is not None  # noqa: S101  (the caller has looked)
        self.document = document
        self.plan = plan
        self.look = look
        self.shape = shape
        self.file = shape.value

    def scenarios(self) -> tuple[ReadScenario, ...]:
        """Every scenario; what they have in common is checked once."""
        check_given(self.look, self.file.given, ("given",))
        check_inputs(self.look, self.file.inputs, ("inputs",), complete=False)
        if self.file.starts_at is not None:
            check_moment(self.look, self.file.starts_at, ("starts_at",))
        first: dict[str, Path] = {}
        return tuple(self._scenario(index, each, first) for index, each in enumerate(self.file.scenarios))

    def _scenario(self, index: int, scenario: Scenario, first: dict[str, Path]) -> ReadScenario:
        path = self.shape.original(("scenarios", index))
        name = (*path, "name")
        if scenario.name in first:
            earlier = (self.document.span(first[scenario.name]), "the first one")
            self.look.report("CW909", f"there is a scenario `{scenario.name}` already", name, related=earlier)
        first.setdefault(scenario.name, name)
        look = self.look.inside(scenario.given, scenario.acts)
        check_given(look, scenario.given, (*path, "given"))
        inputs = {**self.file.inputs, **scenario.inputs}
        by_itself = scenario.starts == "by itself"
        check_inputs(look, scenario.inputs, (*path, "inputs"), complete=not by_itself, together=inputs)
        self._check_beginning(scenario, path)
        if scenario.starts_at is not None:
            check_moment(look, scenario.starts_at, (*path, "starts_at"))
        read = tuple(
            self._act(look, self.shape.original((*("scenarios", index, "acts"), number)), act)
            for number, act in enumerate(scenario.acts)
        )
        broken = [each.path for each in read if each.kind == "none"]
        expects = any(self.document.node((*at, "expect")) is not None for at in broken)
        if not expects and not any(each.kind == "expect" for each in read):
            advice = "add an act `- expect:` with what is to hold then"
            self.look.report(
                "CW913", "this scenario expects nothing", name, advice=advice, severity="warning"
            )
        return ReadScenario(
            scenario.name,
            self.document.span(name),
            _together(self.file.given, scenario.given),
            inputs,
            scenario.starts_at or self.file.starts_at,
            by_itself,
            read,
        )

    def _check_beginning(self, scenario: Scenario, path: Path) -> None:
        """A process begins by hand or by itself only where its definition says so."""
        if scenario.starts == "by itself":
            if all(each.on is On.HAND for each in self.plan.beginnings):
                advice = "leave `starts:` out, or give the definition a beginning (docs/language.md)"
                message = f"`{self.plan.process}` does not begin by itself"
                self.look.report("CW914", message, (*path, "starts"), advice=advice)
            if scenario.inputs:
                message = "a process that begins by itself gets its inputs from what it begins on"
                self.look.report("CW914", message, (*path, "inputs"), advice="leave `inputs:` out", key=True)

    def _act(self, look: Look, path: Path, act: Act) -> ReadAct:
        said = [name for name in ACTS if getattr(act, name) is not None]
        if not said and any(self.document.node((*path, name)) is not None for name in ACTS):
            return ReadAct("none", None, path)  # what is wrong with the one that stands there is told already
        if len(said) != 1:
            advice = f"give it one of: {', '.join(ACTS)}; put what comes after it into the next act"
            look.report("CW901", f"an act is one thing; this one has {len(said)}", path, advice=advice)
            return ReadAct("none", None, path)
        kind = said[0]
        value, at = getattr(act, kind), (*path, kind)
        match kind:
            case "people":
                value = self._people(look, value, at)
            case "wait":
                check_wait(look, value, at)
            case "signal":
                check_signal(look, value, at)
            case "change":
                check_changes(look, value, at)
            case "add":
                check_given(look, value, at)
            case "process":
                words = [name for name in ("hold", "resume", "cancel") if getattr(value, name) is not None]
                if len(words) != 1:
                    look.report("CW901", "say one of hold, resume, cancel, with the reason", at)
            case "expect":
                check_expect(look, value, at)
        return ReadAct(kind, value, at)

    def _people(self, look: Look, raw: Mapping[str, Any], path: Path) -> Mapping[str, Doing | Planning]:
        read: dict[str, Doing | Planning] = {}
        for step, given in raw.items():
            at = (*path, step)
            model = Planning if step == PLAN else Doing
            shape: Shape[Any] = read_shape(model, given)
            look.found.extend(place_all(self.document, shape.problems, at))
            if shape.value is None:
                continue
            read[step] = shape.value
            if step == PLAN:
                self._goals(look, shape.value, at)
            elif look.knows_step(step, at):
                check_doing(look, step, shape.value, at)
        if not raw:
            problem = Problem("CW202", "nobody does anything here", 0, 0, advice="name a step")
            look.found.extend(place_all(self.document, [PlacedProblem(path, problem)]))
        return read

    def _goals(self, look: Look, planning: Planning, path: Path) -> None:
        for index, goal in enumerate(planning.goals):
            check_wait(look, goal.due, (*path, "goals", index, "due"), length_only=True)


def _together(file: Records, own: Records) -> Records:
    """What the file gives, and over it what the scenario gives, field by field."""
    merged: Records = {kind: dict(records) for kind, records in file.items()}
    for kind, records in own.items():
        of_kind = merged.setdefault(kind, {})
        for name, fields in records.items():
            before = of_kind.get(name, {})
            if isinstance(fields, dict) and isinstance(before, dict):
                of_kind[name] = {**before, **fields}
            else:
                of_kind[name] = fields
    return merged
