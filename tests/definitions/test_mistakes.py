"""Mistakes as people make them, one each in a sound process: what is said names the step, the line, and what
to do (`tests/corpus/bad/mistakes.expected` has the words).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from definitions.catalogue import Catalogue
from definitions.checker import check
from definitions.diagnostics import Diagnostic, render
from definitions.source import parse

EXPECTED = Path(__file__).parent.parent / "corpus" / "bad" / "mistakes.expected"
SOUND = """\
process: housing-help
title: Help with housing
purpose: Find out what is needed and help.
owner: intake_team
calendar: office
inputs:
  client: {type: Client, title: Client}
  told_at: {type: date and time, title: Told at}
  phone: {type: text, title: Phone, required: false}

steps:
  - id: profile
    title: Find the client
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
      status: pending
      received_at: = inputs.told_at
  - id: talk
    title: Talk with the client
    do: complete_checklist
    to: caseworker
    items:
      - id: danger
        ask: Is there danger?
        type: yes_no
        submit: on_answer
      - id: housing
        ask: Where does the client live?
        type: choice
        options:
          stable: Stable
          homeless: Homeless
      - id: rent
        ask: Monthly rent
        type: number
      - id: needs
        ask: What is needed?
        type: choices
        options: categories of referral
  - id: urgent
    title: Go there at once
    do: assign_task
    needs: [talk.danger]
    when: talk.danger is not no
    to: caseworker
    due: 2 hours
    escalate:
      - overdue: 1 hour
        to: supervisor
  - id: level
    title: Set the level
    do: update_record
    needs: [talk]
    record: = case
    set:
      risk_level:
        first:
          - when: talk.housing is homeless and talk.rent > 900
            use: high
        otherwise: medium
    reason: From the talk
  - id: score
    title: Count the need
    do: score
    needs: [talk]
    items:
      housing:
        of: = talk.housing
        points: {stable: 0, homeless: 4}
    bands: {low: 0 to 2, high: 3 and over}
  - id: letter
    title: Write to the client
    do: send_sms
    needs: [talk]
    to: client or guardian
    template: safety_alert
    ends: sent
    otherwise:
      assign: caseworker
  - id: active
    title: Make the case active
    do: update_record
    needs: [level]
    once: case.plan.status is agreed
    deadline:
      after: 45 working days from inputs.told_at
      then: {assign: supervisor}
    record: = case
    set: {status: active}
"""

MISTAKES: dict[str, tuple[str, str]] = {
    "a key misspelt": ("    title: Go there at once", "    titel: Go there at once"),
    "a key of another tool": ("    needs: [talk.danger]", "    depends_on: [talk.danger]"),
    "a key in the wrong column": ("    due: 2 hours", "      due: 2 hours"),
    "a tab": ("    due: 2 hours", "\tdue: 2 hours"),
    "a colon without a blank": ("    due: 2 hours", "    due:2 hours"),
    "a second colon": ("title: Go there at once", "title: Danger: go there at once"),
    "a comment that swallows": ("title: Go there at once", "title: Go to flat #3"),
    "a comma in braces": ("{assign: supervisor}", "{assign: supervisor, at once}"),
    "a bracket left open": ("needs: [talk.danger]", "needs: [talk.danger"),
    "a quote left open": ("title: Go there at once", 'title: "Go there at once'),
    "an apostrophe in quotes": ("title: Go there at once", "title: 'See the client's home'"),
    "a key twice": ("    due: 2 hours", "    due: 2 hours\n    due: 3 hours"),
    "a value left out": ("    due: 2 hours", "    due:"),
    "a step without its dash": ("  - id: urgent", "    id: urgent"),
    "a phone without quotes": ("title: Go there at once", "title: 0301234567"),
    "a list entry too far in": ("      - id: rent", "        - id: rent"),
    "braces for a value": ("client: = profile.id", "client: {{ profile.id }}"),
    "an anchor": ("title: Go there at once", "title: &urgent Go there at once"),
    "an at sign first": ("title: Go there at once", "title: @once"),
    "a key that is true or false": ("          stable: Stable", "          on: Stable"),
    "an id with a hyphen": ("- id: urgent", "- id: go-there"),
    "an id with a capital": ("- id: urgent", "- id: Urgent"),
    "an id with a blank": ("- id: urgent", "- id: go there"),
    "an id twice": ("- id: letter", "- id: talk"),
    "an id that is a role": ("- id: urgent", "- id: caseworker"),
    "an id that is a function": ("- id: urgent", "- id: count"),
    "a question twice": ("- id: rent", "- id: housing"),
    "an unknown kind of step": ("do: send_sms", "do: send_text"),
    "the kind left out": ("    do: send_sms\n", ""),
    "the title left out": ("    title: Write to the client\n", ""),
    "a key of another kind": ("    set: {status", "    due: 3 days\n    set: {status"),
    "a key without its partner": ("    due: 2 hours\n", ""),
    "when and once": ("    once: case.plan", "    when: talk.danger is no\n    once: case.plan"),
    "a deadline without once": ("    once: case.plan.status is agreed\n", ""),
    "a deadline that approves": ("then: {assign: supervisor}", "then: approve"),
    "otherwise left out": ("        otherwise: medium\n", ""),
    "text where a list belongs": ("needs: [talk.danger]", "needs: talk.danger"),
    "a list where text belongs": ("title: Go there at once", "title: [Go, there]"),
    "a value where a condition belongs": ("when: talk.danger is not no", "when: true"),
    "an equals sign before a condition": ("when: talk.danger is not no", "when: = talk.danger is not no"),
    "one equals sign": ("talk.rent > 900", "talk.rent = 900"),
    "AND": ("homeless and talk", "homeless AND talk"),
    "unequal as in a spreadsheet": ("talk.rent > 900", "talk.rent <> 900"),
    "per cent": ("talk.rent > 900", "talk.rent > 10%"),
    "a thousand with a comma": ("talk.rent > 900", "talk.rent > 1,200"),
    "a date with points": ("talk.rent > 900", "inputs.told_at > 01.02.2020"),
    "curly quotes": ("talk.housing is homeless", "talk.housing is “homeless”"),
    "the wrong side": ("talk.housing is homeless", "homeless is talk.housing"),
    "the wrong side in quotes": ("when: talk.housing is homeless", 'when: "homeless" == talk.housing'),
    "a choice in capitals": ("talk.housing is homeless", "talk.housing is Homeless"),
    "an unknown option": ("talk.housing is homeless", "talk.housing is homles"),
    "yes as a condition": ("when: talk.danger is not no", "when: talk.danger"),
    "yes as true": ("when: talk.danger is not no", "when: talk.danger == true"),
    "is in place of ==": ("talk.rent > 900", "talk.rent is 900"),
    "a number in quotes": ("talk.rent > 900", 'talk.rent > "900"'),
    "a unit behind a number": ("talk.rent > 900", "talk.rent > 900 EUR"),
    "an unknown step": ("talk.rent > 900", "tlak.rent > 900"),
    "an unknown answer": ("talk.rent > 900", "talk.rents > 900"),
    "an unknown input": ("= inputs.told_at", "= inputs.tod_at"),
    "an unknown function": ("talk.rent > 900", "lenght(talk.needs) > 1"),
    "an unknown record": ("record: Client", "record: Cleint"),
    "an unknown field": ("      status: pending", "      staus: pending"),
    "a status that is none": ("      status: pending", "      status: open"),
    "an unknown group": ("owner: intake_team", "owner: intake"),
    "an unknown role": ("    to: caseworker\n    due", "    to: social worker\n    due"),
    "a group as a role": ("    to: caseworker\n    due", "    to: intake_team\n    due"),
    "two roles": ("    to: caseworker\n    due", "    to: caseworker and supervisor\n    due"),
    "nobody to do it": ("    to: caseworker\n    due", "    due"),
    "an unknown template": ("template: safety_alert", "template: saftey_alert"),
    "an unknown value set": ("options: categories of referral", "options: kinds of referral"),
    "an unknown calendar": ("calendar: office", "calendar: offices"),
    "a type that is none": ("type: number", "type: numeric"),
    "a choice without options": ("type: number", "type: choice"),
    "a need that is no step": ("needs: [level]", "needs: [levle]"),
    "a circle": ("needs: [talk]\n    record", "needs: [active]\n    record"),
    "a step read too early": ("needs: [talk]\n    record", "needs: []\n    record"),
    "a question needed before the form": ("submit: on_answer", "required: true"),
    "a step read beside": ("talk.rent > 900", "letter.sent_at is known"),
    "a unit in short": ("due: 2 hours", "due: 2 h"),
    "a unit of the office": ("after: 45 working days from", "after: 45 business days from"),
    "a length without a unit": ("due: 2 hours", "due: 2"),
    "a negative length": ("due: 2 hours", "due: -2 hours"),
    "a number in words": ("due: 2 hours", "due: two hours"),
    "within": ("due: 2 hours", "due: within 2 hours"),
    "a moment in words": ("due: 2 hours", "due: 2 hours from the call"),
    "points without an answer": ("points: {stable: 0, homeless: 4}", "points: {stable: 0}"),
    "a gap between bands": ("{low: 0 to 2, high: 3 and over}", "{low: 0 to 2, high: 5 and over}"),
    "bands that overlap": ("{low: 0 to 2, high: 3 and over}", "{low: 0 to 3, high: 3 and over}"),
    "an end of another kind": ("ends: sent", "ends: booked"),
    "two letters of a key swapped": ("    due: 2 hours", "    deu: 2 hours"),
    "a date in place of a length": ("due: 2 hours", "due: 2026-12-01"),
    "one equals sign before an answer": ("when: talk.danger is not no", "when: talk.danger = yes"),
    "IF as in a spreadsheet": ("when: talk.danger is not no", 'when: =IF(talk.danger="no")'),
    "a comma between conditions": ("when: talk.danger is not no", "when: talk.danger is yes, talk.rent > 9"),
    "a list of values in braces": (
        "- when: talk.housing is homeless and talk.rent > 900\n            use: high",
        "- {when: talk.housing in (stable, homeless), use: high}",
    ),
    "a type with a capital": ("phone: {type: text", "phone: {type: Text"),
    "a role with a blank": ("    to: caseworker\n    due", "    to: case worker\n    due"),
    "a person by name": ("    to: caseworker\n    due", "    to: Maria Lopez\n    due"),
    "a group with blanks": ("    to: caseworker\n    due", "    to: group intake team\n    due"),
    "a band that is none": (
        "= talk.housing\n        points: {stable: 0, homeless: 4}",
        "= talk.rent\n        points: {undr 5: 0, 5 and over: 4}",
    ),
    "a band on a day that is none": (
        "= talk.housing\n        points: {stable: 0, homeless: 4}",
        "= inputs.told_at\n        points: {before 2027-02-30: 0, 2027-02-30 and later: 4}",
    ),
}  # fmt: skip
ALONE = {"an unknown group", "an unknown calendar", "a type with a capital"}
ONCE = ("a step without its dash", "a list of values in braces")
"""Mistakes in the header, which lie in no step. `ONCE`: those that YAML makes several of."""


def found(name: str, catalogue: Catalogue) -> tuple[Diagnostic, ...]:
    right, wrong = MISTAKES[name]
    assert right in SOUND, name
    return check(parse(SOUND.replace(right, wrong, 1).encode(), "help.yaml"), catalogue).diagnostics


def test_the_process_is_sound_without_mistakes(real_catalogue: Catalogue) -> None:
    assert [
        render(each) for each in check(parse(SOUND.encode(), "help.yaml"), real_catalogue).diagnostics
    ] == []


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_at_its_step_with_what_to_do(name: str, real_catalogue: Catalogue) -> None:
    told = found(name, real_catalogue)
    assert any(each.severity == "error" for each in told)
    for each in told:
        assert each.advice or each.suggestion or each.allowed, render(each)
        assert (each.step is None) == (name in ALONE), render(each)
        assert each.span.line > 0


@pytest.mark.parametrize("name", ONCE)
def test_what_follows_from_one_mistake_is_not_told_as_others(name: str, real_catalogue: Catalogue) -> None:
    assert len(found(name, real_catalogue)) == 1


def test_every_mistake_is_told_in_the_agreed_words(
    real_catalogue: Catalogue, golden: Callable[[Path, str], None]
) -> None:
    told = [
        f"# {name}\n" + "\n".join(render(each) for each in found(name, real_catalogue)) + "\n"
        for name in MISTAKES
    ]
    golden(EXPECTED, "\n".join(told))
