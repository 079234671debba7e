"""Each diagnostic names the step that it is about, by id and title."""

from __future__ import annotations

import pytest

from definitions.catalogue import Catalogue
from definitions.checker import check
from definitions.diagnostics import as_json, render
from definitions.source import parse

HEADER = "process: small\ntitle: Small\npurpose: To be checked\nowner: intake_team\n"


def steps_named(text: str, catalogue: Catalogue) -> list[tuple[int, str | None, str | None]]:
    found = check(parse(text.encode(), "small.yaml"), catalogue)
    return [(each.span.line, each.step, each.step_title) for each in found.diagnostics]


def test_a_problem_inside_a_step_names_it_and_one_of_the_header_names_none(catalogue: Catalogue) -> None:
    text = HEADER.replace("intake_team", "nobody") + (
        "steps:\n  - id: first\n    title: First\n    do: say\n    texxt: x\n"
        "  - title: Second\n    do: say\n    texxt: x\n"
    )
    assert steps_named(text, catalogue) == [
        (4, None, None),
        (9, "first", "First"),
        (10, "number 2", "Second"),
        (12, "number 2", "Second"),
    ]


def test_the_innermost_step_is_named(catalogue: Catalogue) -> None:
    text = HEADER + (
        "steps:\n  - id: outer\n    title: Outer\n    do: say\n    steps:\n"
        "      - id: inner\n        title: {{ a }}\n        do: say\n"
    )
    assert (11, "inner", "") in steps_named(text, catalogue)


@pytest.mark.parametrize("items", ["", "    items:\n      - id: danger\n        title: Danger\n"])
def test_a_file_that_is_no_yaml_names_steps_by_their_lines(catalogue: Catalogue, items: str) -> None:
    text = HEADER + (
        f'steps:\n  - id: first\n    title: "First"\n    do: ask\n{items}'
        "  - title: Second\n    id: second\n    do: say\n    text: Call: now\n"
    )
    ((_, step, title),) = steps_named(text, catalogue)
    assert (step, title) == ("second", "Second")


def test_text_and_json_carry_the_step(catalogue: Catalogue) -> None:
    text = HEADER + "steps:\n  - id: first\n    title: First\n    do: say\n    texxt: x\n"
    (found,) = check(parse(text.encode(), "small.yaml"), catalogue).diagnostics
    assert "      in step: first (First)" in render(found).split("\n")
    assert (as_json(found)["step"], as_json(found)["step_title"]) == ("first", "First")
