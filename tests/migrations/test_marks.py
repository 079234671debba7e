"""Marks that lie beside answers get their `#`, and answers of the same name stay as they are."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

MIGRATION = next(
    path.stem for path in (Path(__file__).parents[2] / "migrations/versions").glob("*_marks_of_the_engine.py")
)
HANDOVER, INCIDENT = "01HANDOVER", "01INCIDENT"


def renamed(outputs: dict[str, Any], status: str = "completed", reason: str = "") -> dict[str, Any]:
    module = import_module(f"migrations.versions.{MIGRATION}")
    found: dict[str, Any] = module.renamed(outputs, status, reason, {HANDOVER}, {INCIDENT})
    return found


@pytest.mark.parametrize(
    "outputs",
    [
        {"members": {"ana": {"record": "Client", "id": "1"}}, "each": []},
        {"members": {}},
        {"branches": [0, 2]},
        {"winner": 0},
        {"round": 2, "talk": {"enough": "yes"}},
        {"exit": {"kind": "deadline", "branch": 1, "done": []}},
        {"handover": HANDOVER},
        {"skipped_by": INCIDENT},
        {"returned": True},
    ],
)
def test_marks_are_renamed(outputs: dict[str, Any]) -> None:
    mark = next(iter(outputs))
    assert renamed(outputs) == {f"#{mark}": outputs[mark], **{k: v for k, v in outputs.items() if k != mark}}


def test_a_reason_for_sending_back_is_renamed_where_the_work_was_sent_back() -> None:
    outputs = {"sent_back": "Say more"}
    assert renamed(outputs, "superseded", "sent back by `review`") == {"#sent_back": "Say more"}
    assert renamed(outputs) == outputs


def test_what_a_block_lets_go_on_is_renamed_in_a_block() -> None:
    assert renamed({"each": [], "left": ["ana"]}) == {"each": [], "#left": ["ana"]}
    assert renamed({"left": ["a", "b"]}) == {"left": ["a", "b"]}


@pytest.mark.parametrize(
    "answer",
    ["yes", "12", ["a"], [], None, {"no_answer": "doesnt_know"}, {"amount": "1", "currency": "USD"}],
)
@pytest.mark.parametrize("name", ["members", "branches", "winner", "round", "exit", "handover", "returned"])
def test_answers_keep_their_names(name: str, answer: object) -> None:
    assert renamed({name: answer}) == {name: answer}


def test_the_people_of_a_household_keep_theirs() -> None:
    outputs = {"members": [{"record": "Client", "id": "1"}], "count": "1"}
    assert renamed(outputs) == outputs
