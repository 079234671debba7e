"""Whether and when a step is tried again: a decision that can be repeated."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from engine_faults import breaks
from engine_world import MONDAY, World, step
from sqlmodel import select

from definitions.arguments import Clock, Recipient, Value
from definitions.plan import ForEach, Input
from definitions.schema import Otherwise, Retry
from definitions.time.calendars import WorkingCalendar
from definitions.types import Choices
from definitions.vocabulary_file import load_vocabulary
from flows.inbox.case.deciding import retry as decide_retry
from flows.inbox.case.deciding import skip
from flows.limits import Limits
from flows.runtime import drawn
from flows.steps.trying import next_try
from flows.timers import tick
from flows.versions import Plans
from models import HumanTask, InstanceStatus, StepStatus, TaskKind, TaskStatus, Timer, TimerPurpose, WakeKind

MINUTE = timedelta(minutes=1)


def retrying(**keys: Any) -> Retry:
    return Retry.model_validate({"attempts": 5, "wait": "1 minute", **keys})


def office() -> WorkingCalendar:
    return load_vocabulary().calendar()


def wait(retry: Retry | None, failed: int = 1, **more: Any) -> timedelta | None:
    """How long the next try is away; None when there is none."""
    told = {"code": "no_record", "now": MONDAY, "calendar": office(), "draw": 0.0, "until": None, **more}
    due = next_try(retry, failed=failed, **told)
    return None if due is None else due.moment_utc - told["now"]


def test_without_retry_nothing_is_tried_again() -> None:
    assert wait(None) is None


def test_it_is_tried_as_often_as_attempts_says_in_all() -> None:
    waits = [wait(retrying(attempts=3), failed) for failed in (1, 2, 3, 4)]
    assert waits == [MINUTE, MINUTE, None, None]


def test_each_wait_is_longer_by_the_factor_up_to_the_longest() -> None:
    waits = [wait(retrying(factor=3, longest="10 minutes"), failed) for failed in (1, 2, 3, 4)]
    assert waits == [MINUTE, 3 * MINUTE, 9 * MINUTE, 10 * MINUTE]


def test_no_wait_is_too_long_for_a_calendar() -> None:
    last = wait(retrying(attempts=20, wait="1 hour", factor=10), 19)
    assert last is not None
    assert last <= timedelta(days=50 * 366)


def test_a_wait_in_working_hours_goes_by_the_calendar() -> None:
    friday = datetime(2026, 3, 6, 20, 30, tzinfo=UTC)  # half an hour before the office closes
    assert wait(retrying(wait="1 working hour"), now=friday) == timedelta(
        days=2, hours=17
    )  # Monday, half past nine, after the change of the clocks


def test_the_spread_shortens_a_wait_by_no_more_than_it_says() -> None:
    retry = retrying(wait="100 minutes", spread=20)
    assert [wait(retry, draw=draw) for draw in (0.0, 0.5)] == [100 * MINUTE, 90 * MINUTE]
    waits = [wait(retry, draw=drawn(f"run {number}")) for number in range(200)]
    assert all(each is not None and 80 * MINUTE < each <= 100 * MINUTE for each in waits)
    assert len(set(waits)) == 200


def test_chance_is_the_same_for_the_same_name() -> None:
    assert drawn("run 1:1") == drawn("run 1:1") != drawn("run 1:2")
    assert all(0 <= drawn(str(number)) < 1 for number in range(100))


def test_other_errors_than_those_named_are_not_tried_again() -> None:
    retry = retrying(only=["no_record", "no_case"])
    assert wait(retry, code="no_record") == MINUTE
    assert wait(retry, code="unexpected") is None


def test_no_try_is_planned_for_later_than_the_time_limit() -> None:
    retry = retrying(factor=2)
    until = MONDAY + 4 * MINUTE
    assert [wait(retry, failed, until=until) for failed in (1, 2, 3)] == [MINUTE, 2 * MINUTE, None]


# -- in the engine


def due(world: World) -> int:
    return tick(world.runtime, Plans(world.runtime))


def timers(world: World, purpose: TimerPurpose) -> list[Timer]:
    with world.runtime.store.read() as session:
        return list(session.exec(select(Timer).where(Timer.purpose == purpose).order_by(Timer.due_at)))


def broken(world: World, **keys: Any) -> str:
    world.publish(step("fragile", "one", 0, **keys), step("say", "after", 1, implied="one"))
    (instance,) = world.start()
    world.trouble.acts[instance] = breaks
    world.run_all()
    return instance


def go_on(world: World, by: timedelta) -> None:
    world.pass_time(by)
    due(world)
    world.run_all()


def test_the_waits_of_a_step_grow_until_its_incident(world: World) -> None:
    instance = broken(world, retry=retrying(attempts=4, factor=2))
    while not world.tasks(TaskKind.INCIDENT):
        go_on(world, timedelta(seconds=30))
    planned = [timer.due_at for timer in timers(world, TimerPurpose.RETRY)]
    assert [later - earlier for earlier, later in pairwise([MONDAY, *planned])] == [
        MINUTE,
        2 * MINUTE,
        4 * MINUTE,
    ]
    assert world.trouble.calls.count(instance) == 4


def test_the_waits_of_many_instances_spread(world: World) -> None:
    world.publish(step("fragile", "one", 0, retry=retrying(wait="100 minutes", spread=50)))
    ids = world.start(20)
    world.trouble.acts.update(dict.fromkeys(ids, breaks))
    world.run_all()
    planned = {timer.due_at for timer in timers(world, TimerPurpose.RETRY)}
    assert len(planned) == 20
    assert all(MONDAY + 50 * MINUTE < each <= MONDAY + 100 * MINUTE for each in planned)


def test_an_error_that_is_not_named_is_an_incident_at_once(world: World) -> None:
    broken(world, retry=retrying(only=["no_record"]))
    assert timers(world, TimerPurpose.RETRY) == []
    (incident,) = world.tasks(TaskKind.INCIDENT)
    assert incident.details["code"] == "no_rule"


# -- time limits


def test_the_tries_end_with_the_time_limit(world: World) -> None:
    instance = broken(world, retry=retrying(attempts=20), time_limit=Clock.read("3 minutes"))
    for _ in range(10):
        go_on(world, MINUTE)
    assert world.trouble.calls.count(instance) == 3  # at 0, 1 and 2 minutes
    (incident,) = world.tasks(TaskKind.INCIDENT)
    assert incident.details["code"] == "no_rule"
    assert world.statuses(instance) == {"one": "incident"}


def test_a_step_that_waits_longer_than_its_time_limit_asks_a_person(world: World) -> None:
    world.publish(step("ask", "question", 0, time_limit=Clock.read("2 hours")))
    (instance,) = world.start()
    world.run_all()
    go_on(world, 119 * MINUTE)
    assert world.statuses(instance) == {"question": "waiting"}
    go_on(world, MINUTE)
    (incident,) = world.tasks(TaskKind.INCIDENT)
    assert incident.description == "`question` has not ended 2 hours after it began (test.yaml:10:5)"
    assert incident.details["code"] == "time_limit"
    assert incident.details["again"] == {"was": "waiting", "waits_for": "people"}
    assert [task.status for task in world.tasks()] == [TaskStatus.REQUESTED]


def test_after_a_retry_the_step_goes_on_waiting_and_has_as_long_again(world: World) -> None:
    world.publish(step("ask", "question", 0, time_limit=Clock.read("2 hours")))
    (instance,) = world.start()
    world.run_all()
    go_on(world, 120 * MINUTE)
    (incident,) = world.tasks(TaskKind.INCIDENT)
    decide_retry(world.runtime, incident.id, by=None, now=world.runtime.clock())
    world.run_all()
    assert world.statuses(instance) == {"question": "waiting"}
    go_on(world, 119 * MINUTE)
    assert len(world.tasks(TaskKind.INCIDENT)) == 1
    go_on(world, MINUTE)
    assert len(world.tasks(TaskKind.INCIDENT)) == 2
    assert len(world.tasks()) == 1


def test_a_step_that_was_too_late_can_be_skipped(world: World) -> None:
    world.publish(step("ask", "question", 0, time_limit=Clock.read("2 hours")))
    (instance,) = world.start()
    world.run_all()
    go_on(world, 120 * MINUTE)
    (incident,) = world.tasks(TaskKind.INCIDENT)
    told = {"by": None, "now": world.runtime.clock(), "plan_of": lambda _: world.plan}
    assert skip(world.runtime, incident.id, reason="asked by telephone", **told) == "step"
    world.run_all()
    assert world.statuses(instance) == {"question": "skipped"}
    assert [task.status for task in world.tasks()] == [TaskStatus.CANCELLED]


def test_a_step_that_ends_in_time_has_no_limit_any_more(world: World) -> None:
    world.publish(step("ask", "question", 0, time_limit=Clock.read("2 hours")))
    (instance,) = world.start()
    world.run_all()
    world.complete_tasks(instance)
    world.run_all()
    assert [timer.withdrawn_at for timer in timers(world, TimerPurpose.TIME_LIMIT)] == [MONDAY]
    go_on(world, 120 * MINUTE)
    assert world.instance(instance).status is InstanceStatus.COMPLETED


def test_with_otherwise_a_person_takes_over_and_what_comes_late_still_counts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[str] = []

    def take_over(call: Any, otherwise: Any, reason: str, **_: Any) -> Any:
        handed.append(reason)
        return call.session.get_one(HumanTask, call.run.outputs["task"])

    monkeypatch.setattr("flows.steps.stepping.hand_over", take_over)
    otherwise = Otherwise(assign=Recipient.read("supervisor"))
    world.publish(step("ask", "question", 0, time_limit=Clock.read("2 hours"), otherwise=otherwise))
    (instance,) = world.start()
    world.run_all()
    go_on(world, 120 * MINUTE)
    assert handed == ["`question` has not ended 2 hours after it began"]
    assert world.tasks(TaskKind.INCIDENT) == []
    assert world.statuses(instance) == {"question": "waiting"}
    world.complete_tasks(instance)
    world.run_all()
    assert world.statuses(instance) == {"question": "completed"}


def test_a_loop_has_one_time_limit_for_all_its_iterations(world: World) -> None:
    loop = ForEach("need", Value.read("= inputs.needs"))
    needs = Input("needs", "Needs", Choices(("food", "housing")), required=True)
    limit = Clock.read("2 hours")
    world.publish(step("ask", "each_need", 0, for_each=loop, time_limit=limit), inputs=(needs,))
    (instance,) = world.start(needs=["food", "housing"])
    world.run_all()
    assert len(timers(world, TimerPurpose.TIME_LIMIT)) == 1
    go_on(world, 120 * MINUTE)
    assert world.statuses(instance) == {"each_need": "incident"}
    (incident,) = world.tasks(TaskKind.INCIDENT)
    decide_retry(world.runtime, incident.id, by=None, now=world.runtime.clock())
    world.complete_tasks(instance)
    world.run_all()
    assert world.instance(instance).status is InstanceStatus.COMPLETED
    assert len(world.tasks()) == 2


def test_a_try_that_was_planned_before_an_incident_is_none_of_it(world: World) -> None:
    """While a person is asked, nothing is tried behind their back."""
    instance = broken(world, retry=retrying(attempts=9, wait="10 minutes"))
    world.pass_time(10 * MINUTE)
    due(world)  # the wake of the second try lies there
    with world.runtime.store.write() as session:
        run = session.get_one(type(world.runs(instance)["one", ""]), world.runs(instance)["one", ""].id)
        run.status, run.waits_for = StepStatus.INCIDENT, None
    world.trouble.acts.clear()
    world.run_all()
    assert world.statuses(instance) == {"one": "incident"}
    world.wake(instance, "a person", WakeKind.RETRY, step_run=world.runs(instance)["one", ""].id)
    world.run_all()
    assert world.statuses(instance)["one"] == "completed"


def test_a_step_that_takes_long_in_one_transaction_is_reported(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    from flows.events import Event, Observers, StepSlow

    seen: list[Event] = []
    watch = iter(range(0, 1000, 3))
    world.set(
        observe=Observers(seen.append),
        stopwatch=lambda: float(next(watch)),
        limits=Limits(pass_time=timedelta(days=1)),
    )
    world.publish(step("say", "one", 0))
    world.start()
    world.run_all()
    (slow,) = [event for event in seen if isinstance(event, StepSlow)]
    assert (slow.step, slow.kind, slow.instances, slow.seconds >= 3) == ("one", "say", 1, True)
    assert "test.yaml:10:5 of `test` took" in caplog.text
