"""`save` of a result that rests on something missing: no value is made up, and none that is known is lost."""

from procedure import Procedure, procedure
from sqlmodel import select

from models import Case, ChronologyEntry, InstanceStatus

START = """
- id: case
  title: Case
  do: create_record
  record: Case
  set: {client: = inputs.client.id, received_at: = inputs.received_at}
- id: before
  title: What was known
  do: update_record
  record: = case
  set: {priority: medium}
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  ends: completed
  items:
    - {id: rooms, ask: Rooms, type: number}
    - {id: home, ask: Home, type: choice, options: {safe: Safe, lost: Lost}}
"""
TABLE = (
    START
    + """
- id: route
  title: Route
  do: decide
  inputs: {rooms: = form.rooms}
  outputs: {level: {type: choice, options: {low: Low, medium: Medium, high: High}}}
  hit: unique
  rows:
    - {when: {rooms: under 2}, then: {level: high}}
    - {when: {rooms: 2 and over}, then: {level: low}}
  save: {to: case.priority, output: level}
"""
)
POINTS = (
    START
    + """
- id: points
  title: Points
  do: score
  items:
    home: {of: = form.home, points: {safe: 0, lost: 4}}
  bands: {low: 0 to 1, medium: 2 to 3, high: 4 and over}
  save: {to: case.priority}
"""
)


def saved(case: Procedure) -> tuple[str | None, bool]:
    with case.runtime.store.read() as session:
        row = session.exec(select(Case)).one()
        return (None if row.priority is None else row.priority.value, row.priority_provisional)


def test_a_table_that_can_not_decide_leaves_what_was_known_and_marks_it_provisional() -> None:
    with procedure(TABLE) as case:
        case.answer("form", home="safe")
        assert case.run("route").outputs["level"] is None
        assert case.run("route").outputs["provisional"] is True
        assert saved(case) == ("medium", True)
        assert case.status() is InstanceStatus.COMPLETED
        with case.runtime.store.read() as session:
            told = session.exec(select(ChronologyEntry)).all()
        assert not any("None" in entry.title + (entry.detail or "") for entry in told)


def test_a_table_that_can_decide_saves_its_value() -> None:
    with procedure(TABLE) as case:
        case.answer("form", rooms=1)
        assert saved(case) == ("high", False)


def test_points_of_which_some_are_missing_save_the_most_worrying_band_as_provisional() -> None:
    with procedure(POINTS) as case:
        case.answer("form", rooms=1)
        assert saved(case) == ("high", True)


def test_a_corrected_answer_saves_the_new_value() -> None:
    with procedure(TABLE) as case:
        form = case.tasks()["form"].id
        case.answer("form", rooms=3)
        assert saved(case) == ("low", False)
        case.correct(form, "rooms", 1)
        assert saved(case) == ("high", False)
