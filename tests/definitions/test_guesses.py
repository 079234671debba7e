"""What people type who have not read the page: one message each, which says what to write instead."""

from textwrap import indent

import pytest
from scenario_texts import checked
from step_bench import faults

ASKING = """\
- id: form
  title: Form
  do: complete_checklist
  to: {to}
  items:
    - id: kind
      ask: Kind?
      type: {type}
      required: {required}
      options: {options}
"""
RIGHT = {"to": "caseworker", "type": "choice", "required": "true", "options": "{a: A, b: B}"}
TASK = "- {{id: one, title: One, do: assign_task, to: caseworker, {key}}}\n"


@pytest.mark.parametrize(
    ("key", "guess", "told", "instead"),
    [
        ("to", "the caseworker", "`the caseworker` names nobody", 'did you mean "caseworker"?'),
        ("required", "yes", "true or false belongs here", "write `true`"),
        ("required", "off", "true or false belongs here", "write `false`"),
        ("options", "[a, b]", "a group of keys or text belongs here", "give each code its title: `a: TITLE`"),
        ("type", "radio", "no type of an item `radio`", 'did you mean "choice"?'),
    ],
)
def test_a_guess_about_a_form_is_told_once(key: str, guess: str, told: str, instead: str) -> None:
    (message,) = faults(ASKING.format(**{**RIGHT, key: guess}))
    assert told in message
    assert instead in message


def test_several_files_have_no_options_and_are_counted_as_a_list() -> None:
    (told,) = faults(ASKING.format(**{**RIGHT, "type": "files"}))
    assert "a file has no `options`" in told
    asked = ASKING.replace("      options: {options}\n", "").format(**{**RIGHT, "type": "files"})
    then = "- {{id: next, title: Next, do: assign_task, to: caseworker, when: {when}}}\n"
    for when in ("count(form.kind) > 1", "form.kind is known"):
        assert not faults(asked + then.format(when=when)), when
    (told,) = faults(asked + then.format(when="form.kind > 1"))
    assert "StoredFile" in told


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("boolean", "yes_no"),
        ("string", "text"),
        ("integer", "number"),
        ("bool", "yes_no"),
        ("photos", "files"),
    ],
)
def test_types_that_are_called_otherwise_elsewhere_are_known(word: str, meant: str) -> None:
    told = faults(ASKING.format(**{**RIGHT, "type": word}).replace("      options: {a: A, b: B}\n", ""))
    assert any(f'did you mean "{meant}"?' in each for each in told)


@pytest.mark.parametrize(
    ("key", "told", "instead"),
    [
        ('due: "= inputs.received_at"', "it takes no `=`", "`0 hours from inputs.received_at`"),
        ("for_each: inputs.client.cases", "a group of keys", "`for_each: {one: = inputs.client.cases}`"),
        ("due: 1 day, remind: 1 hour before due", "a list belongs here", "write `[1 hour before due]`"),
        ("due: 1 day, escalate: {overdue: 1 day, to: supervisor}", "a list belongs here", "`- overdue: ...`"),
        ("due: 5 business days, remind: [1 day before due]", "`business days` is not", '"working days"'),
    ],
)
def test_a_guess_about_a_task_is_told_once(key: str, told: str, instead: str) -> None:
    (message,) = faults(TASK.format(key=key))
    assert told in message
    assert instead in message


def test_a_guess_about_an_expectation_is_told_once() -> None:
    acts = "- expect: completed\n- people: visit_task\n"
    text = "process: welfare-check\nscenarios:\n  - name: one\n    acts:\n" + indent(acts, "      ")
    told = [each for each in checked(text).diagnostics if each.code != "CW913"]
    assert [each.code for each in told] == ["CW203", "CW203"]
    assert told[0].advice == "say of what: `expect: {process: completed}`"
