from __future__ import annotations

from collections.abc import Callable

import pytest

from definitions.checker import Checked

Check = Callable[..., Checked]


def only(found: Checked) -> tuple[str, str]:
    """The code of the one problem and the text that its caret stands under."""
    assert len(found.diagnostics) == 1, [each.message for each in found.diagnostics]
    fault = found.diagnostics[0]
    return fault.code, fault.source_line[fault.span.column - 1 : fault.span.end_column - 1]


def say(keys: str) -> str:
    return f"{{id: a, title: A, do: say, {keys}}}"


@pytest.mark.parametrize(
    ("keys", "code", "marked"),
    [
        ("anything: = inputs.cleint", "CW322", "cleint"),
        ("anything: = nobody.name", "CW321", "nobody"),
        ("anything: = inputs.client.age", "CW322", "age"),
        ("when: inputs.client.interpreter", "CW331", "inputs.client.interpreter"),
        ("when: inputs.client.given_name > 3", "CW334", "inputs.client.given_name"),
        ("day: = inputs.received_at", "CW338", "inputs.received_at"),
        ("day: 2026-02-30", "CW403", "2026-02-30"),
        ("amount: many", "CW403", "many"),
        ("text: 'Hello {{ inputs.name }}'", "CW322", "name"),
        ("process: otter", "CW607", "otter"),
        ("once: inputs.client.needs", "CW332", "inputs.client.needs"),
    ],
)
def test_names_and_types_are_checked_where_they_stand(
    checked: Check, keys: str, code: str, marked: str
) -> None:
    assert only(checked(say(keys))) == (code, marked)


def test_literals_suit_their_place(checked: Check) -> None:
    found = checked(say("day: 2026-02-28, amount: 3, text: Hello, process: other, anything: yes"))
    assert found.diagnostics == ()


@pytest.mark.parametrize(
    ("value", "wrong"),
    [("activ", "activ"), ("= inputs.received_at", "inputs.received_at"), ("3", "3")],
)
def test_a_field_takes_values_of_its_type(checked: Check, value: str, wrong: str) -> None:
    found = checked(
        "{id: case, title: C, do: fetch, record: Case}",
        f"{{id: a, title: A, do: change, record: = case, set: {{status: {value}}}}}",
    )
    assert only(found)[1] == wrong


def test_an_unknown_field_is_marked_at_its_key(checked: Check) -> None:
    found = checked(
        "{id: case, title: C, do: fetch, record: Case}",
        "{id: a, title: A, do: change, record: = case, set: {stauts: active}}",
    )
    assert only(found) == ("CW602", "stauts")
    assert found.diagnostics[0].suggestion == "status"


def test_an_unknown_record_silences_what_is_read_from_it(checked: Check) -> None:
    found = checked(
        "{id: person, title: P, do: fetch, record: Cleint}",
        say("day: = person.date_of_birth, when: person.age > 3"),
    )
    assert only(found) == ("CW601", "Cleint")


def test_an_unknown_step_kind_silences_what_is_read_from_it(checked: Check) -> None:
    found = checked("{id: b, title: B, do: sayy, colour: red}", say("day: = b.date_of_birth"))
    assert only(found) == ("CW232", "sayy")
    assert found.diagnostics[0].suggestion == "say"


def test_broken_arguments_silence_what_is_read_from_them(checked: Check) -> None:
    found = checked(
        "{id: form, title: F, do: ask, to: caseworker, items: [{id: seen, type: yesno}, {idd: x}]}",
        say("when: form.x is yes"),
    )
    assert [each.code for each in found.errors] == ["CW204", "CW202", "CW201"]


@pytest.mark.parametrize(
    ("to", "code", "marked"),
    [
        ("casworker", "CW606", "casworker"),
        ("client or gardian", "CW606", "gardian"),
        ("intake_team", "CW606", "intake_team"),
        ("group intak_team", "CW605", "intak_team"),
        ("= inputs.received_at", "CW405", "inputs.received_at"),
        ("client or guardian and caseworker", "CW218", "client or guardian and caseworker"),
    ],
)
def test_recipients_are_people(checked: Check, to: str, code: str, marked: str) -> None:
    assert only(checked(f"{{id: a, title: A, do: ask, to: {to}}}")) == (code, marked)


@pytest.mark.parametrize(
    "to", ["caseworker", "client or guardian", "group referral_team", "= inputs.client", "manager"]
)
def test_people_who_exist(checked: Check, to: str) -> None:
    assert checked(f"{{id: a, title: A, do: ask, to: {to}}}").diagnostics == ()


def test_a_group_without_the_word_gets_advice(checked: Check) -> None:
    found = checked("{id: a, title: A, do: ask, to: intake_team}")
    assert "group intake_team" in str(found.diagnostics[0].advice)


def test_a_template_exists_in_every_language(checked: Check) -> None:
    assert only(checked("{id: a, title: A, do: tell, to: client, template: safty_alert}")) == (
        "CW603",
        "safty_alert",
    )
    found = checked("{id: a, title: A, do: tell, to: client, template: half}")
    assert only(found) == ("CW604", "half")
    assert "`es`" in found.diagnostics[0].message
    assert checked("{id: a, title: A, do: tell, to: client, template: safety_alert}").diagnostics == ()


def test_a_loop_goes_over_several_and_its_name_is_read(checked: Check) -> None:
    found = checked(
        "{id: a, title: A, do: say, for_each: {need: = inputs.client.needs}, anything: = need}",
        """
        id: b
        title: B
        do: say
        for_each: {said: = a.each}
        when: a.each is known
        text: "{{ said.words }} for {{ said.need }}"
        """,
    )
    assert found.diagnostics == ()


@pytest.mark.parametrize(
    ("loop", "code"),
    [
        ("{need: = inputs.client.given_name}", "CW404"),
        ("{client: = inputs.client.needs}", "CW224"),
        ("{a: = inputs.client.needs}", "CW226"),
        ("{one: = inputs.client.needs, two: = inputs.client.needs}", "CW208"),
    ],
)
def test_loops_that_cannot_be(checked: Check, loop: str, code: str) -> None:
    assert only(checked(f"{{id: a, title: A, do: say, for_each: {loop}}}"))[0] == code


@pytest.mark.parametrize(
    ("save", "code"),
    [
        ("{to: priority}", "CW406"),
        ("{to: inputs.client.date_of_birth}", "CW403"),
        ("{to: inputs.client.colour}", "CW602"),
        ("{to: inputs.received_at.day}", "CW406"),
        ("{to: inputs.client.given_name, output: wrods}", "CW407"),
        ("{to: nobody.given_name}", "CW321"),
    ],
)
def test_what_is_saved_goes_into_a_field_of_its_type(checked: Check, save: str, code: str) -> None:
    assert only(checked(say(f"save: {save}")))[0] == code


def test_a_saved_output_is_linked(checked: Check) -> None:
    plan = checked(say("save: {to: inputs.client.given_name}")).plan
    assert plan is not None
    assert plan.steps[0].save is not None
    assert (plan.steps[0].save.owner, plan.steps[0].save.field, plan.steps[0].save.output) == (
        ("inputs", "client"),
        "given_name",
        "words",
    )


def test_an_option_with_the_name_of_a_later_step_is_an_option(checked: Check) -> None:
    found = checked(
        "{id: case, title: C, do: fetch, record: Case}",
        "{id: a, title: A, do: say, when: case.status is active}",
        "{id: active, title: Active, do: say}",
    )
    assert found.diagnostics == ()
