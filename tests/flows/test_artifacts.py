"""The table that a flow run leaves: from which step to which, for whom; bounded, and with ids only."""

from collections.abc import Sequence

from engine_faults import breaks
from engine_world import World, step
from procedure import procedure

from flows.artifacts import MOST_IDS, MOST_WAYS, WAITS, Journey, Stand, journey_of, markdown, through
from flows.journal import load
from flows.passes.report import Done, PassReport
from flows.runner import open_pass
from flows.steps.state import Phase, Work
from models import InstanceStatus, WaitsFor


def table(world: World, ids: Sequence[str], carrier_run_id: str | None = None) -> list[str]:
    """The rows of the table of one pass over these instances."""
    assert world.plan is not None
    assert world.version is not None
    with open_pass(
        world.runtime, world.plan, world.version.id, ids, carrier_run_id=carrier_run_id
    ) as under_way:
        while (work := under_way.next()) is not None:
            under_way.do(work)
    text = markdown(world.plan, through(under_way.report), under_way.journeys())
    return [line for line in text.splitlines() if line.startswith("| ")][1:]


def test_instances_that_went_the_same_way_share_a_row(world: World) -> None:
    world.publish(step("say", "one", 0), step("say", "two", 1, implied="one"), step("ask", "three", 2))
    ids = sorted(world.start(2))
    assert table(world, ids) == [f"| start | 1-3 | 3 Three waits for people | 2: `{ids[0]}`, `{ids[1]}` |"]


def test_a_row_links_to_the_flow_run_that_carried_the_instances_before(world: World) -> None:
    world.publish(step("ask", "question", 0), step("say", "after", 1, implied="question"))
    (instance,) = world.start()
    table(world, [instance], "0a-earlier")
    world.complete_tasks(instance)
    assert table(world, [instance], "0b-later") == [
        f"| 1 Question [run](/runs/flow-run/0a-earlier) | 1-2 | completed | 1: `{instance}` |"
    ]


def test_an_incident_and_those_who_went_on_have_rows_of_their_own(world: World) -> None:
    world.publish(step("fragile", "risky", 0), step("say", "after", 1, implied="risky"))
    ids = sorted(world.start(3))
    world.trouble.acts[ids[1]] = breaks
    assert table(world, ids) == [
        f"| start | 1-2 | completed | 2: `{ids[0]}`, `{ids[2]}` |",
        f"| start | 1 | 1 Risky needs a decision | 1: `{ids[1]}` |",
    ]


def test_a_table_is_bounded_however_many_instances_and_ways_there_are(world: World) -> None:
    plan = world.publish(*(step("say", f"step_{number}", number) for number in range(30)))
    report = PassReport(())
    journeys = []
    for number in range(500):
        instance_id = f"01{number:024}"
        way = 0 if number < 300 else number % 30
        done = Done(Work(Phase.START, way, f"step_{way}"))
        done.add([instance_id])
        report.done.append(done)
        stands = (Stand(f"step_{way}", "waits for people"),)
        journeys.append(Journey(instance_id, None, "0a-run", InstanceStatus.WAITING, stands))
    text = markdown(plan, through(report), journeys)
    rows = [line for line in text.splitlines() if line.startswith("| ")][1:]
    assert len(rows) == MOST_WAYS + 1
    assert rows[0].count("`") == 2 * MOST_IDS
    assert rows[0].endswith(" and 282 more |")
    assert rows[-1].startswith("| | | 10 other ways | ")
    assert len(text) < 20_000


def test_a_title_cannot_break_the_table(world: World) -> None:
    from dataclasses import replace

    plan = world.publish(step("ask", "question", 0))
    odd = replace(plan, steps=(replace(plan.steps[0], title="This | that"),))
    stands = (Stand("question", "waits for people"),)
    text = markdown(odd, {}, [Journey("01I", None, None, InstanceStatus.WAITING, stands)])
    assert "1 This \\| that waits for people" in text


def test_whatever_a_step_can_wait_for_has_words() -> None:
    assert set(WAITS) == set(WaitsFor)


IN_LOOPS = """
- id: everyone
  title: Everyone
  for_each: {name: = inputs.names}
  steps:
    - {id: ask, title: Ask, do: assign_task, to: group intake_team, ends: completed}
    - {id: visit, title: Visit, do: assign_task, to: group intake_team, ends: completed}
"""
NAMES = """process: try-it
title: A process for tests
purpose: Try loops
owner: intake_team
inputs:
  client: {type: Client, title: Client}
  received_at: {type: date and time, title: When we were told}
  names: {type: choices, title: Names, options: {ana: Ana, ben: Ben, eve: Eve}}
steps:
"""


def test_what_stands_in_a_loop_is_told_by_its_step_and_counted() -> None:
    with procedure(IN_LOOPS, header=NAMES, names=["ana", "ben", "eve"]) as case:
        case.answer("ask@ana")
        with case.runtime.store.read() as session:
            state = load(session, {case.instance_id: 0})[case.instance_id]
            journey = journey_of(state, "another lease")
        assert journey.stands == (
            Stand("ask", "waits for people (2 parts)"),
            Stand("visit", "waits for people (1 part)"),
        )
        text = markdown(case.plan, {}, [journey])
        assert "2 Ask waits for people (2 parts); 3 Visit waits for people (1 part)" in text
        assert not any(name in text for name in ("ana", "ben", "eve"))


def test_where_the_pages_are_known_each_instance_leads_to_its_case(world: World) -> None:
    world.publish(step("say", "first", 0))
    (instance,) = world.start()
    journeys = [Journey(instance, None, None, InstanceStatus.COMPLETED, ())]
    assert world.plan is not None
    text = markdown(world.plan, {}, journeys, "https://casework.example.org")
    assert f"[`{instance}`](https://casework.example.org/instances/{instance})" in text
