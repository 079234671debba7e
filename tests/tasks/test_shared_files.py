"""Scorecards and checklists that processes share by name: positions, hash, materials, filling, running."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from step_bench import HEADER, Bench, catalogue

from definitions import Plan, check, check_shared, from_materials, materials, parse, render, shared_of
from definitions.catalogue import Catalogue
from models import ChecklistAnswer, HumanTask, Score, StepStatus, TaskKind
from tasks.records.record_catalogue import record_types

CARD = """\
scorecard: hardship
title: Hardship
inputs:
  home:
    type: choice
    title: Home
    options: {stable: Stable, street: On the street}
  health:
    type: yes_no
    title: Ill
  debts:
    type: yes_no
    title: Debts
    required: false
items:
  home:
    of: = inputs.home
    points: {stable: 0, street: 2, prefers_not_to_answer: 1}
  health:
    of: = inputs.health
    points: {"yes": 1, "no": 0}
bands: {low: 0 to 1, high: 2 and over}
"""
LIST = """\
checklist: first-talk
title: First talk
items:
  - id: home
    ask: Where does the client live?
    type: choice
    options: {stable: Stable, street: On the street}
  - id: health
    ask: Ill?
    type: yes_no
    submit: on_answer
"""
STEPS = """\
  - id: profile
    title: Profile
    do: fetch_record
    record: Client
    match: {id: = inputs.client.id}
  - id: case
    title: Open the case
    do: create_record
    record: Case
    set: {client: = profile.id}
  - id: form
    title: First talk
    do: complete_checklist
    to: caseworker
    checklist: first-talk
  - id: rating
    title: Rating
    do: score
    scorecard: hardship
    from: = form
"""


def shared(card: str = CARD, items: str = LIST) -> Catalogue:
    files = [
        parse(card.encode(), "scorecards/hardship.yaml"),
        parse(items.encode(), "checklists/first-talk.yaml"),
    ]
    return replace(catalogue(), shared=shared_of(files))


def found(steps: str = STEPS, known: Catalogue | None = None) -> list[str]:
    checked = check(parse((HEADER + steps).encode(), "try-it.yaml"), known or shared())
    return [render(each) for each in checked.diagnostics]


def plan(known: Catalogue | None = None, steps: str = STEPS) -> Plan:
    checked = check(parse((HEADER + steps).encode(), "try-it.yaml"), known or shared())
    assert checked.plan is not None, "\n".join(render(each) for each in checked.diagnostics)
    return checked.plan


def test_a_step_takes_its_questions_and_its_card_from_shared_files() -> None:
    made = plan()
    assert [item.id for item in made.step("form").arguments.items] == ["home", "health"]  # type: ignore[attr-defined]
    assert set(made.shared) == {("scorecard", "hardship"), ("checklist", "first-talk")}


TASK = STEPS.replace("do: complete_checklist", "do: assign_task")


def test_a_task_takes_the_questions_of_the_same_checklist() -> None:
    made = plan(steps=TASK)
    assert [item.id for item in made.step("form").arguments.items] == ["home", "health"]  # type: ignore[attr-defined]
    assert ("checklist", "first-talk") in made.shared
    known = shared(items=LIST.replace("home", "task"))
    assert any("checklists/first-talk.yaml:4:9" in each and "CW226" in each for each in found(TASK, known))
    both = "    items: [{id: a, ask: A, type: text}]\n    checklist: "
    beside = "\n".join(found(TASK.replace("    checklist: ", both)))
    assert "leave out `items`, or `checklist`" in beside


def test_two_forms_on_one_task_do_not_ask_the_same_questions() -> None:
    again = "  - {id: more, title: More, do: complete_checklist, for: form, checklist: first-talk}\n"
    asked_on = TASK.replace("to: caseworker\n", "to: caseworker\n    ends: created\n")
    told = [each for each in found(asked_on + again) if "CW226" in each]
    assert len(told) == 2
    assert all("try-it.yaml" in each and "`form` has an item" in each for each in told)


def test_an_item_of_a_shared_checklist_can_be_needed_as_soon_as_it_is_answered() -> None:
    early = (
        STEPS
        + "  - id: warn\n    title: W\n    do: calculate\n    needs: [form.health]\n"
        + "    value: = form.health\n"
    )
    assert found(early) == []


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        ("= inputs.home\n", "= inputs.hom\n", "scorecards/hardship.yaml:17:18", "has no `hom`"),
        ("street: 2", "stret: 2", "scorecards/hardship.yaml:18:", "there is no answer `stret`"),
        ("2 and over", "3 and over", "scorecards/hardship.yaml:22:1", "no band holds 2"),
        ("bands:", "bandz:", "scorecards/hardship.yaml:22:1", "unknown key `bandz`"),
        (
            "= inputs.home\n",
            "= profile.language\n",
            "scorecards/hardship.yaml:17:11",
            "`profile` is not known",
        ),
        (
            "type: yes_no\n    title: Ill",
            "type: yesno\n    title: Ill",
            "scorecards/hardship.yaml:9:11",
            "yesno",
        ),
        (
            "card: hardship",
            "card: Hard Ship",
            "scorecards/hardship.yaml:1:12",
            "is not the name of a scorecard",
        ),
    ],
)
def test_a_fault_of_a_shared_card_stands_at_its_own_place(
    old: str, new: str, place: str, problem: str
) -> None:
    assert old in CARD
    document = parse(CARD.replace(old, new).encode(), "scorecards/hardship.yaml")
    by_itself = "\n".join(render(each) for each in check_shared(document, catalogue()))
    assert place in by_itself
    assert problem in by_itself
    if "Hard Ship" not in new:
        assert any(place in each and problem in each for each in found(known=shared(CARD.replace(old, new))))


def test_a_fault_of_a_shared_checklist_stands_at_its_own_place() -> None:
    broken = LIST.replace("yes_no", "yes-no")
    assert any("checklists/first-talk.yaml:10:11" in each for each in found(known=shared(items=broken)))
    document = parse(broken.encode(), "checklists/first-talk.yaml")
    assert [each.span.line for each in check_shared(document, catalogue())] == [10]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("scorecard: hardship", "scorecard: hardshp", "there is no scorecard `hardshp`"),
        ("checklist: first-talk", "checklist: last-talk", "there is no checklist `last-talk`"),
        ("    from: = form\n", "", "input `home` is not given"),
        (
            "from: = form\n",
            "inputs: {home: = form.home, health: = form.health, hom: 1}\n",
            "no input of the scorecard `hom`",
        ),
        ("from: = form\n", "from: = form\n    inputs: {home: = form.health}\n", "a yes/no answer"),
        ("from: = form\n", "from: = form.home\n", "takes the answers of a step"),
        (
            "from: = form\n",
            "from: = form\n    bands: {low: 0 and over}\n",
            "a shared scorecard has `bands` of its own",
        ),
        ("scorecard: hardship\n", "bands: {low: 0 and over}\n", "`from` fills a shared scorecard"),
        (
            "checklist: first-talk\n",
            "checklist: first-talk\n    items: [{id: a, ask: A, type: text}]\n",
            "leave out `items`",
        ),
        ("    checklist: first-talk\n", "", "the key `items` is missing"),
    ],
)
def test_a_wrong_use_of_shared_files_is_told(old: str, new: str, problem: str) -> None:
    assert old in STEPS
    assert problem in "\n".join(found(STEPS.replace(old, new)))


def test_the_hash_has_the_shared_files_that_are_used_and_no_others() -> None:
    known = shared()
    other = parse(CARD.replace("hardship", "other").encode(), "scorecards/other.yaml")
    more = replace(known, shared={**known.shared, ("scorecard", "other"): other})
    assert plan(known).hash == plan(more).hash
    assert plan(known).hash != plan(shared(CARD.replace("street: 2", "street: 3"))).hash
    assert plan(known).hash != plan(shared(items=LIST.replace("Ill?", "Unwell?"))).hash


def test_a_published_version_goes_on_with_the_files_that_it_was_published_with() -> None:
    made = plan()
    kept = materials(made)
    changed: Mapping[str, object] = shared(CARD.replace("street: 2", "street: 3")).shared
    again = from_materials(
        made.source, made.file, kept, catalogue().kinds, record_types(), catalogue().processes
    )
    assert changed
    assert again.hash == made.hash
    assert again.step("rating").arguments.card == made.step("rating").arguments.card  # type: ignore[attr-defined]


def test_value_sets_that_only_a_shared_file_names_belong_to_the_version() -> None:
    items = LIST + "  - id: needs\n    ask: Needs\n    type: choices\n    options: categories of referral\n"
    assert "categories of referral" in plan(shared(items=items)).vocabulary.value_sets


@pytest.mark.parametrize(
    ("home", "points", "band"),
    [("street", 2, "high"), ({"no_answer": "prefers_not_to_answer"}, 1, "low"), (None, None, "high")],
)
def test_a_shared_card_scores_the_answers_of_a_form(
    bench: Bench, home: object, points: int | None, band: str
) -> None:
    bench.shared = shared().shared
    bench.start(STEPS, client=bench.client().id, received_at=bench.now)
    bench.run("profile")
    bench.run("case")
    run = bench.call("form").run
    task = HumanTask(
        kind=TaskKind.CHECKLIST, title="Q", instance_id=bench.instance.id, step="form", created_at=bench.now
    )
    given = {"home": home, "health": "no"}
    rows = [
        ChecklistAnswer(task_id=task.id, step="form", item=item, value=value, answered_at=bench.now)
        for item, value in given.items()
        if value is not None
    ]
    bench.session.add_all([task, *rows])
    run.status = StepStatus.COMPLETED
    bench.session.flush()
    output = bench.run("rating")
    assert (output.items["home"], output.band) == (points, band)  # type: ignore[union-attr]
    kept = {each["item"]: each for each in bench.all(Score)[0].items}
    assert kept["home"]["points"] == points
