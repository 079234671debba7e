"""A process as a diagram: which way was taken and why, what waits for whom, in words that people know."""

from collections.abc import Iterator

import pytest
from databases import in_memory
from intake_world import IntakeWorld, catalogue, open_world, staff

from definitions import Plan, check, parse
from flows.dispatch import run_until_quiet
from flows.instances import start
from flows.versions import publish
from flows.viewing.case_view import Sources, instance_facts
from models import DefinitionVersion, Instance
from web.reading.process.drawing import ProcessMap, process_map
from web.reading.process.words import ProcessWords

GROUPS = {"intake_team": "Intake team"}
LANES = """
process: try-lanes
title: Try lanes
purpose: To see which way is taken.
owner: intake_team
starts: by hand
inputs:
  hurry: {type: yes_no, title: Is it urgent?}
steps:
  - id: way
    title: Which way
    choose:
      - id: quick
        title: At once
        when: inputs.hurry is yes
        steps:
          - id: call
            title: Call them
            do: assign_task
            to: group intake_team
            due: 1 hour
            ends: completed
    otherwise:
      title: In its turn
      steps:
        - id: write
          title: Write to them
          do: assign_task
          to: group intake_team
          due: 5 working days
          ends: completed
  - id: later
    title: Tell the team
    do: assign_task
    when: inputs.hurry is yes
    needs: []
    to: group intake_team
    ends: created
"""


@pytest.fixture
def world() -> Iterator[IntakeWorld]:
    with in_memory() as store:
        with store.write() as session:
            session.add_all(staff())
        yield open_world(store, {})


def plan() -> Plan:
    checked = check(parse(LANES.encode(), "try-lanes.yaml"), catalogue())
    assert checked.plan is not None, checked.diagnostics
    return checked.plan


def drawn(world: IntakeWorld, hurry: str) -> ProcessMap:
    """The diagram after the process has come as far as it does by itself."""
    wanted = plan()
    version = publish(world.runtime, wanted, by="test")
    made = start(world.runtime, wanted, version, {"hurry": hurry}).instance.id
    run_until_quiet(world.runtime, world.plans, deliver=lambda: 0)
    with world.runtime.store.read() as session:
        instance = session.get_one(Instance, made)
        facts = instance_facts(session, Sources(world.plans), instance)
        kept = session.get_one(DefinitionVersion, instance.version_id)
        return process_map(session, world.plans.of(kept), facts, GROUPS, machinery=False)


def test_the_branch_that_was_taken_is_marked_and_says_why(world: IntakeWorld) -> None:
    way, later = drawn(world, "yes").nodes
    quick, other = way.lanes
    assert (way.kind, way.state, later.state) == ("choose", "waiting", "completed")
    assert (quick.title, quick.taken, quick.why) == ("At once", True, "if “Is it urgent?” is yes")
    assert (other.title, other.taken, other.why) == ("In its turn", False, "if none of the others holds")
    (call,), (write,) = quick.nodes, other.nodes
    assert (call.state, call.words, call.task is not None) == (
        "waiting",
        "waits for the queue of Intake team",
        True,
    )
    assert call.due is not None
    assert (write.state, write.task) == ("not started", None)


def test_a_step_whose_condition_is_not_met_says_which_and_what_was_looked_at(world: IntakeWorld) -> None:
    found = drawn(world, "no")
    way, later = found.nodes
    assert [each.taken for each in way.lanes] == [False, True]
    assert (later.state, later.unmet, later.words) == ("skipped", True, "")
    assert (later.condition, later.read) == ("“Is it urgent?” is yes", ("“Is it urgent?”: no",))
    assert (found.open, found.steps) == (True, 4)


def test_texts_of_the_engine_are_said_without_ids(world: IntakeWorld) -> None:
    del world
    words = ProcessWords(plan(), GROUPS)
    assert words.said("waits until `inputs.hurry is yes`") == "waits until “Is it urgent?” is yes"
    assert (
        words.said("no value, in `write.task` (try-lanes.yaml:12:5)") == "no value, in “Write to them” (task)"
    )
    assert words.said("`call` was left early by intake_team") == "“Call them” was left early by Intake team"
    assert words.said("the case 2026-000001 is at_risk") == "the case 2026-000001 is at risk"
