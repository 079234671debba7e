from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from definitions.catalogue import Catalogue
from definitions.checker import Checked, check
from definitions.source import parse

Check = Callable[..., Checked]

HEADER = "process: small\ntitle: Small\npurpose: P\nowner: intake_team\n"


def only(found: Checked) -> tuple[str, str]:
    assert len(found.diagnostics) == 1, [each.message for each in found.diagnostics]
    fault = found.diagnostics[0]
    return fault.code, fault.source_line[fault.span.column - 1 : fault.span.end_column - 1]


def ask(keys: str) -> str:
    return f"{{id: a, title: A, do: ask, to: caseworker, {keys}}}"


@pytest.mark.parametrize(
    ("keys", "code", "marked"),
    [
        ("when: inputs.client.interpreter is yes, once: inputs.client.interpreter is yes", "CW208", "once"),
        ("deadline: {after: 3 days, then: {assign: supervisor}}", "CW209", "deadline"),
        ("escalate: [{overdue: 1 day, to: supervisor}]", "CW209", "escalate"),
        ("remind: [1 day before due]", "CW538", "due"),
        ("due: 1 day before due", "CW538", "due"),
        ("book_by: 1 day before due", "CW538", "due"),
        ("due: 3 days from inputs.client", "CW537", "inputs.client"),
        ("due: 3 days from inputs.client.birthday", "CW322", "birthday"),
        ("due: -1 days", "CW502", "-1"),
        ("due: 1000000000 days", "CW504", "1000000000"),
        ("due: 3", "CW217", "3"),
        (
            "due: 3 days, escalate: [{overdue: 1 day from inputs.received_at, to: manager}]",
            "CW539",
            "inputs.received_at",
        ),
        ("retry: {attempts: 3, wait: 1 day before due}", "CW539", "due"),
        ("retry: {attempts: 0, wait: 1 minute}", "CW205", "0"),
        ("ends: booket", "CW231", "booket"),
        ("otherwise: {assign: nobody}", "CW606", "nobody"),
        ("otherwise: {assign: manager, title: 'Call {{ inputs.cleint }}'}", "CW322", "cleint"),
        ("otherwise: {assign: manager, approve: yes}", "CW541", "approve"),
        ("priority: urgent", "CW204", "urgent"),
        ("otherwise: {assign: client}", "CW405", "client"),
        ("otherwise: {assign: = inputs.client}", "CW405", "inputs.client"),
        ("due: ~", "CW203", "~"),
        ("remind: [1 day before due, ~], due: 3 days", "CW203", "~"),
        ("undo: []", "CW203", "undo"),
        ("milestone: 3", "CW207", "milestone"),
        ("version: 3", "CW201", "version"),
        ("tittle: x", "CW201", "tittle"),
        ("remind: 1 day before due", "CW203", "1 day before due"),
        ("when: = inputs.client.interpreter is yes", "CW214", "= inputs.client.interpreter is yes"),
        ("when: 3", "CW213", "3"),
    ],
)
def test_keys_of_every_step(checked: Check, keys: str, code: str, marked: str) -> None:
    assert only(checked(ask(keys))) == (code, marked)


@pytest.mark.parametrize("then", ["approve", "{approve: yes}", "{set: active}"])
def test_time_decides_nothing(checked: Check, then: str) -> None:
    found = checked(ask(f"once: inputs.client.interpreter is yes, deadline: {{after: 3 days, then: {then}}}"))
    assert "CW541" in [each.code for each in found.errors]


def test_keys_that_a_kind_does_not_honour(checked: Check) -> None:
    found = checked("{id: a, title: A, do: say, due: 3 days, ends: sent}")
    assert [each.code for each in found.diagnostics] == ["CW230", "CW231"]
    found = checked("{id: a, title: A, do: tell, to: client, template: safety_alert, due: 3 days}")
    assert only(found) == ("CW230", "due")
    assert found.diagnostics[0].allowed == ("otherwise", "priority")


def test_a_full_frame_is_linked(checked: Check) -> None:
    plan = checked(
        """
        id: a
        title: A
        do: ask
        to: caseworker
        once: inputs.client.interpreter is yes
        deadline: {after: 45 working days from inputs.received_at, then: {assign: supervisor}}
        due: 10 working days from inputs.received_at
        remind: [2 working days before due, 3 days from inputs.received_at]
        escalate: [{overdue: 0 hours, to: supervisor}]
        not_accepted: [{after: 15 minutes, to: duty_manager}]
        otherwise: {after: 10 minutes, assign: manager, title: "Call {{ inputs.client.given_name }}"}
        retry: {attempts: 3, wait: 1 minute}
        priority: critical
        """
    ).plan
    assert plan is not None
    step = plan.step("a")
    assert (step.ends, step.critical, step.index) == ("completed", True, 0)
    assert len(step.remind) == 2
    assert step.position == "small.yaml:9:5"


def test_ids_are_lower_snake_case(checked: Check) -> None:
    def faults(text: str) -> tuple[str, str | None]:
        found = checked(f"{{id: {text}, title: A, do: say}}")
        assert len(found.diagnostics) == 1
        return found.diagnostics[0].code, found.diagnostics[0].suggestion

    assert faults("safety-alert") == ("CW221", "safety_alert")
    assert faults("SafetyAlert") == ("CW220", "safety_alert")
    assert faults("Safety alert") == ("CW220", "safety_alert")
    assert faults("_alert") == ("CW220", "alert")
    assert faults("a__b") == ("CW220", "a_b")
    assert faults("class") == ("CW222", None)
    assert faults("inputs") == ("CW222", None)
    assert faults("count") == ("CW223", None)
    assert faults("caseworker") == ("CW224", None)
    assert faults("clіent") == ("CW225", None)
    assert faults("x" * 61)[0] == "CW220"


def test_a_letter_that_only_looks_right_is_named(checked: Check) -> None:
    found = checked("{id: clіent, title: A, do: say}")
    assert "U+0456 CYRILLIC SMALL LETTER BYELORUSSIAN-UKRAINIAN I" in found.diagnostics[0].message


def test_a_repeated_id_names_both_places(checked: Check) -> None:
    found = checked("{id: a, title: A, do: say}", "{id: b, title: B, do: say}", "{id: a, title: C, do: say}")
    assert only(found) == ("CW226", "a")
    assert [span.line for span, _ in found.diagnostics[0].related] == [9]


def test_missing_keys_of_steps_are_reported_together_with_the_rest(checked: Check) -> None:
    found = checked("{do: say, anything: = inputs.x}", "{id: b, title: 3}", "just text")
    assert [each.code for each in found.diagnostics] == ["CW202", "CW202", "CW322", "CW202", "CW203", "CW203"]


@pytest.mark.parametrize(
    ("header", "steps", "codes"),
    [
        ("process: Small\ntitle: S\npurpose: P\nowner: intake_team\n", True, ["CW227"]),
        ("process: small\ntitle: S\npurpose: P\nowner: intake-team\n", True, ["CW605"]),
        ("title: S\npurpose: P\nowner: intake_team\n", True, ["CW202"]),
        (HEADER + "starts: each month\n", True, ["CW219"]),
        (HEADER + "calendar: offise\n", True, ["CW608"]),
        (HEADER + "references: [other, nowhere]\n", True, ["CW607"]),
        (HEADER + "version: 2\n", True, ["CW201"]),
        (HEADER + "inputs: {x: {type: Cleint, title: X}}\n", True, ["CW601"]),
        (HEADER + "inputs: {x: {type: txt, title: X}}\n", True, ["CW401"]),
        (HEADER + "inputs: {x: {type: choice, title: X}}\n", True, ["CW402"]),
        (HEADER + "inputs: {x: {type: text, title: X, options: {a: A}}}\n", True, ["CW402"]),
        (HEADER + "inputs: {x: {type: choice, title: X, options: categories of referal}}\n", True, ["CW609"]),
        (HEADER + "inputs: {X y: {type: text, title: X}}\n", True, ["CW220"]),
        (HEADER + "review_every: 1 year\n", True, ["CW506"]),
        (HEADER + "review_every: 1 month from inputs.x\n", True, ["CW539"]),
        (HEADER + "outputs: {result: = nobody.x}\n", True, ["CW321"]),
        (HEADER + "milestone: []\n", True, ["CW207"]),
        (HEADER + "scope: For {{ inputs.client }}\n", True, ["CW206"]),
        (HEADER + "calendar:\n", True, ["CW203"]),
        (HEADER + "outcomes: [Seen, missed, missed]\n", True, ["CW220", "CW226"]),
        (HEADER, False, ["CW210"]),
        (HEADER + "steps: []\n", False, ["CW210"]),
        (HEADER + "steps: {a: b}\n", False, ["CW210"]),
    ],
)
def test_headers(checked: Check, catalogue: object, header: str, steps: bool, codes: list[str]) -> None:
    from definitions.checker import check
    from definitions.source import parse

    if steps:
        found = checked("{id: a, title: A, do: say}", header=header)
    else:
        found = check(parse(header.encode(), "small.yaml"), catalogue)  # type: ignore[arg-type]
    assert [each.code for each in found.diagnostics] == codes


def test_inputs_that_could_not_be_read_silence_what_reads_them(checked: Check) -> None:
    header = HEADER + "inputs: {client: {type: Client, titel: X}}\n"
    found = checked("{id: a, title: A, do: say, anything: = inputs.client.nothing}", header=header)
    assert [each.code for each in found.diagnostics] == ["CW202", "CW201"]


@pytest.mark.parametrize("text", ["just text\n", "- a\n- b\n", "3\n"])
def test_a_file_that_is_no_definition(catalogue: object, text: str) -> None:
    from definitions.checker import check
    from definitions.source import parse

    found = check(parse(text.encode(), "x.yaml"), catalogue)  # type: ignore[arg-type]
    assert found.plan is None
    assert [each.code for each in found.diagnostics] == ["CW203"]


def test_too_many_steps_are_refused_at_once(checked: Check) -> None:
    found = checked(*(f"{{id: s{number}, title: S, do: say}}" for number in range(1500)))
    assert [each.code for each in found.diagnostics] == ["CW205"]


RETRY = "retry: {attempts: 3, wait: 10 minutes, "


@pytest.mark.parametrize(
    ("keys", "code", "marked"),
    [
        (RETRY + "factor: 0}", "CW205", "0"),
        (RETRY + "factor: 11}", "CW205", "11"),
        (RETRY + "factor: 1.5}", "CW203", "1.5"),
        (RETRY + "spread: 101}", "CW205", "101"),
        (RETRY + "longest: 1 hour}", "CW209", "longest"),
        (RETRY + "factor: 2, longest: 5 minutes}", "CW206", "5 minutes"),
        (RETRY + "factor: 2, longest: 1 day before due}", "CW539", "due"),
        (RETRY + "only: []}", "CW205", "only"),
        (RETRY + "only: [no_cace]}", "CW204", "no_cace"),
        (RETRY + "only: no_case}", "CW203", "no_case"),
        (RETRY + "backoff: 2}", "CW201", "backoff"),
        ("retry: {attempts: 3}", "CW202", "retry"),
        ("time_limit: 0 minutes", "CW206", "0 minutes"),
        ("time_limit: 1 day from inputs.received_at", "CW539", "inputs.received_at"),
        ("time_limit: 30", "CW217", "30"),
        ("timeout: 30 minutes", "CW201", "timeout"),
        ("otherwise: {assign: manager, after: 1 hour}, time_limit: 1 day", "CW208", "time_limit"),
    ],
)
def test_keys_about_trying_again_and_about_time(checked: Check, keys: str, code: str, marked: str) -> None:
    assert only(checked(ask(keys))) == (code, marked)


def test_everything_that_can_be_said_about_trying_again(checked: Check) -> None:
    keys = "factor: 2, longest: 1 hour, spread: 20, only: [no_case, unexpected]}, time_limit: 2 days"
    found = checked(ask(RETRY + keys))
    assert found.plan is not None
    step = found.plan.step("a")
    assert step.retry is not None
    assert (step.retry.factor, step.retry.spread, step.retry.only) == (2, 20, ("no_case", "unexpected"))
    assert step.time_limit is not None


def test_a_kind_of_ones_own_brings_its_errors(catalogue: Catalogue, definition: Callable[..., str]) -> None:
    kind = replace(catalogue.kinds["ask"], errors=frozenset({"line_busy"}))
    more = replace(catalogue, kinds={**catalogue.kinds, "ask": kind})
    text = definition(ask(RETRY + "only: [line_busy]}"))
    assert check(parse(text.encode(), "small.yaml"), more).diagnostics == ()
