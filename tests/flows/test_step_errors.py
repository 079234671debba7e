"""Every error of a step is in the registry, and none is ever taken out of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from definitions.step_errors import STEP_ERRORS
from flows.incidents import CRASHED

ROOT = Path(__file__).parents[2]

_STORED = """
constraint match_missing message_gone no_appointment no_band no_case no_case_number no_category no_client
no_day no_due no_field no_instance no_members no_origin no_points no_record no_relation no_rule_holds
no_template not_a_text not_staff other_record other_type same_member stuck task_lost time_limit undecided
unexpected unknown_name value_missing
"""
"""Codes that lie in journals."""


def raised() -> Iterator[str]:
    """The codes that the sources give to a StepError."""
    for package in ("tasks", "flows"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) == "StepError":
                    code = node.args[0]
                    if isinstance(code, ast.Constant):
                        yield str(code.value)


def test_every_code_that_is_raised_is_registered() -> None:
    found = set(raised())
    assert len(found) > 20
    assert found - STEP_ERRORS.keys() == set()
    assert CRASHED in STEP_ERRORS


def test_no_code_is_ever_taken_away() -> None:
    assert set(_STORED.split()) - STEP_ERRORS.keys() == set()
