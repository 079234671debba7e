"""`score` and `calculate`."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from step_bench import Bench, faults

from definitions.runtime_values import MISSING
from models import (
    Assessment,
    ChecklistAnswer,
    ChronologyEntry,
    HumanTask,
    LivingSituation,
    Score,
    StepStatus,
    TaskKind,
)
from tasks.scoring.score import ScoreOutput

STEPS = """
- id: profile
  title: Profile
  do: fetch_record
  record: Client
  match:
    id: = inputs.client.id
- id: case
  title: Open the case
  do: create_record
  record: Case
  set:
    client: = profile.id
- id: findings
  title: Questions
  do: complete_checklist
  to: caseworker
  items:
    - id: danger
      ask: Danger?
      type: yes_no
    - id: health
      ask: Health
      type: choice
      options:
        good: Good
        severe: Severe
    - id: needs
      ask: Needs
      type: choices
      options:
        food: Food
        money: Money
- id: vulnerability
  title: Vulnerability
  do: score
  items:
    age:
      of: = age_on(profile.date_of_birth, inputs.received_at)
      points:
        under 6: 3
        6 to 64: 0
        65 and over: 2
    health:
      of: = findings.health
      points:
        good: 0
        severe: 4
    needs:
      title: Open needs
      of: = findings.needs
      points:
        food: 1
        money: 1
  bands:
    low: 0 to 2
    medium: 3 to 5
    high: 6 and over
  overrides:
    - when: findings.danger is not no
      band: high
      because: Danger now or not ruled out
"""


def scored(bench: Bench, born: date | None = date(1980, 1, 1), **answers: Any) -> ScoreOutput:
    """Score with these answers; an answer that is not given is missing."""
    client = bench.client(born=born)
    worker = bench.staff("Wanda")
    bench.start(STEPS, client=client.id, received_at=bench.now)
    bench.run("profile")
    bench.run("case")
    run = bench.call("findings").run
    task = HumanTask(
        kind=TaskKind.CHECKLIST,
        title="Q",
        instance_id=bench.instance.id,
        step="findings",
        created_at=bench.now,
    )
    rows = [
        ChecklistAnswer(
            task_id=task.id,
            step="findings",
            item=item,
            value=value,
            answered_by=worker.id,
            answered_at=bench.now,
        )
        for item, value in answers.items()
    ]
    bench.session.add_all([task, *rows])
    run.status = StepStatus.COMPLETED
    bench.session.flush()
    output = bench.run("vulnerability")
    assert isinstance(output, ScoreOutput)
    return output


def test_points_are_added_and_put_in_a_band(bench: Bench) -> None:
    output = scored(bench, born=date(2022, 1, 1), danger="no", health="good", needs=["food"])
    assert (output.total, output.band, output.provisional) == (4, "medium", False)
    assert output.items == {"age": 3, "health": 0, "needs": 1}
    assert (
        output.explanation
        == "4 points: age 3 (under 6), health 0 (good), Open needs 1 (food). That is medium. "
        "4 points more (health: severe) would make it high. 3 points less (age: 6 to 64) would make it low."
    )


@pytest.mark.parametrize(
    ("born", "points"),
    [
        (date(2020, 3, 3), 3),  # six tomorrow
        (date(2020, 3, 2), 0),  # six today
        (date(1961, 3, 3), 0),  # 65 tomorrow
        (date(1961, 3, 2), 2),  # 65 today
    ],
)
def test_an_age_changes_its_band_on_the_birthday(bench: Bench, born: date, points: int) -> None:
    assert scored(bench, born=born, danger="no", health="good", needs=[]).items["age"] == points


def test_missing_is_not_low_the_band_that_it_could_rise_to_counts(bench: Bench) -> None:
    output = scored(bench, danger="no", needs=["food", "money"])
    assert (output.total, output.known_band) == (2, "low")
    assert (output.band, output.could_rise_to, output.provisional) == ("high", "high", True)
    assert output.items["health"] is None
    assert "Missing: health (up to 4). It could rise to 6 points, high." in output.explanation
    assert "missing is not low" in output.explanation


def test_an_answer_that_says_why_there_is_none_is_missing(bench: Bench) -> None:
    output = scored(bench, danger="no", health={"no_answer": "prefers_not_to_answer"}, needs=[])
    assert (output.items["health"], output.provisional) == (None, True)


def test_a_missing_birth_date_is_missing_points(bench: Bench) -> None:
    output = scored(bench, born=None, danger="no", health="good", needs=[])
    assert (output.total, output.band, output.provisional) == (0, "medium", True)


def test_of_several_choices_all_may_still_be_made(bench: Bench) -> None:
    output = scored(bench, danger="no", health="good")
    assert (output.total, output.items["needs"], output.provisional) == (0, None, True)
    assert "Open needs (up to 2). It could rise to 2 points, low." in output.explanation


def test_no_needs_are_an_answer(bench: Bench) -> None:
    output = scored(bench, danger="no", health="good", needs=[])
    assert (output.total, output.band, output.provisional) == (0, "low", False)


def test_an_override_holds_whatever_the_total(bench: Bench) -> None:
    output = scored(bench, danger="yes", health="good", needs=[])
    assert (output.total, output.known_band, output.band, output.provisional) == (0, "low", "high", False)
    assert "Counts as high whatever the points: Danger now or not ruled out." in output.explanation


def test_an_override_that_cannot_be_decided_counts_as_holding_and_is_provisional(bench: Bench) -> None:
    output = scored(bench, health="good", needs=[])
    assert (output.band, output.provisional) == ("high", True)
    assert "not ruled out" in output.explanation


@pytest.mark.parametrize("answer", ["doesnt_know", "prefers_not_to_answer", "not_collected"])
def test_danger_that_is_not_denied_is_not_low(bench: Bench, answer: str) -> None:
    assert scored(bench, danger=answer, health="good", needs=[]).band == "high"


def test_the_score_is_kept_with_its_items_and_who_answered(bench: Bench) -> None:
    output = scored(bench, danger="no", health="severe", needs=["food"])
    row = bench.all(Score)[0]
    worker = bench.case().worker_id
    assert (row.points, row.band, row.name, row.version_id) == (
        5,
        "medium",
        "vulnerability",
        bench.instance.version_id,
    )
    assert row.explanation == output.explanation
    kept = {item["item"]: item for item in row.items}
    assert (kept["health"]["value"], kept["health"]["points"], kept["health"]["answered_by"]) == (
        "severe",
        4,
        worker,
    )
    assert "answered_by" not in kept["age"]
    assessment = bench.all(Assessment)[0]
    assert (row.assessment_id, assessment.assessed_by) == (assessment.id, worker)
    assert assessment.task_id == bench.tasks()[0].id
    assert [entry.title for entry in bench.all(ChronologyEntry) if entry.kind == "score_calculated"] == [
        "Vulnerability: medium"
    ]


def test_the_score_before_it_is_superseded_not_changed(bench: Bench) -> None:
    scored(bench, danger="no", health="good", needs=[])
    bench.again("vulnerability")
    bench.run("vulnerability")
    old, new = sorted(bench.all(Score), key=lambda row: row.superseded_at is None)
    assert (old.superseded_at, new.superseded_at) == (bench.now, None)
    assert new.supersedes_id == old.id
    assert len(bench.all(Assessment)) == 1


def test_later_steps_read_the_score(bench: Bench) -> None:
    scored(bench, danger="no", health="severe", needs=["food"])
    assert bench.read("vulnerability", "band") == "medium"
    assert bench.read("vulnerability", "total") == Decimal(5)
    assert bench.read("vulnerability", "items", "health") == Decimal(4)


def test_the_main_output_is_the_band() -> None:
    assert faults(STEPS + "  save:\n    to: case.priority\n") == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (("6 to 64: 0", "7 to 64: 0"), "no band holds 6, between `under 6` and `7 to 64`"),
        (("6 to 64: 0", "5 to 64: 0"), "overlap: 5 is in both"),
        (("65 and over: 2", "66 and over: 2"), "no band holds 65"),
        (("        severe: 4\n", ""), "no points for severe"),
        (("severe: 4", "severe: 4\n        bad: 5"), "no answer `bad`"),
        (("severe: 4", "severe: four"), "severe"),
        (("medium: 3 to 5", "medium: 4 to 5"), "no band holds 3, between `0 to 2` and `4 to 5`"),
        (("low: 0 to 2", "low: 1 to 2"), "no band holds what is under 1"),
        (("high: 6 and over", "high: 6 to 8"), "no band holds what is over 8"),
        (("band: high", "band: highest"), "no band `highest`"),
        (("of: = findings.health", "of: = profile.language"), "a text has no points"),
        (("of: = findings.health", "of: = findings.helth"), "CW322"),
    ],
)
def test_faults_are_found_when_the_definition_is_checked(change: tuple[str, str], problem: str) -> None:
    changed = STEPS.replace(*change)
    assert changed != STEPS
    assert problem in "\n".join(faults(changed))


CALCULATE = """
- id: sums
  title: Sums
  do: calculate
  value:
    first:
      - when: inputs.client.living_situation is homeless
        use: = 2 * 3
    otherwise: 1
  set:
    young: = inputs.client.date_of_birth > 2010-01-01
    age: = age_on(inputs.client.date_of_birth, inputs.received_at)
"""


def test_values_are_calculated_by_expression_and_by_rule(bench: Bench) -> None:
    client = bench.client(born=date(1980, 5, 1), living_situation=LivingSituation.HOMELESS)
    bench.start(CALCULATE, client=client.id, received_at=bench.now)
    bench.run("sums")
    assert bench.read("sums") == {
        "value": Decimal(6),
        "young": False,
        "age": Decimal(45),
        "provisional": False,
    }


def test_what_cannot_be_calculated_stays_missing_and_the_whole_is_provisional(bench: Bench) -> None:
    bench.start(CALCULATE, client=bench.client(born=None).id, received_at=bench.now)
    bench.run("sums")
    assert bench.read("sums", "age") is MISSING
    assert bench.read("sums", "young") is MISSING
    assert bench.read("sums", "provisional") is True


@pytest.mark.parametrize(
    ("steps", "problem"),
    [
        (CALCULATE.replace("age: =", "Age: ="), "`Age` can't be the name of a value"),
        (CALCULATE.replace("age: =", "provisional: ="), "can't be the name of a value"),
        (CALCULATE[: CALCULATE.index("  value")], "give a `value`"),
    ],
)
def test_faults_of_calculations_are_found(steps: str, problem: str) -> None:
    assert problem in "\n".join(faults(steps))
