"""What the names of expressions stand for."""

from decimal import Decimal

import pytest
from step_bench import Bench

from definitions.runtime_values import ABSENT, MISSING
from models import ChecklistAnswer, HumanTask, StepStatus, TaskKind, TaskStatus
from tasks.names import UnknownNameError, current_runs, steps_before
from tasks.records.record_view import LiveRecord

STEPS = """
- id: profile
  title: Profile
  do: fetch_record
  record: Client
  match:
    id: = inputs.client.id
- id: findings
  title: Questions
  do: complete_checklist
  to: caseworker
  items:
    - id: danger
      ask: Danger?
      type: yes_no
      submit: on_answer
    - id: rooms
      ask: How many rooms?
      type: number
- id: sums
  title: Sums
  do: calculate
  value: = 2 + 3
  set:
    born: = profile.date_of_birth
"""


@pytest.fixture
def started(bench: Bench) -> Bench:
    bench.start(STEPS, client=bench.client("Ana").id, received_at=bench.now)
    return bench


def answer(bench: Bench, item: str, value: object, **fields: object) -> ChecklistAnswer:
    tasks = bench.tasks() or [
        HumanTask(
            kind=TaskKind.CHECKLIST,
            title="Q",
            instance_id=bench.instance.id,
            step="findings",
            created_at=bench.now,
        )
    ]
    row = ChecklistAnswer(
        task_id=tasks[0].id, step="findings", item=item, value=value, answered_at=bench.now, **fields
    )
    bench.session.add_all([tasks[0], row])
    bench.session.flush()
    return row


def test_inputs_are_read_by_their_types(started: Bench) -> None:
    names = started.call("profile").names
    assert names.lookup(("inputs", "received_at")) == started.now
    assert names.lookup(("inputs", "client", "given_name")) == "Ana"


def test_an_input_that_was_not_given_is_missing_and_so_is_everything_in_it(bench: Bench) -> None:
    bench.start(STEPS, client=bench.client().id)
    names = bench.call("profile").names
    assert names.lookup(("inputs", "received_at")) is MISSING
    bench.instance.inputs = {}
    assert names.lookup(("inputs", "client", "language")) is MISSING


def test_a_step_that_gives_a_record_is_read_like_the_record(started: Bench) -> None:
    started.run("profile")
    assert started.read("profile", "given_name") == "Ana"
    assert isinstance(started.read("profile"), LiveRecord)


def test_outputs_have_the_values_of_their_types(started: Bench) -> None:
    started.run("profile")
    started.run("sums")
    assert started.read("sums", "value") == Decimal(5)
    assert started.read("sums") == {
        "value": Decimal(5),
        "born": started.read("profile", "date_of_birth"),
        "provisional": False,
    }


def test_a_step_that_has_not_begun_gives_nothing_yet(started: Bench) -> None:
    names = started.call("profile").names
    assert names.lookup(("sums", "value")) is MISSING


def test_the_outputs_of_a_skipped_step_are_absent_except_those_supplied(started: Bench) -> None:
    run = started.call("sums").run
    run.status, run.outputs = StepStatus.SKIPPED, {"value": "7"}
    assert started.read("sums", "value") == Decimal(7)
    assert started.read("sums", "born") is ABSENT


def test_what_a_waiting_step_keeps_for_itself_is_no_output(started: Bench) -> None:
    run = started.call("sums").run
    run.outputs = {"value": "task-id"}
    assert started.read("sums", "value") is MISSING


def test_an_item_is_read_as_soon_as_it_is_answered(started: Bench) -> None:
    started.call("findings")
    assert started.read("findings", "danger") is MISSING
    answer(started, "danger", "yes")
    assert started.read("findings", "danger") == "yes"
    assert started.read("findings", "rooms") is MISSING


def test_a_draft_and_a_superseded_answer_do_not_count(started: Bench) -> None:
    started.call("findings")
    answer(started, "danger", "yes", superseded_at=started.now)
    answer(started, "rooms", "3", draft=True)
    assert started.read("findings", "danger") is MISSING
    assert started.read("findings", "rooms") is MISSING


def test_a_correction_counts_over_what_the_step_gave_when_it_ended(started: Bench) -> None:
    run = started.call("findings").run
    run.status, run.outputs = StepStatus.COMPLETED, {"danger": "no", "rooms": "3"}
    answer(started, "danger", "yes")
    assert started.read("findings", "danger") == "yes"
    assert started.read("findings", "rooms") == Decimal(3)


def test_answers_of_a_cancelled_task_do_not_count(started: Bench) -> None:
    started.call("findings")
    answer(started, "danger", "yes")
    task = started.tasks()[0]
    task.status, task.reason = TaskStatus.CANCELLED, "withdrawn"
    started.session.flush()
    assert started.read("findings", "danger") is MISSING


def test_names_put_in_front_win_and_the_others_stay(started: Bench) -> None:
    names = started.call("profile").names.with_extra({"inputs": {"client": "x"}, "need": "food"})
    assert names.lookup(("need",)) == "food"
    assert names.lookup(("inputs", "client")) == "x"


@pytest.mark.parametrize("path", [("nobody",), ("inputs", "nobody"), ("sums", "nobody"), ("inputs",)])
def test_a_name_that_nothing_has_is_refused(started: Bench, path: tuple[str, ...]) -> None:
    with pytest.raises(UnknownNameError, match=r"nothing is called"):
        started.call("profile").names.lookup(path)


def test_a_step_sees_only_what_ended_before_it(started: Bench) -> None:
    assert steps_before(started.plan, started.plan.step("sums")) == {"profile", "findings"}
    assert steps_before(started.plan, started.plan.step("profile")) == frozenset()


def test_the_run_that_counts_is_the_latest_that_is_not_superseded(started: Bench) -> None:
    first = started.call("sums").run
    started.again("sums")
    second = started.call("sums").run
    assert second.attempt == 2
    assert current_runs([second, first])["sums", ""] is second
    second.status = StepStatus.SUPERSEDED
    assert ("sums", "") not in current_runs([first, second])


def test_every_name_that_was_read_is_traced(started: Bench) -> None:
    started.run("profile")
    started.run("sums")
    run = current_runs(started.runs())["sums", ""]
    assert set(run.inputs) == {"profile.date_of_birth"}
