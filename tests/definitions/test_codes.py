from __future__ import annotations

import re
from pathlib import Path

import definitions.codes
from definitions.codes import CODES

# A code is never removed: it stands in people's notes and in other programs. Add here, never delete.
RELEASED_YAML_CODES = {
    *("CW100", "CW101", "CW102", "CW103", "CW104", "CW105", "CW106", "CW107", "CW108", "CW109"),
    *("CW110", "CW111", "CW112", "CW113", "CW114", "CW115", "CW116", "CW117"),
    *("CW120", "CW121", "CW122", "CW123", "CW124", "CW125", "CW126", "CW127", "CW128", "CW129"),
    *("CW130", "CW131"),
}


def test_no_code_of_the_yaml_text_is_ever_removed() -> None:
    assert {code for code in CODES if code.startswith("CW1")} == RELEASED_YAML_CODES


def test_every_code_has_words_of_its_own() -> None:
    assert all(re.fullmatch(r"CW[1-9]\d\d", code) for code in CODES)
    assert all(CODES.values())


def test_the_codes_are_those_that_the_program_uses_and_no_others() -> None:
    root = Path(definitions.codes.__file__).parents[1]
    used = {
        code
        for package in ("definitions", "tasks", "flows", "ops")
        for module in (root / package).rglob("*.py")
        if module.name != "codes.py"
        for code in re.findall(r'"(CW\d{3})"', module.read_text(encoding="utf-8"))
    }
    assert used == CODES.keys()
