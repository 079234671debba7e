"""Going on after an incident: from where the step stood, and without asking anybody twice."""

from collections.abc import Callable

import pytest
from engine_faults import FAULTS, breaks, doubles_a_key
from engine_world import MONDAY, World, nothing, step

from definitions.arguments import Value
from definitions.plan import ForEach, Input, Read
from definitions.types import Choices
from flows.inbox.case.deciding import retry
from flows.timers import tick
from flows.versions import Plans
from models import InstanceStatus, TaskKind, Timer, TimerPurpose, WakeKind
from tasks.call import Call


def solved(world: World) -> None:
    """The person of every open incident has mended the cause and says so."""
    for task in world.tasks(TaskKind.INCIDENT):
        retry(world.runtime, task.id, by=None, now=world.runtime.clock())


@pytest.mark.parametrize("fault", FAULTS)
def test_a_step_that_failed_on_going_on_does_not_ask_its_question_again(
    fault: Callable[[Call], None], world: World
) -> None:
    world.publish(step("ask", "question", 0), step("say", "after", 1, implied="question"))
    (instance,) = world.start()
    world.run_all()
    world.trouble.on_resume[instance] = fault
    world.complete_tasks(instance)
    world.run_all()
    assert world.statuses(instance) == {"question": "incident"}
    world.trouble.on_resume.clear()
    solved(world)
    world.run_all()
    assert world.statuses(instance) == {"question": "completed", "after": "completed"}
    assert len(world.tasks()) == 1


def test_an_incident_that_comes_again_on_going_on_still_keeps_its_place(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    world.trouble.on_resume[instance] = breaks
    world.complete_tasks(instance)
    for turn in (1, 2, 3):
        world.run_all()
        assert len(world.tasks(TaskKind.INCIDENT)) == turn
        solved(world)
    world.trouble.on_resume.clear()
    world.run_all()
    assert world.statuses(instance) == {"question": "completed"}
    assert len(world.tasks()) == 1


def test_one_iteration_that_failed_on_going_on_goes_on_alone(world: World) -> None:
    loop = ForEach("need", Value.read("= inputs.needs"))
    needs = Input("needs", "Needs", Choices(("food", "housing")), required=True)
    world.publish(step("ask", "each_need", 0, for_each=loop), inputs=(needs,))
    (instance,) = world.start(needs=["food", "housing"])
    world.run_all()

    def breaks_for_housing(call: Call) -> None:
        if call.run.iteration == "housing":
            breaks(call)

    world.trouble.on_resume[instance] = breaks_for_housing
    world.complete_tasks(instance)
    world.run_all()
    found = {path: run.status.value for (_, path), run in world.runs(instance).items()}
    assert found == {"": "waiting", "food": "completed", "housing": "incident"}
    world.trouble.on_resume.clear()
    solved(world)
    world.run_all()
    assert world.instance(instance).status is InstanceStatus.COMPLETED
    assert len(world.tasks()) == 2


def test_an_iteration_that_the_database_refuses_is_the_only_incident(world: World) -> None:
    loop = ForEach("need", Value.read("= inputs.needs"))
    needs = Input("needs", "Needs", Choices(("food", "housing")), required=True)
    world.publish(step("ask", "each_need", 0, for_each=loop), inputs=(needs,))
    (instance,) = world.start(needs=["food", "housing"])

    def refused_for_food(call: Call) -> None:
        if call.run.iteration == "food":
            doubles_a_key(call)

    world.trouble.acts[instance] = refused_for_food
    world.run_all()
    found = {path: run.status.value for (_, path), run in world.runs(instance).items()}
    assert found == {"": "waiting", "food": "incident", "housing": "waiting"}
    assert [task.iteration for task in world.tasks()] == ["housing"]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_timer_that_fails_asks_a_person_once_and_fires_again_when_they_say_so(
    fault: Callable[[Call], None], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fired: list[str] = []

    def handle(call: Call, timer: Timer) -> None:
        fired.append(call.instance.id)
        world.trouble.acts.get(call.instance.id, nothing)(call)

    monkeypatch.setattr("flows.steps.stepping.handle_timer", handle)
    world.publish(step("say", "first", 0), step("ask", "question", 1, implied="first"))
    ids = world.start(3)
    bad = ids[1]
    world.run_all()
    with world.runtime.store.write() as session:
        for each in ids:
            run = world.runs(each)["question", ""]
            session.add(
                Timer(
                    instance_id=each,
                    step_run_id=run.id,
                    purpose=TimerPurpose.REMIND,
                    key=f"remind:{each}",
                    due_at=MONDAY,
                    created_at=MONDAY,
                )
            )
    world.trouble.acts[bad] = fault
    tick(world.runtime, Plans(world.runtime))
    world.run_all()
    assert world.statuses(bad) == {"first": "completed", "question": "incident"}
    assert len(world.tasks(TaskKind.INCIDENT)) == 1
    assert {each for each in ids if world.instance(each).status is InstanceStatus.WAITING} == set(ids) - {bad}
    fired.clear()
    world.trouble.acts.clear()
    solved(world)
    world.run_all()
    assert (fired, world.statuses(bad)["question"]) == ([bad], "waiting")
    assert len(world.tasks()) == 3


@pytest.mark.parametrize("fault", FAULTS)
def test_a_correction_that_cannot_be_applied_asks_a_person_once_and_is_applied_when_they_say_so(
    fault: Callable[[Call], None], world: World
) -> None:
    world.publish(
        step("ask", "form", 0),
        step("fragile", "reader", 1, needs=["form"], reads=frozenset({Read("form", "task")})),
        step("say", "second", 2, needs=["reader"], reads=frozenset({Read("reader", "text")})),
    )
    ids = world.start(3)
    bad = ids[0]
    world.run_all()
    for each in ids:
        world.complete_tasks(each)
    world.run_all()
    world.trouble.on_supersede[bad] = fault
    for each in ids:
        world.wake(each, f"fix:{each}", WakeKind.CHANGED, step="form", item="task", reason="it was wrong")
    world.run_all()
    assert len(world.tasks(TaskKind.INCIDENT)) == 1
    assert {each: world.instance(each).status is InstanceStatus.INCIDENT for each in ids} == {
        each: each == bad for each in ids
    }
    assert [world.runs(each)["reader", ""].attempt for each in ids] == [1, 2, 2]
    world.trouble.on_supersede.clear()
    solved(world)
    world.run_all()
    assert world.instance(bad).status is InstanceStatus.COMPLETED
    assert {name: run.attempt for (name, _), run in world.runs(bad).items()} == {
        "form": 1,
        "reader": 2,
        "second": 2,
    }


def test_a_step_run_with_an_incident_asks_nobody_a_second_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fired: list[str] = []

    def handle(call: Call, timer: Timer) -> None:
        fired.append(timer.key)
        world.trouble.acts.get(call.instance.id, nothing)(call)

    monkeypatch.setattr("flows.steps.stepping.handle_timer", handle)
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run_all()
    world.trouble.acts[instance] = breaks
    for key in ("remind", "overdue"):
        with world.runtime.store.write() as session:
            session.add(
                Timer(
                    instance_id=instance,
                    step_run_id=world.runs(instance)["question", ""].id,
                    purpose=TimerPurpose.REMIND,
                    key=key,
                    due_at=MONDAY,
                    created_at=MONDAY,
                )
            )
        tick(world.runtime, Plans(world.runtime))
        world.run_all()
    assert len(world.tasks(TaskKind.INCIDENT)) == 1
    fired.clear()
    world.trouble.acts.clear()
    solved(world)
    world.run_all()
    assert (sorted(fired), world.statuses(instance)) == (["overdue", "remind"], {"question": "waiting"})
    assert len(world.tasks()) == 1
