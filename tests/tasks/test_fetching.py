"""`fetch_record`."""

from datetime import date

import pytest
from step_bench import Bench, faults

from definitions.runtime_values import MISSING
from models import AuditEvent, Case, CaseStatus, ChecklistAnswer, TaskStatus, WaitsFor
from tasks.outputs import RecordOutput
from tasks.result import DefiniteFailure, StepError, Waiting

BY_ID = """
- id: profile
  title: Profile
  do: fetch_record
  record: Client
  match:
    id: = inputs.client.id
"""
BY_NAME = """
- id: profile
  title: Profile
  do: fetch_record
  record: Client
  match:
    given_name: Ana
    family_name: Ruiz
  none: {none}
  several: {several}
"""


def by_name(none: str = "stop", several: str = "stop") -> str:
    return BY_NAME.format(none=none, several=several)


def test_the_record_is_found_and_the_reading_audited(bench: Bench) -> None:
    client = bench.client()
    bench.start(BY_ID, client=client.id)
    assert bench.run("profile") == RecordOutput(
        record=client.id, shown={"age": 45, "open_cases": [], "safe_contacts": 0}
    )
    assert bench.instance.client_id == client.id
    event = bench.all(AuditEvent)[0]
    assert (event.action, event.record, event.record_id, event.actor) == (
        "read",
        "Client",
        client.id,
        "system:try-it",
    )
    assert "date_of_birth" in event.fields


def test_a_merged_client_is_followed_to_the_survivor(bench: Bench) -> None:
    survivor = bench.client("Carla")
    merged = bench.client("Ana", merged_into_id=survivor.id)
    bench.start(BY_ID, client=merged.id)
    bench.run("profile")
    assert bench.read("profile", "id") == survivor.id
    assert bench.instance.client_id == survivor.id


def test_open_cases_are_shown(bench: Bench) -> None:
    client = bench.client()
    for number, status in (("2026-000001", CaseStatus.PENDING), ("2026-000002", CaseStatus.TRANSFERRED)):
        bench.session.add(
            Case(
                number=number, client_id=client.id, status=status, received_at=bench.now, created_at=bench.now
            )
        )
    bench.start(BY_ID, client=client.id)
    output = bench.run("profile")
    assert isinstance(output, RecordOutput)
    assert output.shown["open_cases"] == ["2026-000001"]


def test_none_stops_the_step_for_certain(bench: Bench) -> None:
    bench.start(by_name())
    with pytest.raises(DefiniteFailure, match="no Client record fits") as failure:
        bench.run("profile")
    assert failure.value.code == "no_record"


def test_none_can_be_skipped_and_everything_read_from_it_is_missing(bench: Bench) -> None:
    bench.start(by_name(none="skip"))
    assert bench.run("profile") == RecordOutput(record=None)
    assert bench.read("profile") is MISSING
    assert bench.read("profile", "language") is MISSING


def test_several_stop_the_step_and_nobody_is_named(bench: Bench) -> None:
    bench.client("Ana")
    bench.client("Ana")
    bench.start(by_name())
    with pytest.raises(DefiniteFailure, match="several Client records fit") as failure:
        bench.run("profile")
    assert "Ana" not in str(failure.value)


def test_two_records_of_one_person_are_one(bench: Bench) -> None:
    survivor = bench.client("Ana")
    bench.client("Ana", merged_into_id=survivor.id)
    bench.start(by_name())
    output = bench.run("profile")
    assert isinstance(output, RecordOutput)
    assert output.record == survivor.id


def test_of_several_a_person_picks_one(bench: Bench) -> None:
    worker = bench.staff("Wanda")
    one, other = bench.client("Ana", born=date(1990, 1, 1)), bench.client("Ana")
    bench.start(by_name(several="assign"))
    assert bench.run("profile") == Waiting(WaitsFor.PEOPLE)
    assert bench.resume("profile") == Waiting(WaitsFor.PEOPLE)
    task = bench.tasks()[0]
    assert task.candidate_group == "intake_team"
    assert set(task.form[0]["options"]) == {one.id, other.id}
    answered = {"record": "Client", "id": other.id}
    bench.session.add(
        ChecklistAnswer(task_id=task.id, step="profile", item="record", value=answered, answered_at=bench.now)
    )
    task.status, task.completed_by = TaskStatus.COMPLETED, worker.id
    output = bench.resume("profile")
    assert isinstance(output, RecordOutput)
    assert output.record == other.id
    assert bench.read("profile", "date_of_birth") == other.date_of_birth


def test_where_none_fits_a_person_records_it_and_gives_its_id(bench: Bench) -> None:
    bench.start(by_name(none="assign"))
    assert bench.run("profile") == Waiting(WaitsFor.PEOPLE)
    task = bench.tasks()[0]
    late = bench.client("Late")
    bench.session.add(
        ChecklistAnswer(task_id=task.id, step="profile", item="record", value=late.id, answered_at=bench.now)
    )
    task.status = TaskStatus.COMPLETED
    output = bench.resume("profile")
    assert isinstance(output, RecordOutput)
    assert output.record == late.id


def test_a_cancelled_task_means_that_nobody_picked(bench: Bench) -> None:
    bench.start(by_name(none="assign"))
    bench.run("profile")
    task = bench.tasks()[0]
    task.status, task.reason = TaskStatus.CANCELLED, "not needed"
    with pytest.raises(DefiniteFailure, match="was picked"):
        bench.resume("profile")


def test_a_value_to_match_that_is_missing_is_an_error_not_a_search_for_nothing(bench: Bench) -> None:
    bench.start(BY_ID)
    with pytest.raises(StepError, match="`id`") as error:
        bench.run("profile")
    assert error.value.code == "match_missing"


@pytest.mark.parametrize(
    ("match", "problem"),
    [
        ("given_nme: Ana", "Client has no field `given_nme`"),
        ("household_members: Ana", "lies in other records"),
        ("living_situation: boat", "not one of the options"),
        ("id: = inputs.received_at", "CW338"),
    ],
)
def test_faults_are_found_when_the_definition_is_checked(match: str, problem: str) -> None:
    steps = f"""
    - id: profile
      title: Profile
      do: fetch_record
      record: Client
      match:
        {match}
    """
    found = faults(steps)
    assert len(found) == 1
    assert problem in found[0]
