"""Decision tables that processes share by name: positions, hash, materials, filling, running, coverage."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from dmn_files import dmn
from step_bench import HEADER, Bench, catalogue
from written_docs import DOCS

from definitions import Plan, check, check_shared, from_materials, materials, parse, render, shared_of
from definitions.branches import branches
from definitions.catalogue import Catalogue
from definitions.tables.dmn import DmnError, read_table, shared_yaml
from tasks.deciding.deciding import table_of_step
from tasks.deciding.trying import try_out
from tasks.records.record_catalogue import record_types

TABLE = """\
table: response-time
title: How soon somebody has to answer
inputs:
  priority:
    type: choice
    title: Priority
    options: {high: High, low: Low}
  age:
    type: number
    title: Age
    whole: true
    at_least: 0
    required: false
  open:
    type: condition
    title: The office is open
outputs:
  hours:
    type: number
hit: first
rows:
  - when: {priority: high, open: false}
    then: {hours: 1}
  - when: {priority: high}
    then: {hours: 2}
  - when: {age: under 18}
    then: {hours: = 2 + age / 9}
default: {hours: 8}
"""
STEPS = """\
  - id: rating
    title: Rating
    do: calculate
    set:
      priority:
        first:
          - when: inputs.received_at > now()
            use: high
        otherwise: low
      age: = 9
  - id: soon
    title: How soon
    do: decide
    table: response-time
    inputs:
      open: = rating.age > 100
    from: = rating
"""


def shared(table: str = TABLE) -> Catalogue:
    return replace(catalogue(), shared=shared_of([parse(table.encode(), "decisions/response-time.yaml")]))


def plan(steps: str = STEPS, known: Catalogue | None = None) -> Plan:
    checked = check(parse((HEADER + steps).encode(), "try-it.yaml"), known or shared())
    assert checked.plan is not None, "\n".join(render(each) for each in checked.diagnostics)
    return checked.plan


def test_a_step_takes_its_table_from_a_shared_file_and_its_inputs_from_a_step() -> None:
    made = plan()
    assert set(made.shared) == {("table", "response-time")}
    found = try_out(made, made.step("soon"), {"priority": "low", "age": "9", "open": "yes"})
    assert (found["hours"], found["rows"]) == ("3", [3])


def test_a_shared_table_decides_in_a_process(bench: Bench) -> None:
    bench.shared = shared().shared
    steps = "\n".join(line[2:] for line in STEPS.splitlines())
    bench.start(steps, client=bench.client().id, received_at=bench.now)
    bench.run("rating")
    found = bench.run("soon")
    assert (found.hours, found.rows) == (Decimal(3), [3])  # type: ignore[attr-defined]


def test_the_table_is_part_of_the_version_and_is_kept_with_it() -> None:
    made = plan()
    other = plan(known=shared(TABLE.replace("hours: 8", "hours: 9")))
    assert made.hash != other.hash
    kinds = dict(catalogue().kinds)
    again = from_materials(made.source, made.file, materials(made), kinds, record_types(), {})
    assert again.hash == made.hash
    assert table_of_step(again, again.step("soon")) == table_of_step(made, made.step("soon"))


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "age: under 18",
            "age: under x",
            "decisions/response-time.yaml:26:23: error CW802: x is not a number",
        ),
        ("hours: = 2 + age", "hours: = 2 + agee", "decisions/response-time.yaml:27:25: error CW321"),
        ("table: response-time", "table: Response", "decisions/response-time.yaml:1:8: error CW714"),
        ("type: choice", "type: chioce", "decisions/response-time.yaml:5:11: error CW401"),
        ("default: {hours: 8}", "", "decisions/response-time.yaml:21:1: error CW812: no row holds for"),
        ("whole: true", "whole: maybe", "decisions/response-time.yaml:11:12: error CW203"),
    ],
)
def test_a_fault_of_the_file_stands_at_its_own_place(old: str, new: str, problem: str) -> None:
    document = parse(TABLE.replace(old, new, 1).encode(), "decisions/response-time.yaml")
    found = [render(each) for each in check_shared(document, catalogue())]
    assert any(each.startswith(problem) for each in found), found


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("    from: = rating\n", "", "CW816"),
        ("table: response-time", "table: response-times", "CW712"),
        ("open: = rating", "opne: = rating", "CW204"),
        ("    from: = rating\n", "    from: = rating\n    hit: first\n", "CW208"),
        ("    table: response-time\n", "", "CW202"),
        ("open: = rating.age > 100", "open: = rating.age", "CW332"),
    ],
)
def test_a_step_that_does_not_fit_the_table_is_told(old: str, new: str, code: str) -> None:
    checked = check(parse((HEADER + STEPS.replace(old, new, 1)).encode(), "try-it.yaml"), shared())
    assert code in {each.code for each in checked.diagnostics}, checked.diagnostics


def test_every_row_is_a_branch() -> None:
    (point,) = (each for each in branches(plan()) if each.name == "soon.rows")
    assert point.ways == ("row 1", "row 2", "row 3", "default")


def test_the_words_of_a_step_are_those_of_the_table() -> None:
    step = plan().step("soon")
    assert step.kind.explain is not None
    assert step.kind.explain(step.arguments)[:2] == [
        "Uses the decision table `response-time`.",
        "Decides hours by priority, age, open.",
    ]


def test_the_shared_table_of_the_documentation_is_right() -> None:
    page = (DOCS / "language.md").read_text(encoding="utf-8")
    start = page.index("table: response-time")
    text = page[start : page.index("```", start)]
    assert check_shared(parse(text.encode(), "response-time.yaml"), catalogue()) == ()


def test_a_dmn_table_becomes_a_shared_one(tmp_path: Path) -> None:
    rules = [">= 18 | true : Age * 2", "< 18 | - : -1"]
    read = read_table(dmn([("Age", "number"), ("isMember", "boolean")], [("Fee", "number")], rules))
    text, _ = shared_yaml(read)
    assert check_shared(parse(text.encode(), "the-result.yaml"), catalogue()) == ()
    assert "fee: = age * 2" in text
    more = '<inputData name="Debt"><variable name="Debt" typeRef="number"/></inputData>'
    other = dmn([("Age", "number")], [("Fee", "number")], ["- : Debt * 2"], inside=more)
    with pytest.raises(DmnError, match="no input of the table"):
        shared_yaml(read_table(other))
