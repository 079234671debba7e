"""`complete_checklist`: on another step's task or on one of its own."""

import pytest
from people_world import with_case
from step_bench import MONDAY, Bench, faults

from models import AnswerSource, Consent, HumanTask, TaskKind, TaskStatus, WaitsFor
from tasks.people.answers import Given, current_answers, keep_answers
from tasks.people.asking import withdraw
from tasks.people.forms import validate_answers
from tasks.people.human_tasks import end
from tasks.registry import load_kinds
from tasks.result import DefiniteFailure, Waiting

STEPS = """
- id: assessment
  title: Assess
  do: assign_task
  to: caseworker
  ends: created
- id: findings
  title: Findings
  do: complete_checklist
  for: assessment
  items:
    - id: danger
      ask: Is anyone in danger?
      type: yes_no
      required: true
      submit: on_answer
    - id: income
      ask: Income
      type: money
    - id: consent
      ask: May we pass this on?
      type: consent
      valid_for: 3 months
- id: after
  title: After
  do: calculate
  needs: [findings.danger]
  value: = count(inputs.client.household_members)
"""


def begin(bench: Bench, steps: str = STEPS) -> HumanTask:
    with_case(bench, steps)
    if "assessment" in steps:
        bench.run("assessment")
    assert bench.run("findings") == Waiting(WaitsFor.PEOPLE)
    return bench.tasks()[0]


def answer(bench: Bench, task: HumanTask, **answers: object) -> None:
    values = validate_answers(task.form, answers, {}, now=bench.now, partial=True)
    by = task.assignee_id
    keep_answers(bench.session, task, values, Given(by, bench.now, AnswerSource.CLIENT))


def test_its_questions_stand_in_the_form_of_the_other_steps_task(bench: Bench) -> None:
    task = begin(bench)
    assert len(bench.tasks()) == 1
    assert [(item["step"], item["id"]) for item in task.form] == [
        ("findings", "danger"),
        ("findings", "income"),
        ("findings", "consent"),
    ]
    assert bench.resume("findings") == Waiting(WaitsFor.PEOPLE)


def test_an_answer_can_be_read_before_the_form_is_sent(bench: Bench) -> None:
    task = begin(bench)
    answer(bench, task, danger="doesnt_know")
    assert bench.read("findings", "danger") == "doesnt_know"


def test_it_ends_when_the_task_is_completed_with_who_and_when(bench: Bench) -> None:
    task = begin(bench)
    answer(bench, task, danger="no", income="1200 USD")
    end(bench.session, task, TaskStatus.COMPLETED, MONDAY, by=task.assignee_id)
    bench.resume("findings")
    assert str(bench.read("findings", "income")) == "1200.00 USD"
    assert bench.read("findings", "completed_by", "name") == "Worker"
    assert bench.read("findings", "completed_at") == MONDAY
    assert repr(bench.read("findings", "consent")) == "MISSING"


def test_a_refusal_is_kept_and_read_as_missing_not_as_no(bench: Bench) -> None:
    task = begin(bench)
    answer(bench, task, income="prefers_not_to_answer")
    (kept,) = current_answers(bench.session, task).values()
    assert (kept.value, kept.source, kept.answered_by) == (
        {"no_answer": "prefers_not_to_answer"},
        AnswerSource.CLIENT,
        task.assignee_id,
    )
    assert repr(bench.read("findings", "income")) == "MISSING"


def test_a_consent_makes_a_record_for_so_long(bench: Bench) -> None:
    task = begin(bench)
    answer(bench, task, consent="yes")
    (consent,) = bench.all(Consent)
    assert consent.case_id == bench.instance.case_id
    assert (consent.purpose, consent.recipients) == ("May we pass this on?", ["services"])
    assert consent.given_by == "Ana Ruiz"
    assert consent.expires_at.date().isoformat() == "2026-06-02"
    assert bench.read("findings", "consent", "id") == consent.id


def test_a_consent_that_is_taken_back_is_withdrawn_and_one_given_again_is_another(bench: Bench) -> None:
    task = begin(bench)
    answer(bench, task, consent="yes")
    answer(bench, task, consent="yes")
    answer(bench, task, consent="no")
    answer(bench, task, consent="yes")
    first, second = bench.all(Consent)
    assert (first.withdrawn_at, second.withdrawn_at) == (MONDAY, None)
    assert bench.read("findings", "consent", "id") == second.id


def test_an_answer_that_is_given_again_differently_supersedes(bench: Bench) -> None:
    task = begin(bench)
    answer(bench, task, danger="no")
    (first,) = current_answers(bench.session, task).values()
    answer(bench, task, danger="no")
    answer(bench, task, danger="yes")
    (second,) = current_answers(bench.session, task).values()
    assert (second.value, second.supersedes_id, first.superseded_at) == ("yes", first.id, MONDAY)
    assert bench.read("findings", "danger") == "yes"


def test_without_a_task_to_stand_on_it_makes_one_for_the_same_person(bench: Bench) -> None:
    with_case(bench, STEPS)
    bench.run("assessment")
    end(bench.session, bench.tasks()[0], TaskStatus.COMPLETED, MONDAY)
    bench.run("findings")
    own = bench.tasks()[1]
    assert (own.kind, own.assignee_id, len(own.form)) == (TaskKind.CHECKLIST, bench.tasks()[0].assignee_id, 3)


def test_a_checklist_for_a_person_makes_its_own_task(bench: Bench) -> None:
    steps = STEPS[STEPS.index("- id: findings") :].replace("for: assessment", "to: group referral_team")
    task = begin(bench, steps)
    assert (task.kind, task.candidate_group) == (TaskKind.CHECKLIST, "referral_team")


def test_when_its_task_was_begun_anew_the_questions_move_there(bench: Bench) -> None:
    old = begin(bench)
    withdraw(bench.session, bench.call("assessment").run.id, "begun anew", MONDAY)
    bench.again("assessment")
    bench.run("assessment")
    new = bench.tasks()[1]
    assert bench.resume("findings") == Waiting(WaitsFor.PEOPLE)
    assert old.status is TaskStatus.CANCELLED
    assert [item["id"] for item in new.form] == ["danger", "income", "consent"]


def test_when_a_person_ended_its_task_it_failed(bench: Bench) -> None:
    task = begin(bench)
    end(bench.session, task, TaskStatus.CANCELLED, MONDAY, reason="moved away")
    with pytest.raises(DefiniteFailure):
        bench.resume("findings")


def test_a_superseded_checklist_takes_its_questions_out_of_the_form(bench: Bench) -> None:
    task = begin(bench)
    call = bench.call("findings")
    withdraws = load_kinds()["complete_checklist"].withdraws
    assert withdraws is not None
    withdraws(call, call.step.arguments)
    assert task.form == []
    assert task.status is TaskStatus.REQUESTED


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ("for: assessment\n  to: caseworker", "either `for` or `to`"),
        ("hint: x\n  to: caseworker", "hint"),
        ("for: nothing", "nothing"),
        ("to: client", "`client` can't be given a task"),
    ],
)
def test_the_checker_says_what_is_wrong_with_a_checklist(keys: str, message: str) -> None:
    told = faults(STEPS.replace("for: assessment", keys))
    assert any(message in each for each in told), told


def test_an_item_that_the_task_has_already_is_refused() -> None:
    own = "ends: created\n  items: [{id: danger, ask: Danger?, type: yes_no}]"
    steps = STEPS.replace("ends: created", own)
    told = faults(steps)
    assert any("`assessment` has an item `danger` already" in each for each in told), told


def test_a_checklist_on_a_step_without_a_task_is_refused() -> None:
    more = """
- id: more
  title: More
  do: complete_checklist
  for: findings
  items: [{id: x, ask: X, type: text}]
"""
    steps = STEPS + more
    told = faults(steps)
    assert any("`findings` has no task that a form could be on" in each for each in told), told


def test_it_says_in_words_what_is_asked_where(bench: Bench) -> None:
    begin(bench)
    step = bench.plan.step("findings")
    assert step.kind.explain is not None
    assert step.kind.explain(step.arguments) == [
        "Asks, in a form on the task of `assessment`: Is anyone in danger?; Income; May we pass this on?",
        "Must be answered, and not knowing is an answer: Is anyone in danger?",
        "`danger` counts as soon as it is answered.",
    ]
