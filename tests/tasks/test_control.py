from typing import Any

import pytest
from casework_bench import header, publish, timers
from step_bench import Bench, faults

from definitions.runtime_values import MISSING
from models import (
    HumanTask,
    Instance,
    InstanceStatus,
    StepRun,
    StepStatus,
    TaskKind,
    TaskStatus,
    Timer,
    TimerPurpose,
    WaitsFor,
)
from tasks.control import cancel_instance, is_published, request_start
from tasks.people.asking import withdraw
from tasks.registry import load_kinds
from tasks.result import DefiniteFailure, Waiting

INPUTS = header(client="Client", why="text")
START = """
- id: crisis
  title: Start crisis intervention
  do: start_process
  process: crisis-intervention
  inputs:
    client: = inputs.client
    reason: = inputs.why
"""
WAIT = START + "  ends: completed\n"


def start(bench: Bench, steps: str, **inputs: Any) -> None:
    bench.start(steps, header=INPUTS, client=bench.client().id, **{"why": "Told by phone", **inputs})


def child(bench: Bench, status: InstanceStatus = InstanceStatus.WAITING, **fields: Any) -> Instance:
    """What `flows` makes of the request."""
    (timer,) = timers(bench, TimerPurpose.START)
    version = publish(bench, "crisis-intervention")
    row = Instance(
        process="crisis-intervention",
        version_id=version.id,
        inputs=timer.detail["inputs"],
        status=status,
        started_at=bench.now,
        start_key=timer.detail["key"],
        parent_step_run_id=timer.detail["parent"],
        **fields,
    )
    bench.session.add(row)
    bench.session.flush()
    return row


def test_the_process_is_asked_for_in_the_step_s_transaction_and_the_step_goes_on(bench: Bench) -> None:
    start(bench, START)
    assert not isinstance(bench.run("crisis"), Waiting)
    (timer,) = timers(bench, TimerPurpose.START)
    assert timer.due_at == bench.now
    assert timer.instance_id is None
    run = bench.call("crisis").run
    assert timer.detail == {
        "process": "crisis-intervention",
        "inputs": {"client": bench.instance.inputs["client"], "reason": "Told by phone"},
        "key": f"step:{run.id}",
        "parent": run.id,
    }
    assert bench.read("crisis", "instance") is MISSING


def test_an_input_that_is_not_recorded_is_left_out(bench: Bench) -> None:
    start(bench, START, why=None)
    bench.run("crisis")
    (timer,) = timers(bench, TimerPurpose.START)
    assert set(timer.detail["inputs"]) == {"client"}


def test_a_process_is_asked_for_once_per_key(bench: Bench) -> None:
    for _ in range(2):
        request_start(bench.session, "welfare-check", {}, key="k", now=bench.now)
        bench.session.flush()
    assert len(bench.all(Timer)) == 1


def test_with_ends_completed_the_step_waits_for_the_other_process(bench: Bench) -> None:
    start(bench, WAIT)
    assert bench.run("crisis") == Waiting(WaitsFor.CHILD)
    assert bench.resume("crisis") == Waiting(WaitsFor.CHILD)
    other = child(bench)
    assert bench.resume("crisis") == Waiting(WaitsFor.CHILD)
    other.status, other.outcome = InstanceStatus.COMPLETED, "active"
    bench.resume("crisis")
    assert (bench.read("crisis", "instance"), bench.read("crisis", "outcome")) == (other.id, "active")


def test_a_process_that_was_cancelled_is_a_failure_of_the_step(bench: Bench) -> None:
    start(bench, WAIT)
    bench.run("crisis")
    child(bench, InstanceStatus.CANCELLED)
    with pytest.raises(DefiniteFailure) as failure:
        bench.resume("crisis")
    assert failure.value.code == "child_cancelled"


def test_superseding_the_step_before_the_start_withdraws_the_request(bench: Bench) -> None:
    start(bench, WAIT)
    bench.run("crisis")
    withdraw(bench.session, bench.call("crisis").run.id, "corrected", bench.now)
    assert timers(bench, TimerPurpose.START) == []


def test_superseding_the_step_cancels_the_process_with_its_tasks_and_its_own_processes(bench: Bench) -> None:
    start(bench, WAIT)
    bench.run("crisis")
    other = child(bench)
    run = StepRun(
        instance_id=other.id,
        step="call",
        status=StepStatus.WAITING,
        waits_for=WaitsFor.PEOPLE,
        started_at=bench.now,
    )
    bench.session.add(run)
    grandchild = Instance(
        process="welfare-check",
        version_id=other.version_id,
        started_at=bench.now,
        start_key="grandchild",
        parent_step_run_id=run.id,
    )
    task = HumanTask(
        kind=TaskKind.ASSIGNMENT,
        title="Call",
        step_run_id=run.id,
        candidate_group="duty",
        created_at=bench.now,
    )
    bench.session.add_all([grandchild, task])
    bench.session.flush()
    call = bench.call("crisis")
    withdraws = load_kinds()["start_process"].withdraws
    assert withdraws is not None
    withdraws(call, call.step.arguments)
    assert {other.status, grandchild.status} == {InstanceStatus.CANCELLED}
    assert (task.status, run.status) == (TaskStatus.CANCELLED, StepStatus.CANCELLED)
    assert other.fence == 1


def test_an_instance_that_has_ended_is_not_cancelled(bench: Bench) -> None:
    start(bench, WAIT)
    bench.run("crisis")
    other = child(bench, InstanceStatus.COMPLETED)
    cancel_instance(bench.session, other, "late", bench.now)
    assert other.status is InstanceStatus.COMPLETED


def test_a_process_without_a_version_is_not_published(bench: Bench) -> None:
    assert not is_published(bench.session, "welfare-check")
    publish(bench, "welfare-check")
    assert is_published(bench.session, "welfare-check")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("process: crisis-intervention", "process: crisis-intervnetion", "crisis-intervention"),
        ("    reason: = inputs.why\n", "", "needs the input `reason`"),
        ("reason: = inputs.why", "reasn: = inputs.why", "reason"),
        ("reason: = inputs.why", "reason: = inputs.client.date_of_birth", "text"),
    ],
)
def test_inputs_that_do_not_fit_are_reported_when_it_is_checked(old: str, new: str, said: str) -> None:
    found = faults(START.replace(old, new), INPUTS)
    assert said in found[0]
