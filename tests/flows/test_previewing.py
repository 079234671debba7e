"""What a correction would change is said beforehand, by doing it and taking it back."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from procedure import Procedure, procedure
from sqlalchemy import func
from sqlmodel import select

from flows.inbox import ConflictError, correct
from flows.inbox.case.holding import cancel, hold
from flows.inbox.task.previewing import Preview, preview_correction
from flows.leases import claim
from flows.viewing.consequences import Difference, Scene, consequences, scene_of
from models import Instance, Record, WakeKind, record_wake
from tasks.people.forms import FormError

STEPS = """
- id: first
  title: First form
  do: assign_task
  to: group intake_team
  items:
    - {id: housing, ask: Housing, type: choice, options: {stable: Stable, homeless: None}, required: true}
    - {id: rent, ask: Rent, type: number}
    - {id: note, ask: Note, type: text}
- id: shelter
  title: Find a shelter
  do: assign_task
  when: first.housing is homeless
  to: group intake_team
- id: doubled
  title: Rent of two months
  do: calculate
  needs: [first]
  value: = coalesce(first.rent, 0) * 2
- id: alert
  title: Alert the team
  do: assign_task
  needs: [first]
  when: first.housing is homeless
  priority: critical
  to: group intake_team
"""


def preview(case: Procedure, item: str, value: object) -> Preview:
    task_id = case.people["first"]
    by = case.people["worker"]
    return preview_correction(
        case.runtime, task_id, item, value, by=by, now=case.clock[0], plan_of=case.plans.of
    )


def begin(case: Procedure, **answers: object) -> None:
    case.people["first"] = case.tasks()["first"].id
    case.answer("first", **answers)


def everything(case: Procedure) -> dict[str, int]:
    """How many rows each table has."""
    with case.runtime.store.read() as session:
        tables = Record.metadata.tables
        return {
            name: session.execute(select(func.count()).select_from(table)).scalar_one()
            for name, table in tables.items()
        }


def scene(case: Procedure) -> Scene:
    with case.runtime.store.read() as session:
        return scene_of(session, None, case.instance_id)


def test_it_says_what_becomes_another_what_is_withdrawn_and_what_stays() -> None:
    with procedure(STEPS) as case:
        begin(case, housing="homeless", rent="400")
        found = preview(case, "housing", "stable").consequences
        assert Difference("Find a shelter", "waits", "left out") in found.differences
        assert "Find a shelter" in found.withdrawn
        assert found.stays == ("Alert the team: the alert was given, and no correction takes it back",)
        assert [each.what for each in found.differences if "Rent" in each.what] == []


def test_it_says_values_in_words() -> None:
    with procedure(STEPS) as case:
        begin(case, housing="stable", rent="400")
        (found,) = preview(case, "rent", "500").consequences.differences
        assert found.what == "Rent of two months"
        assert ("800" in found.before, "1000" in found.after) == (True, True)


def test_it_says_who_would_be_asked() -> None:
    with procedure(STEPS) as case:
        begin(case, housing="stable")
        assert preview(case, "housing", "homeless").consequences.asked == ("Alert the team", "Find a shelter")


def test_nothing_of_it_is_kept() -> None:
    with procedure(STEPS) as case:
        begin(case, housing="homeless", rent="400")
        before, runs = everything(case), case.stands()
        preview(case, "housing", "stable")
        assert (everything(case), case.stands()) == (before, runs)


@pytest.mark.parametrize(("item", "value"), [("housing", "stable"), ("rent", "500"), ("note", "new")])
def test_it_says_what_the_correction_then_does(item: str, value: Any) -> None:
    with procedure(STEPS) as case:
        begin(case, housing="homeless", rent="400", note="old")
        said = preview(case, item, value).consequences
        before = scene(case)
        case.correct(case.people["first"], item, value)
        assert said == consequences(case.plan, before, scene(case), ZoneInfo("America/New_York"))


def test_an_answer_that_says_so_already_changes_nothing() -> None:
    with procedure(STEPS) as case:
        begin(case, housing="stable")
        assert not preview(case, "housing", "stable").changed


def test_an_answer_that_no_step_reads_has_no_consequences() -> None:
    with procedure(STEPS) as case:
        begin(case, housing="stable", note="old")
        found = preview(case, "note", "new")
        assert (found.changed, found.consequences.none) == (True, True)


def test_what_cannot_be_read_is_refused_as_the_correction_would_be() -> None:
    with procedure(STEPS) as case:
        begin(case, housing="stable")
        with pytest.raises(FormError, match="one of stable, homeless"):
            preview(case, "housing", "palace")


def test_a_process_on_hold_takes_it_in_later() -> None:
    with procedure(STEPS) as case:
        begin(case, housing="homeless")
        hold(case.runtime, case.instance_id, reason="Away", by=None, now=case.clock[0])
        assert preview(case, "housing", "stable").held


def test_a_process_that_was_cancelled_takes_nothing_in_and_says_so() -> None:
    with procedure(STEPS) as case:
        begin(case, housing="homeless")
        given = {"reason": "Moved away", "by": None, "now": case.clock[0], "alerts_too": True}
        cancel(case.runtime, case.instance_id, **given)
        case.go()
        found = preview(case, "housing", "stable")
        assert (found.changed, found.cancelled, found.consequences.again) == (True, True, ())
        by, first = case.people["worker"], case.people["first"]
        said = {"reason": "It was wrong", "by": by, "now": case.clock[0]}
        assert correct(case.runtime.store, first, "housing", "stable", **said).cancelled


def test_while_somebody_else_moves_the_case_one_is_asked_to_look_again() -> None:
    with procedure(STEPS) as case:
        begin(case, housing="homeless")
        with case.runtime.store.write() as session:
            record_wake(session, case.instance_id, "try", WakeKind.RECORD, {}, case.clock[0])
            version_id = session.get_one(Instance, case.instance_id).version_id
        claim(case.runtime, version_id, [case.instance_id], holder="somebody else")
        with pytest.raises(ConflictError, match="look again in a moment"):
            preview(case, "housing", "stable")
