"""One pass: order, waiting, skipping, failing alone, going on."""

from datetime import timedelta
from itertools import count

from engine_world import World, step
from sqlmodel import select

from definitions.arguments import Clock, Value
from definitions.plan import ForEach, Input, Read
from definitions.schema import Retry
from definitions.types import Choices
from flows.limits import Limits
from models import Household, HumanTask, InstanceStatus, StepStatus, TaskKind, TaskStatus, WakeKind
from tasks.call import Call
from tasks.result import DefiniteFailure, StepError


def test_steps_run_in_document_order_until_none_is_ready(world: World) -> None:
    world.publish(
        step("say", "one", 0), step("say", "two", 1, implied="one"), step("say", "three", 2, implied="two")
    )
    (instance,) = world.start()
    report = world.run(instance)
    assert [done.work.step for done in report.done] == ["one", "two", "three"]
    assert world.instance(instance).status is InstanceStatus.COMPLETED
    assert world.wakes() == []


def test_a_batch_runs_each_step_once_over_all_its_instances(world: World) -> None:
    world.publish(step("say", "one", 0), step("say", "two", 1, implied="one"))
    ids = world.start(3)
    report = world.run(*ids)
    assert [(done.work.step, len(done.instances)) for done in report.done] == [("one", 3), ("two", 3)]


def test_a_step_that_waits_for_a_person_ends_the_pass_and_goes_on_after_the_answer(world: World) -> None:
    world.publish(step("ask", "question", 0), step("say", "after", 1, implied="question"))
    (instance,) = world.start()
    world.run(instance)
    assert world.statuses(instance) == {"question": "waiting"}
    assert world.instance(instance).status is InstanceStatus.WAITING
    world.complete_tasks(instance)
    world.run(instance)
    assert world.statuses(instance) == {"question": "completed", "after": "completed"}


def test_a_step_without_a_wake_is_not_claimed_again(world: World) -> None:
    world.publish(step("ask", "question", 0))
    (instance,) = world.start()
    world.run(instance)
    fence = world.instance(instance).fence
    assert world.run(instance).done == []
    assert world.instance(instance).fence == fence


def test_a_wake_that_comes_twice_changes_nothing(world: World) -> None:
    world.publish(step("ask", "question", 0), step("say", "after", 1, implied="question"))
    (instance,) = world.start()
    world.run(instance)
    world.complete_tasks(instance)
    world.run(instance)
    world.wake(instance, "late")
    world.run(instance)
    assert len(world.runs(instance)) == 2
    assert world.wakes() == []


def test_when_that_does_not_hold_skips_with_the_condition_as_reason(world: World) -> None:
    world.publish(step("say", "one", 0, when="1 > 2"))
    (instance,) = world.start()
    world.run(instance)
    run = world.runs(instance)["one", ""]
    assert (run.status, run.reason) == (StepStatus.SKIPPED, "`1 > 2` does not hold")
    assert world.instance(instance).status is InstanceStatus.COMPLETED


def test_a_step_is_skipped_when_all_its_written_needs_were(world: World) -> None:
    world.publish(
        step("say", "no", 0, when="1 > 2"),
        step("say", "written", 1, needs=["no"]),
        step("say", "implied", 2, implied="no"),
    )
    (instance,) = world.start()
    world.run(instance)
    assert world.statuses(instance) == {"no": "skipped", "written": "skipped", "implied": "completed"}


def test_one_failing_instance_does_not_touch_its_neighbours(world: World) -> None:
    world.publish(step("fragile", "risky", 0), step("say", "after", 1, implied="risky"))
    good, bad, other = world.start(3)
    world.trouble.errors[bad] = StepError("no_rule", "the rule is missing")
    report = world.run(good, bad, other)
    assert [failure.instance_id for failure in report.failures] == [bad]
    assert str(report.failures[0]).startswith("test.yaml:10:5: step `risky`")
    assert world.statuses(good) == world.statuses(other) == {"risky": "completed", "after": "completed"}
    assert world.statuses(bad) == {"risky": "incident"}
    with world.runtime.store.read() as session:
        written = {row.name for row in session.exec(select(Household))}
    assert written == {f"written by {good}", f"written by {other}"}


def test_an_incident_asks_a_person_and_goes_on_after_the_retry(world: World) -> None:
    from flows.inbox.case.deciding import retry

    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    world.trouble.errors[instance] = StepError("no_rule", "the rule is missing")
    world.run(instance)
    with world.runtime.store.read() as session:
        task = session.exec(select(HumanTask).where(HumanTask.kind == TaskKind.INCIDENT)).one()
    assert (task.instance_id, task.details["position"]) == (instance, "test.yaml:10:5")
    world.trouble.errors.clear()
    retry(world.runtime, task.id, by=None, now=world.runtime.clock())
    world.run(instance)
    assert world.statuses(instance) == {"risky": "completed"}


def test_an_unforeseen_error_is_named_by_its_type_only(world: World) -> None:
    world.publish(step("fragile", "risky", 0))
    (instance,) = world.start()
    world.trouble.errors[instance] = ValueError("Anna Example, born 1950")
    (failure,) = world.run(instance).failures
    assert failure.message == "unexpected ValueError"
    assert "Anna" not in str(world.runs(instance)["risky", ""].error)


def test_retry_tries_again_when_its_time_has_come_and_then_becomes_an_incident(world: World) -> None:
    from flows.timers import tick
    from flows.versions import Plans

    again = Retry(attempts=2, wait=Clock.read("10 minutes"))
    world.publish(step("fragile", "risky", 0, retry=again))
    (instance,) = world.start()
    world.trouble.errors[instance] = StepError("busy", "not now")
    world.run(instance)
    assert world.statuses(instance) == {"risky": "waiting"}
    assert tick(world.runtime, Plans(world.runtime)) == 0
    world.pass_time(timedelta(minutes=10))
    assert tick(world.runtime, Plans(world.runtime)) == 1
    world.run(instance)
    assert world.statuses(instance) == {"risky": "incident"}
    assert len(world.trouble.calls) == 2


def test_a_definite_failure_without_otherwise_is_an_incident_at_once(world: World) -> None:
    again = Retry(attempts=5, wait=Clock.read("10 minutes"))
    world.publish(step("fragile", "risky", 0, retry=again))
    (instance,) = world.start()
    world.trouble.errors[instance] = DefiniteFailure("no_consent", "there is no consent")
    world.run(instance)
    assert world.statuses(instance) == {"risky": "incident"}


def test_for_each_runs_once_per_member_and_collects_by_name(world: World) -> None:
    loop = ForEach("need", Value.read("= inputs.needs"))
    needs = Input("needs", "Needs", Choices(("food", "housing")), required=True)
    world.publish(
        step("ask", "each_need", 0, for_each=loop),
        step("say", "after", 1, implied="each_need"),
        inputs=(needs,),
    )
    (instance,) = world.start(needs=["food", "housing"])
    report = world.run(instance)
    assert [done.work.step for done in report.done] == ["each_need"]
    assert {path for name, path in world.runs(instance) if name == "each_need"} == {"", "food", "housing"}
    world.complete_tasks(instance)
    world.run(instance)
    run = world.runs(instance)["each_need", ""]
    assert run.status is StepStatus.COMPLETED
    assert [each["need"] for each in run.outputs["each"]] == ["food", "housing"]


def test_a_correction_supersedes_the_readers_and_what_read_them(world: World) -> None:
    world.publish(
        step("ask", "form", 0),
        step("say", "reader", 1, needs=["form"], reads=frozenset({Read("form", "task")})),
        step("say", "second", 2, needs=["reader"], reads=frozenset({Read("reader", "text")})),
        step("say", "other", 3, needs=["form"]),
    )
    (instance,) = world.start()
    world.run(instance)
    world.complete_tasks(instance)
    world.run(instance)
    world.wake(instance, "fix", WakeKind.CHANGED, step="form", item="task", reason="it was wrong")
    world.run(instance)
    runs = world.runs(instance)
    assert {name: run.attempt for (name, _), run in runs.items()} == {
        "form": 1,
        "reader": 2,
        "second": 2,
        "other": 1,
    }
    assert world.instance(instance).status is InstanceStatus.COMPLETED


# -- limits (engine.md R2.4, R2.8, R3.1)


class Stopwatch:
    """Stands still until a step takes its time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def slow(world: World, ids: list[str], seconds: float) -> list[int]:
    """Every `fragile` takes so long. Gives how many of them each transaction did, the one under way last."""
    watch, transactions = Stopwatch(), [0]

    def takes_its_time(call: Call) -> None:
        watch.seconds += seconds
        transactions[-1] += 1

    def reach(point: str) -> None:
        if point == "step.after_commit":
            transactions.append(0)

    world.trouble.acts.update(dict.fromkeys(ids, takes_its_time))
    world.set(stopwatch=watch, reach=reach)
    return transactions


def test_a_transaction_that_takes_longer_than_its_time_is_split(world: World) -> None:
    world.publish(step("fragile", "slow", 0))
    ids = world.start(10)
    transactions = slow(world, ids, 0.09)
    world.run(*ids)
    assert max(transactions) <= 3
    assert sum(transactions) == 10
    assert world.written() == dict.fromkeys(ids, 1)


def test_a_step_slower_than_a_transaction_may_be_is_done_one_by_one(world: World) -> None:
    world.publish(step("fragile", "slow", 0))
    ids = world.start(4)
    transactions = slow(world, ids, 0.3)
    world.run(*ids)
    assert transactions == [1, 1, 1, 1, 0]


def test_a_pass_that_has_lasted_long_enough_leaves_the_rest_with_its_wakes(world: World) -> None:
    world.publish(step("fragile", "slow", 0), step("say", "after", 1, implied="slow"))
    ids = world.start(10)
    slow(world, ids, 0.5)
    report = world.run(*ids)
    (done,) = report.done
    assert len(done.instances) == 8  # four seconds
    assert {wake.instance_id for wake in world.wakes()} == set(ids)  # none has got through both steps
    assert {world.instance(each).status for each in ids} == {InstanceStatus.RUNNING}
    world.run_all()
    assert world.written() == dict.fromkeys(ids, 1)
    assert {world.instance(each).status for each in ids} == {InstanceStatus.COMPLETED}
    assert world.wakes() == []


def test_iterations_that_are_left_for_the_next_pass_begin_once(world: World) -> None:
    loop = ForEach("need", Value.read("= inputs.needs"))
    needs = Input("needs", "Needs", Choices(("food", "housing")), required=True)
    world.publish(step("fragile", "each_need", 0, for_each=loop), inputs=(needs,))
    ids = [*world.start(needs=["food", "housing"]), *world.start(needs=["food", "housing"])]
    slow(world, ids, 1.5)
    world.run_all()
    assert world.written() == dict.fromkeys(ids, 2)
    assert {world.instance(each).status for each in ids} == {InstanceStatus.COMPLETED}


def test_more_instances_than_a_transaction_takes_are_all_done(world: World) -> None:
    world.publish(step("fragile", "one", 0))
    world.set(limits=Limits(transaction_batch=3))
    ids = world.start(8)
    (done,) = world.run(*ids).done
    assert (set(done.instances), world.written()) == (set(ids), dict.fromkeys(ids, 1))


def test_five_hundred_instances_go_in_one_pass_and_what_is_over_in_the_next(world: World) -> None:
    world.publish(step("say", "one", 0))
    ids = world.start(501)
    world.set(stopwatch=Stopwatch())
    assert world.run_all() == 2
    assert world.wakes() == []
    assert world.instance(ids[-1]).status is InstanceStatus.COMPLETED


def test_a_pass_that_only_asks_who_goes_on_waiting_does_not_use_up_its_time(world: World) -> None:
    """Every pass lasts for one transaction. If asking counted, the next pass would ask again, for ever."""
    world.publish(step("ask", "first", 0), step("ask", "second", 1), step("say", "after", 2, needs=["first"]))
    (instance,) = world.start()
    seconds = count()
    world.set(stopwatch=lambda: float(next(seconds)), limits=Limits(pass_time=timedelta(seconds=1)))
    world.run_all()
    task = next(task for task in world.tasks() if task.step == "first")
    with world.runtime.store.write() as session:
        row = session.get_one(HumanTask, task.id)
        row.status, row.completed_at = TaskStatus.COMPLETED, world.runtime.clock()
        session.add(row)
    world.wake(instance, "the first is answered")
    world.run_all()
    assert world.statuses(instance) == {"first": "completed", "second": "waiting", "after": "completed"}
