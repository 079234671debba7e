"""What the checker says about safety alerts in blocks that may withdraw them."""

import re
from textwrap import indent

import pytest
from step_bench import HEADER, catalogue, faults

from definitions import check, parse

ALERT = "{id: alert, title: Alert, do: assign_task, to: caseworker, priority: critical}"
OTHER = "{id: other, title: Other, do: assign_task, to: caseworker, ends: completed}"
INSTEAD = "{id: instead, title: Instead, do: assign_task, to: caseworker}"
LATE = OTHER.replace("other", "late")

GROUP = f"- id: block\n  title: Block\n  WAY\n  steps: [{ALERT}, {OTHER}]\n"
JOIN = f"""
- id: block
  title: Block
  parallel:
    - steps: [{OTHER}]
    - steps: [{ALERT}]
  JOIN
"""
FIRST = """
- id: block
  title: Block
  first_of:
    - steps: [WAIT]
    - steps: [STEPS]
""".replace("WAIT", LATE)


def group(way: str) -> str:
    return GROUP.replace("WAY", way)


def told(steps: str) -> list[str]:
    return [each for each in faults(steps) if "CW563" in each.splitlines()[0]]


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (group("while: inputs.client.given_name is known"), "`block` is left as soon as `while`"),
        (
            group(f"deadline: {{after: 3 days, then: {{steps: [{INSTEAD}]}}}}"),
            "`block` is left when its `deadline` has run out",
        ),
        (group(f"on_error: {{steps: [{INSTEAD}]}}"), "`block` is left when another step of it goes wrong"),
        (JOIN.replace("JOIN", "join: any"), "enough others have ended (`join: any`)"),
        (JOIN.replace("JOIN", "join: 1"), "enough others have ended (`join: 1`)"),
        (FIRST.replace("STEPS", ALERT), "another branch of `block` may come first"),
    ],
)
def test_an_alert_that_may_be_withdrawn_is_refused_with_its_line(steps: str, words: str) -> None:
    (found,) = told(steps)
    assert words in found
    assert re.search(r"try-it\.yaml:\d+:\d+: error CW563: `alert` is critical", found)
    assert "this may withdraw it" in found


@pytest.mark.parametrize(
    "steps",
    [
        GROUP.replace("  WAY\n", ""),
        JOIN.replace("JOIN", "join: all"),
        JOIN.replace("JOIN", "join: any\n  rest: finish"),
        FIRST.replace("STEPS", f"{OTHER}, {ALERT}"),
        GROUP.replace(f"{ALERT}, ", "").replace(
            "WAY", f"deadline: {{after: 3 days, then: {{steps: [{ALERT}]}}}}"
        ),
    ],
)
def test_an_alert_that_nothing_withdraws_is_fine(steps: str) -> None:
    assert told(steps) == []


def test_a_block_farther_out_counts_too() -> None:
    inner = f"{{id: inner, title: Inner, steps: [{ALERT}, {OTHER}]}}"
    steps = f"- id: outer\n  title: Outer\n  while: inputs.client.given_name is known\n  steps: [{inner}]\n"
    (found,) = told(steps)
    assert "`outer` is left" in found


def test_a_published_version_goes_on() -> None:
    text = HEADER + indent(group("while: inputs.client.given_name is known"), "  ")
    document = parse(text.encode(), "try-it.yaml")
    assert check(document, catalogue()).plan is None
    assert check(document, catalogue(), published=True).plan is not None
