"""A definition is proved before anybody puts it forward; bad input is bounded and touches nothing."""

from dataclasses import replace
from itertools import count

import pytest
from admin_world import SMALL
from databases import in_memory
from intake_world import catalogue

from flows.publishing.known import Known
from flows.publishing.proving import LONGEST, Proof, prove
from flows.publishing.sent_files import SentFile, sort_out
from flows.runtime import Runtime
from tasks.registry import load_kinds

pytestmark = pytest.mark.sqlite("scenarios have a database in memory of their own")

SCENARIOS = """process: small
scenarios:
  - name: they are well
    acts:
      - people: {talk: {answers: {well: yes}}}
      - expect: {process: completed}
  - name: this one does not hold
    acts:
      - expect: {process: completed}
"""
HANGS = """process: hangs
title: It hangs
purpose: x
owner: intake_team
steps: &all
  - *all
"""


def proof_of(*files: tuple[str, str], seconds: float = 0.0) -> Proof:
    """What comes of these files; each look at the watch takes so many seconds."""
    moments = count(0, seconds or 0.001)
    with in_memory() as store:
        runtime = Runtime(store, load_kinds(), catalogue())
        sent = sort_out(SentFile(*each) for each in files)
        return prove(runtime, Known(catalogue(), ()), sent, stopwatch=lambda: next(moments))


def test_scenarios_are_played_and_say_what_they_cover() -> None:
    proof = proof_of(("small.yaml", SMALL), ("small.scenario.yaml", SCENARIOS))
    assert proof.plan is not None
    assert [(each.name, each.passed) for each in proof.outcomes] == [
        ("they are well", True),
        ("this one does not hold", False),
    ]
    assert [each.name for each in proof.failed] == ["this one does not hold"]
    assert proof.coverage is not None
    assert (proof.coverage.steps_run, proof.coverage.steps, proof.left_out) == (1, 1, ())


def test_a_faulty_definition_has_its_problems_with_their_places_and_no_plan() -> None:
    proof = proof_of(
        ("small.yaml", SMALL.replace("intake_team", "intake_teem")), ("small.scenario.yaml", SCENARIOS)
    )
    (error,) = proof.errors
    assert (proof.plan, proof.outcomes) == (None, ())
    assert (error.span.file, error.span.line, error.suggestion) == ("small.yaml", 4, "intake_team")


def test_a_faulty_scenario_file_is_told_and_not_played() -> None:
    proof = proof_of(("small.yaml", SMALL), ("small.scenario.yaml", SCENARIOS.replace("talk:", "tolk:")))
    assert proof.plan is not None
    assert (proof.outcomes, proof.coverage) == ((), None)
    assert [each.span.file for each in proof.errors] == ["small.scenario.yaml"]


@pytest.mark.parametrize(
    "text", [HANGS, "{" * 5_000, "a: " * 50_000, "\x00", "", "process: !!python/object x"]
)
def test_bad_input_is_answered_with_problems(text: str) -> None:
    proof = proof_of(("bad.yaml", text))
    assert proof.plan is None
    assert proof.errors


def test_scenarios_for_which_there_is_no_time_are_named() -> None:
    proof = proof_of(("small.yaml", SMALL), ("small.scenario.yaml", SCENARIOS), seconds=LONGEST * 0.9)
    assert len(proof.outcomes) < 2
    assert proof.left_out[-1] == "this one does not hold"


def test_what_lies_beside_a_definition_counts_before_what_is_known() -> None:
    known = Known(catalogue(), (sort_out([SentFile("old.yaml", SMALL)]).definition,))
    fresh = sort_out([SentFile("small.yaml", SMALL.replace("A small process", "Another"))])
    together = known.with_documents([fresh.definition])
    assert together.document_of("small") == fresh.definition
    assert replace(known).document_of("nothing") is None
