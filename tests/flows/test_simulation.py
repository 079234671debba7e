"""`simulate`: the real engine in memory, on a virtual clock, with scripted people."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from intake_world import MONDAY, answers, catalogue, client, plans, services, staff

import flows
from definitions.checker import check
from definitions.source import parse
from flows.errors import InputError
from flows.script import ScriptError
from flows.simulation import Simulation, VirtualClock, simulate
from models import Client, InstanceStatus, Record

GREETING = """process: greeting
title: Greeting
purpose: To be simulated.
owner: intake_team
inputs:
  name: {type: text, title: Name}
steps:
  - id: hello
    title: Hello
    do: calculate
    value: = inputs.name
  - id: look
    title: Look at it
    do: assign_task
    to: group intake_team
"""


def town() -> list[Record]:
    return [*staff(), *services(), *client(1)]


def intake(people: list[Record], **more: Any) -> Simulation:
    """An intake of the one client, run with nothing but the four arguments that are always there."""
    person = next(each for each in people if isinstance(each, Client))
    inputs = {"client": person.id, "received_at": MONDAY.isoformat()}
    others = [plan for name, plan in plans().items() if name != "intake"]
    given: dict[str, Any] = {"answers": answers(), "clock": MONDAY, **more}
    return simulate(plans()["intake"], inputs, records=people, others=others, **given)


def test_a_plan_its_inputs_answers_and_a_time_are_enough() -> None:
    plan = check(parse(GREETING.encode(), "greeting.yaml"), catalogue()).plan
    assert plan is not None
    found = simulate(plan, {"name": "Example"}, {"look": {"complete": True}}, MONDAY)
    with found.store:
        assert found.status is InstanceStatus.COMPLETED
        assert [(each.step, each.status) for each in found.steps] == [
            ("hello", "completed"),
            ("look", "completed"),
        ]
        assert (found.step("hello").outputs["value"], found.ended_at) == ("Example", MONDAY)


def test_an_intake_runs_to_its_end_without_a_catalogue() -> None:
    found = intake(town())
    with found.store:
        assert found.status is InstanceStatus.COMPLETED
        assert {each.step for each in found.steps if not each.iteration} == {
            step.id for step in plans()["intake"].steps
        }
        assert found.step("safety_alert").status == "skipped"
        assert found.messages


def test_the_same_run_with_the_installations_catalogue_comes_to_the_same() -> None:
    def shape(found: Simulation) -> list[tuple[str, str, str, datetime | None]]:
        with found.store:
            return [(each.step, each.iteration, each.status, each.ended_at) for each in found.steps]

    assert shape(intake(town())) == shape(intake(town(), catalogue=catalogue()))


def test_answers_may_be_plain_values() -> None:
    found = intake(town(), answers={"assessment": {"book": {"in": "2 working days", "place": "Office"}}})
    with found.store:
        assert found.step("assessment").status == "completed"
        assert (found.step("findings").status, found.status) == ("waiting", InstanceStatus.WAITING)


def test_without_answers_it_ends_where_people_are_needed_and_time_alone_approves_nothing() -> None:
    found = intake(town(), answers=None)
    with found.store:
        assert found.status is InstanceStatus.WAITING
        assert {each.step for each in found.steps if each.status == "waiting"} == {"assessment"}
        assert found.ended_at <= MONDAY + timedelta(days=366)


def test_the_virtual_clock_runs_on_to_until_and_no_further() -> None:
    clock = VirtualClock(MONDAY)
    until = MONDAY + timedelta(days=3)
    with intake(town(), answers=None, clock=clock, until=until).store:
        assert MONDAY < clock() <= until


def test_the_clock_never_goes_back() -> None:
    clock = VirtualClock(MONDAY)
    clock.move_to(MONDAY - timedelta(days=1))
    assert clock() == MONDAY


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InputError, match="no time zone"):
        intake(town(), clock=datetime(2026, 3, 2, 15))  # noqa: DTZ001


def test_an_answers_script_that_does_not_fit_is_refused_by_its_key() -> None:
    with pytest.raises(ScriptError, match="bock"):
        intake(town(), answers={"assessment": {"bock": {}}})


def test_an_input_that_names_no_record_is_refused() -> None:
    with pytest.raises(InputError, match="names no Client"):
        simulate(plans()["intake"], {"client": "nobody", "received_at": MONDAY.isoformat()}, None, MONDAY)


def test_the_package_offers_the_function_also_when_its_module_was_imported() -> None:
    assert callable(flows.simulate)
    assert flows.simulate is simulate
