"""Scenario files are checked like definitions: every slip with its place and what was meant."""

import pytest
from intake_world import catalogue
from scenario_texts import checked

from definitions.scenarios import scenario_schema

SOUND = """process: intake
scenarios:
  - name: one
    acts:
      - people:
          findings:
            first: {immediate_danger: no}
      - expect:
          process: waiting
"""


def test_a_sound_file_has_no_problem() -> None:
    found = checked(SOUND)
    assert not found.diagnostics
    assert found.scenarios is not None
    assert [act.kind for act in found.scenarios.all[0].acts] == ["people", "expect"]


SLIPS = {
    "an unknown key": ("process: waiting", "proces: waiting", "CW201", "9:11", "process"),
    "an unknown status": ("process: waiting", "process: wating", "CW204", "9:20", "waiting"),
    "an unknown step": ("findings:", "finding:", "CW902", "6:11", "findings"),
    "an unknown question": (
        "immediate_danger: no",
        "imediate_danger: no",
        "CW903",
        "7:21",
        "immediate_danger",
    ),
    "an unknown answer": ("immediate_danger: no", "immediate_danger: noo", "CW403", "7:39", "no"),
    "an unknown process": ("process: intake", "process: intaek", "CW607", "1:10", "intake"),
    "an unknown person": ("first:", "by: workr\n            first:", "CW904", "7:17", "worker"),
    "members where there is no loop": (
        "first: {",
        "each: {a: {complete: true}}\n            first: {",
        "CW910",
        "7:13",
        None,
    ),
    "an unknown name in a condition": (
        "process: waiting",
        "holds: [risk.risk_levl is high]",
        "CW322",
        "9:24",
        "risk_level",
    ),
    "an unknown option in a condition": (
        "process: waiting",
        "holds: [risk.risk_level is hgih]",
        "CW323",
        "9:38",
        "high",
    ),
    "an unknown branch": (
        "process: waiting",
        "branches: {risk.set.risk_leve: otherwise}",
        "CW908",
        "9:22",
        "risk.set.risk_level",
    ),
    "an unknown way": (
        "process: waiting",
        "branches: {risk.set.risk_level: rule 3}",
        "CW908",
        "9:43",
        "rule 1",
    ),
    "an unknown record": ("process: waiting", "records: {phome: {safe: no}}", "CW904", "9:21", "phone"),
    "an unknown field": ("process: waiting", "records: {phone: {saef: no}}", "CW602", "9:29", "safe"),
    "an unknown kind": (
        "scenarios:",
        "given: {Clint: {a: {language: en}}}\nscenarios:",
        "CW601",
        "2:9",
        "Client",
    ),
    "a day that is none": (
        "scenarios:",
        "given: {Client: {client: {date_of_birth: 2020-13-01}}}\nscenarios:",
        "CW403",
        "2:42",
        None,
    ),
    "a time that is none": ("scenarios:", "starts_at: tomorrow\nscenarios:", "CW907", "2:12", None),
    "an unknown input": ("scenarios:", "inputs: {clint: client}\nscenarios:", "CW906", "2:10", "client"),
    "an unknown template": (
        "process: waiting",
        "messages: [{template: apointment}]",
        "CW603",
        "9:33",
        "appointment",
    ),
    "an unknown group": (
        "process: waiting",
        "tasks: [{step: risk, group: manager}]",
        "CW605",
        "9:39",
        "managers",
    ),
    "two things in one act": (
        "      - expect:",
        "        wait: 1 day\n      - expect:",
        "CW901",
        "5:9",
        None,
    ),
    "a wait that is no time": (
        "      - expect:",
        "      - wait: until noon\n      - expect:",
        "CW907",
        "8:15",
        None,
    ),
    "an unknown signal": (
        "      - expect:",
        "      - signal: {name: danger}\n      - expect:",
        "CW617",
        "8:24",
        None,
    ),
    "a process that begins by hand": (
        "    acts:",
        "    starts: by itself\n    acts:",
        "CW914",
        "4:13",
        None,
    ),
    "an output that is not there": ("process: waiting", "outputs: {total: 1}", "CW912", "9:21", None),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_is_told_with_its_place_and_what_was_meant(slip: str) -> None:
    right, wrong, code, where, meant = SLIPS[slip]
    assert right in SOUND
    found = checked(SOUND.replace(right, wrong, 1))
    assert found.scenarios is None
    told = {each.code: each for each in found.diagnostics}
    assert code in told, [(each.code, each.message) for each in found.diagnostics]
    span = told[code].span
    assert (f"{span.line}:{span.column}", told[code].suggestion) == (where, meant)


def test_two_scenarios_with_one_name_are_told_with_both_places() -> None:
    second = SOUND.partition("scenarios:\n")[2]
    (found,) = checked(SOUND + second).diagnostics
    assert (found.code, found.span.line, found.related[0][0].line) == ("CW909", 10, 3)


def test_a_scenario_that_expects_nothing_is_a_warning() -> None:
    found = checked(SOUND.partition("      - expect")[0])
    assert found.scenarios is not None
    assert [(each.code, each.severity) for each in found.diagnostics] == [("CW913", "warning")]


def test_every_problem_of_a_file_is_told_at_once() -> None:
    wrong = SOUND.replace("findings:", "finding:").replace("process: waiting", "holds: [risk.x is high]")
    assert [each.code for each in checked(wrong).diagnostics] == ["CW902", "CW322"]


def test_the_schema_knows_the_kinds_the_verbs_and_the_acts() -> None:
    schema = scenario_schema(catalogue())
    assert "safe" in str(schema["$defs"]["Given"]["properties"]["ContactPoint"])
    assert "cancel_booking" in schema["$defs"]["Doing"]["properties"]
    assert schema["$defs"]["Act"]["additionalProperties"] is False
    assert {"intake", "welfare-check"} <= set(schema["properties"]["process"]["enum"])
