from __future__ import annotations

from collections.abc import Callable

import pytest

from definitions.catalogue import Catalogue
from definitions.checker import Checked, check
from definitions.source import parse

Check = Callable[..., Checked]

FORM = """
id: form
title: Form
do: ask
to: caseworker
items:
  - {id: danger, submit: on_answer}
  - {id: housing}
"""
MAYBE = "{id: maybe, title: Maybe, do: say, when: form.housing is yes}"


def codes(found: Checked) -> list[str]:
    return [each.code for each in found.errors]


def test_an_output_of_a_step_that_may_be_skipped_is_not_simply_read(checked: Check) -> None:
    found = checked(FORM, MAYBE, "{id: c, title: C, do: say, anything: = maybe.words}")
    assert codes(found) == ["CW337"]
    assert "absent" in found.errors[0].message


@pytest.mark.parametrize(
    "keys",
    [
        "when: form.housing is yes, anything: = maybe.words",
        "when: form.danger is no and form.housing is yes, anything: = maybe.words",
        "when: maybe.words is known, anything: = maybe.words",
        "when: maybe.words is known",
        'anything: "= coalesce(maybe.words, form.completed_by.name)"',
        "needs: [maybe], anything: = maybe.words",
    ],
    ids=["same condition", "condition as a part", "is known", "asking", "coalesce", "its only need"],
)
def test_ways_to_read_what_may_be_absent(checked: Check, keys: str) -> None:
    assert codes(checked(FORM, MAYBE, f"{{id: c, title: C, do: say, {keys}}}")) == []


@pytest.mark.parametrize(
    "keys",
    [
        "when: form.housing is no, anything: = maybe.words",
        "when: form.housing is yes or form.danger is yes, anything: = maybe.words",
        "needs: [maybe, form], anything: = maybe.words",
    ],
    ids=["another condition", "only one of two", "another need too"],
)
def test_what_does_not_guard(checked: Check, keys: str) -> None:
    assert codes(checked(FORM, MAYBE, f"{{id: c, title: C, do: say, {keys}}}")) == ["CW337"]


def test_a_guard_counts_in_what_the_step_needs(checked: Check) -> None:
    found = checked(
        FORM,
        MAYBE,
        "{id: c, title: C, do: say, when: form.housing is yes}",
        "{id: d, title: D, do: say, needs: [c], anything: = maybe.words}",
    )
    assert codes(found) == []


def test_a_step_skipped_with_its_needs_may_be_absent_too(checked: Check) -> None:
    found = checked(
        FORM,
        MAYBE,
        "{id: c, title: C, do: say, needs: [maybe]}",
        "{id: d, title: D, do: say, needs: [form], anything: = form.danger}",
        "{id: e, title: E, do: say, anything: = c.words}",
    )
    assert [(each.code, each.span.line) for each in found.errors] == [("CW533", 19)]
    found = checked(
        FORM,
        MAYBE,
        "{id: c, title: C, do: say, needs: [maybe]}",
        "{id: e, title: E, do: say, anything: = c.words}",
    )
    assert codes(found) == ["CW337"]


def test_the_steps_own_condition_is_read_before_it_holds(checked: Check) -> None:
    found = checked(FORM, MAYBE, '{id: c, title: C, do: say, when: maybe.words is "x"}')
    assert codes(found) == ["CW337"]


def test_a_kind_that_can_skip_itself_makes_its_output_absent(checked: Check) -> None:
    found = checked(
        "{id: person, title: P, do: fetch, record: Client, none: skip}",
        "{id: c, title: C, do: say, anything: = person.given_name}",
    )
    assert codes(found) == ["CW337"]


def test_a_rule_guards_the_value_beside_it(checked: Check) -> None:
    rules = """
    id: c
    title: C
    do: say
    amount:
      first:
        - {when: maybe.count is known, use: = maybe.count}
      otherwise: 0
    """
    assert codes(checked(FORM, MAYBE, rules)) == []


def test_the_outputs_of_the_process_may_be_absent(checked: Check) -> None:
    header = "process: small\ntitle: Small\npurpose: P\nowner: intake_team\noutputs: {words: = maybe.words}\n"
    assert codes(checked(FORM, MAYBE, header=header)) == ["CW337"]
    assert codes(checked(FORM, MAYBE, header=header.replace("maybe.words", "form.danger"))) == []


@pytest.mark.parametrize(
    "condition",
    ["inputs.client.interpreter is yes", "inputs.client.given_name is known", "inputs.received_at < now()"],
    ids=["a field", "a field that is there", "the clock"],
)
def test_a_condition_that_may_change_between_two_readings_proves_nothing(
    checked: Check, condition: str
) -> None:
    maybe = f"{{id: maybe, title: Maybe, do: say, when: {condition}}}"
    again = f"{{id: c, title: C, do: say, when: {condition}, anything: = maybe.words}}"
    assert codes(checked(FORM, maybe, again)) == ["CW337"]
    behind = "{id: c, title: C, do: say, needs: [maybe], anything: = maybe.words}"
    assert codes(checked(FORM, maybe, behind)) == []
    asked = (
        f"{{id: c, title: C, do: say, when: {condition} and maybe.words is known, anything: = maybe.words}}"
    )
    assert codes(checked(FORM, maybe, asked)) == []


def test_an_input_and_whether_a_record_is_there_prove_what_they_proved(checked: Check) -> None:
    for condition in ("inputs.received_at is known", "inputs.client is known"):
        maybe = f"{{id: maybe, title: Maybe, do: say, when: {condition}}}"
        again = f"{{id: c, title: C, do: say, when: {condition}, anything: = maybe.words}}"
        assert codes(checked(maybe, again)) == []


CHOICE = """
id: way
title: Way
choose:
  - id: fast
    when: inputs.client.interpreter is yes
    steps:
      - {id: maybe, title: Maybe, do: say}
      - {id: inside, title: Inside, do: say, anything: = maybe.words}
otherwise: nothing
"""


def test_the_branches_of_a_block_are_chosen_once(checked: Check) -> None:
    assert codes(checked(CHOICE)) == []
    after = "{id: c, title: C, do: say, when: inputs.client.interpreter is yes, anything: = maybe.words}"
    assert codes(checked(CHOICE, after)) == ["CW337"]


ROUND = """
id: rounds
title: Rounds
repeat: {at_most: 3, until: talk.housing is yes}
steps:
  - {id: talk, title: Talk, do: ask, to: caseworker, items: [{id: housing}]}
  - {id: maybe, title: Maybe, do: say, when: previous_round.talk.housing is known}
  - {id: c, title: C, do: say, when: previous_round.talk.housing is known, anything: = maybe.words}
"""


def test_the_round_before_is_the_same_in_the_whole_round(checked: Check) -> None:
    assert codes(checked(ROUND)) == []


def test_a_published_version_runs_on_with_the_proof_that_it_had(
    catalogue: Catalogue, definition: Callable[..., str]
) -> None:
    condition = "inputs.client.interpreter is yes"
    maybe = f"{{id: maybe, title: Maybe, do: say, when: {condition}}}"
    again = f"{{id: c, title: C, do: say, when: {condition}, anything: = maybe.words}}"
    document = parse(definition(maybe, again).encode(), "small.yaml")
    assert [each.code for each in check(document, catalogue).errors] == ["CW337"]
    assert check(document, catalogue, published=True).plan is not None
