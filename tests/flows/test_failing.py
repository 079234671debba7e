"""What a fault costs: the instance it belongs to asks a person, its neighbours notice nothing, and the
database's own troubles are nobody's incident (engine.md R2.6, R2.7)."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from engine_world import MONDAY, World, nothing, step
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from definitions.arguments import Clock, Value
from definitions.plan import ForEach, Input, Read
from definitions.schema import Retry
from definitions.types import Choices
from flows.incidents import retry
from flows.limits import Limits
from flows.timers import tick
from flows.versions import Plans
from models import (
    Household,
    InstanceStatus,
    StepRun,
    StepStatus,
    TaskKind,
    Timer,
    TimerPurpose,
    WakeKind,
)
from tasks.call import Call
from tasks.result import StepError


def trouble() -> OperationalError:
    return OperationalError("UPDATE instances", {}, Exception("disk I/O error"))


def breaks(call: Call) -> None:
    raise StepError("no_rule", "the rule is missing")


def breaks_unforeseen(call: Call) -> None:
    raise ZeroDivisionError


def doubles_a_key(call: Call) -> None:
    for name in ("one", "two"):
        call.session.add(
            Timer(purpose=TimerPurpose.REMIND, key="the same", due_at=MONDAY, created_at=MONDAY, wall=name)
        )


def doubles_a_key_at_once(call: Call) -> None:
    doubles_a_key(call)
    call.session.flush()


def points_nowhere(call: Call) -> None:
    """A foreign key, which the database looks at when the transaction commits."""
    call.session.add(
        StepRun(instance_id="nobody", step="x", status=StepStatus.WAITING, started_at=MONDAY, waits_for=None)
    )


def gives_a_time_without_a_zone(call: Call) -> None:
    """Refused by the column's type, when the batch is flushed."""
    call.session.add(Household(name="naive", created_at=datetime(2026, 3, 2)))  # noqa: DTZ001


def gives_a_number_that_no_column_holds(call: Call) -> None:
    """Refused by the driver, when the batch is flushed."""
    call.run.generation = 2**70


FAULTS: list[Callable[[Call], None]] = [
    breaks,
    breaks_unforeseen,
    doubles_a_key,
    doubles_a_key_at_once,
    points_nowhere,
    gives_a_time_without_a_zone,
    gives_a_number_that_no_column_holds,
]


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_at_any_place_of_a_batch_is_found_and_stays_alone(
    fault: Callable[[Call], None], place: int, world: World
) -> None:
    world.publish(step("fragile", "risky", 0), step("say", "after", 1, implied="risky"))
    ids = sorted(world.start(5))
    bad = ids.pop(place)
    world.trouble.acts[bad] = fault
    report = world.run(bad, *ids)
    assert [failure.instance_id for failure in report.failures] == [bad]
    assert world.written() == dict.fromkeys(ids, 1)
    assert {world.instance(each).status for each in ids} == {InstanceStatus.COMPLETED}
    assert world.statuses(bad) == {"risky": "incident"}
    (task,) = world.tasks(TaskKind.INCIDENT)
    assert (task.instance_id, world.wakes()) == (bad, [])


@pytest.mark.parametrize("fault", FAULTS)
def test_every_instance_of_a_batch_can_be_at_fault(fault: Callable[[Call], None], world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    ids = world.start(5)
    world.trouble.acts.update(dict.fromkeys(ids, fault))
    assert len(world.run(*ids).failures) == 5
    assert (len(world.tasks(TaskKind.INCIDENT)), world.written()) == (5, {})


def test_a_refused_record_is_named_without_its_values(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    world.trouble.acts[instance] = doubles_a_key
    (failure,) = world.run(instance).failures
    assert (failure.code, failure.message) == (
        "constraint",
        "the database refused the step's records (IntegrityError)",
    )


# -- the database's own troubles


def test_a_trouble_of_the_database_is_tried_again_and_is_no_incident(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    ids = world.start(3)
    times = [2]

    def now_and_then(call: Call) -> None:
        times[0] -= 1
        if times[0] >= 0:
            raise trouble()

    world.trouble.acts[ids[1]] = now_and_then
    assert world.run(*ids).failures == []
    assert world.written() == dict.fromkeys(ids, 1)
    assert world.tasks(TaskKind.INCIDENT) == []


def test_a_real_statement_that_the_database_cannot_do_aborts_the_transaction_only(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    fired: list[str] = []

    def asks_a_table_that_is_gone(call: Call) -> None:
        if not fired:
            fired.append("once")
            call.session.execute(text("SELECT * FROM not_there"))

    world.trouble.acts[instance] = asks_a_table_that_is_gone
    assert world.run(instance).failures == []
    assert world.written() == {instance: 1}


def test_a_connection_lost_after_the_commit_repeats_nothing(world: World) -> None:
    world.publish(step("fragile", "one", 0), step("fragile", "two", 1, implied="one"), step("ask", "last", 2))
    ids = world.start(2)
    for turn in range(
        1, 4
    ):  # each of the pass's three transactions in turn; the next instance comes after it
        left = [turn]

        def reach(point: str, left: list[int] = left) -> None:
            left[0] -= point == "step.after_commit"
            if left[0] == 0:
                left[0] = -1
                raise trouble()

        world.set(reach=reach)
        ids += world.start()
        world.run(*ids)
    world.set(reach=lambda point: None)
    world.run_all()
    assert world.written() == dict.fromkeys(ids, 2)
    assert len(world.tasks()) == len(ids)
    assert world.tasks(TaskKind.INCIDENT) == []


def test_after_the_last_try_the_pass_fails_and_the_wakes_stay(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    ids = world.start(2)
    world.trouble.errors[ids[1]] = trouble()
    world.set(limits=Limits(infrastructure_retries=3))
    with pytest.raises(OperationalError):
        world.run(*ids)
    assert len(world.trouble.calls) == 2 * (1 + 3)
    assert {wake.instance_id for wake in world.wakes()} == set(ids)
    assert (world.tasks(TaskKind.INCIDENT), world.written()) == ([], {})
    world.trouble.errors.clear()
    world.run_all()
    assert world.written() == dict.fromkeys(ids, 1)


def test_a_trouble_while_an_incident_is_written_down_is_tried_again(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    world.trouble.acts[instance] = breaks
    left = [1]

    def reach(point: str) -> None:
        left[0] -= point == "failure.before_commit"
        if left[0] == 0:
            left[0] = -1
            raise trouble()

    world.set(reach=reach)
    assert [failure.code for failure in world.run(instance).failures] == ["no_rule"]
    assert len(world.tasks(TaskKind.INCIDENT)) == 1


def test_a_trouble_while_idle_instances_are_settled_is_tried_again(world: World) -> None:
    world.publish(step("say", "one", 0))
    ids = world.start(2)
    world.run_all()
    for each in ids:
        world.wake(each, f"late:{each}")
    left = [1]

    def reach(point: str) -> None:
        left[0] -= point == "settle.before_commit"
        if left[0] == 0:
            raise trouble()

    world.set(reach=reach)
    world.run(*ids)
    assert world.wakes() == []


# -- going on after an incident


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

    monkeypatch.setattr("flows.stepping.handle_timer", handle)
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


def test_another_try_later_counts_the_tries_of_every_pass(world: World) -> None:
    world.publish(step("fragile", "risky", 0, retry=Retry(attempts=3, wait=Clock.read("10 minutes"))))
    (instance,) = world.start()
    world.trouble.acts[instance] = breaks
    world.run_all()
    for _ in range(2):
        world.pass_time(timedelta(minutes=10))
        tick(world.runtime, Plans(world.runtime))
        world.run_all()
    assert (len(world.trouble.calls), world.statuses(instance)) == (3, {"risky": "incident"})


def test_the_worst_case_still_asks_a_person(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr("flows.runner.fail", cannot)
    world.publish(step("fragile", "risky", 0))
    good, bad = world.start(2)
    world.trouble.acts[bad] = breaks
    (failure,) = world.run(good, bad).failures
    told = (failure.instance_id, failure.incident, failure.message)
    assert told == (bad, True, "unexpected ZeroDivisionError")
    assert len(world.tasks(TaskKind.INCIDENT)) == 1
    assert world.written() == {good: 1}
