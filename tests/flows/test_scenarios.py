"""Scenarios are played by the real engine; what does not hold is told where it is said."""

import pytest
from intake_world import catalogue, plans
from scenario_texts import bench, played, sound

from definitions import PROCESSES, check, parse, read
from definitions.scenarios import check_scenarios
from flows.scenarios import Bench, Coverage, SharedBeginnings, prepared
from flows.scenarios.covering import Taken
from tasks.registry import load_kinds

pytestmark = pytest.mark.sqlite("scenarios have a database in memory of their own")

BEGIN = """process: welfare-check
scenarios:
  - name: one
    acts:
"""
DANGER = """      - people:
          check: {first: {immediate_danger: yes}}
"""


def expecting(*lines: str, acts: str = "") -> str:
    return BEGIN + acts + "      - expect:\n" + "".join(f"          {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("line", "got"),
    [
        ("process: completed", "waiting (waiting: check)"),
        ("steps: {check: completed}", "waiting"),
        ("steps: {outcome: completed}", "not begun"),
        ("holds: [check.seen is yes]", "check.seen is missing (it can't be decided)"),
        ("holds: [inputs.visit.status is done]", "inputs.visit.status is planned"),
        ("records: {visit: {status: done}}", "planned"),
        ("records: {phone: {set_aside_at: recorded}}", "not recorded"),
        (
            "tasks: [{step: visit_task, to: supervisor}]",
            "assignment for worker, requested, due 2026-03-03T17:00",
        ),
        ("tasks: [{step: check, count: 1}]", "no task of this step (0 of these)"),
        ("messages: [{channel: sms}]", "no message"),
        ("branches: {safety_alert.when: holds}", "not reached"),
        ("because: {check: anything}", "no reason"),
        ("started: {intake: 1}", "0"),
        ("not_reached: {safety_alert: {phone: marked_unsafe}}", "nobody was left out"),
    ],
)
def test_what_does_not_hold_is_told_with_its_line_and_what_was_got(line: str, got: str) -> None:
    outcome = played(expecting(line))
    (failure,) = outcome.failures
    assert (failure.span.line, failure.got) == (6, got)
    assert failure.expected


def test_what_holds_is_not_told() -> None:
    lines = ("process: waiting", "steps: {check: waiting}", "messages: [{channel: sms, count: 0}]")
    assert played(expecting(*lines)).passed


PROVIDERS = {
    "delivered": "delivered",
    "undelivered": "undelivered",
    "bounced": "undelivered",
    "silent": "sent",
    "refused": "failed",
    "opted_out": "failed",
    "down": "queued",
}


@pytest.mark.parametrize(("word", "status"), PROVIDERS.items())
def test_a_provider_does_what_the_scenario_says(word: str, status: str) -> None:
    acts = f"      - provider: {{sms: {word}}}\n{DANGER}"
    outcome = played(expecting(f"messages: [{{channel: sms, to: client, status: {status}}}]", acts=acts))
    assert outcome.passed, outcome.failures


def test_a_silent_provider_can_speak_later() -> None:
    acts = f"      - provider: {{sms: silent}}\n{DANGER}      - provider: {{sms: bounced}}\n"
    outcome = played(expecting("records: {phone: {bounced_at: recorded}}", acts=acts))
    assert outcome.passed, outcome.failures


def test_an_act_that_cannot_be_done_ends_the_scenario_with_its_line() -> None:
    acts = "      - people:\n          follow_up: {complete: true}\n"
    (failure,) = played(expecting("process: completed", acts=acts)).failures
    assert failure.span.line == 5
    assert (
        failure.message == "nobody can complete at `follow_up`: it has no open task; the rest was not played"
    )


def test_what_is_to_be_refused_and_is_accepted_fails() -> None:
    acts = "      - people:\n          check: {first: {immediate_danger: no}, refused: asked}\n"
    (failure,) = played(expecting("process: waiting", acts=acts)).failures
    assert (failure.expected, failure.got) == ("asked", "it was accepted")


def test_records_that_do_not_fit_are_told_at_the_scenario() -> None:
    text = expecting("process: waiting").replace(
        "scenarios:", "given: {Staff: {second: {email: worker@example.org}}}\nscenarios:"
    )
    (failure,) = played(text).failures
    assert failure.span.line == 4
    assert "UNIQUE" in failure.message


def test_time_passes_only_when_it_is_said_and_everything_on_the_way_happens() -> None:
    text = expecting(
        "messages: [{step: visit_task, to: supervisor, count: 0}]", acts="      - wait: 1 hour\n"
    )
    assert played(text).passed
    late = expecting(
        "messages: [{step: visit_task, to: supervisor, count: 1}]", acts="      - wait: 30 days\n"
    )
    assert played(late).passed
    (failure,) = played(expecting("process: waiting", acts="      - wait: 2026-03-01T10:00\n")).failures
    assert failure.message.startswith("2026-03-01T10:00 is past: it is 2026-03-02T10:00 already")


def test_a_process_can_be_held_resumed_and_cancelled() -> None:
    held = "      - process: {hold: for now}\n      - expect: {process: held}\n"
    acts = f"{held}      - process: {{resume: goes on}}\n"
    assert played(expecting("process: waiting", acts=acts)).passed
    cancel = "      - process: {cancel: moved away, with_alerts: true}\n"
    assert played(expecting("process: cancelled", acts=cancel)).passed


def test_changed_records_are_seen_by_the_steps_that_come_after() -> None:
    acts = "      - change: {phone: {safe: no}}\n" + DANGER
    outcome = played(expecting("not_reached: {safety_alert: {phone: marked_unsafe}}", acts=acts))
    assert outcome.passed, outcome.failures


def test_nothing_of_a_scenario_is_left_when_the_next_begins() -> None:
    first = played(expecting("process: waiting", acts=DANGER))
    again = played(expecting("messages: [{channel: sms, count: 0}]"))
    assert (first.passed, again.passed) == (True, True)
    scenarios = sound(expecting("process: waiting", acts=DANGER))
    twice = [bench().play(scenarios, scenarios.all[0]) for _ in range(2)]
    assert twice[0].taken == twice[1].taken


def test_coverage_names_every_step_and_way_that_was_not_taken() -> None:
    outcome = played(expecting("process: waiting", acts=DANGER))
    plan = sound(expecting("process: waiting")).plan
    coverage = Coverage.of(plan, outcome.taken)
    assert (coverage.steps_run, coverage.steps) == (3, 5)
    assert Taken("welfare-check", "safety_alert", "when", "holds") in outcome.taken
    left = {(each.step, each.point.place if each.point else "", each.way) for each in coverage.uncovered}
    assert ("outcome", "", "") in left
    assert ("safety_alert", "when", "does not hold") in left
    assert ("safety_alert", "when", "holds") not in left


def test_what_scenarios_begin_with_together_is_played_once_and_changes_nothing() -> None:
    scenarios = check_scenarios(
        read(PROCESSES / "welfare-check.scenario.yaml"), plans(), catalogue(), prepared(catalogue())
    ).scenarios
    assert scenarios is not None
    shared = SharedBeginnings((scenarios, each) for each in scenarios.all)
    with Bench(load_kinds(), catalogue(), plans(), shared) as sharing:
        together = [sharing.play(scenarios, each) for each in scenarios.all]
        again = sharing.play(scenarios, scenarios.all[-1])
    alone = [bench().play(scenarios, each) for each in scenarios.all]
    assert [each.failures for each in together] == [each.failures for each in alone]
    assert [each.taken for each in together] == [each.taken for each in alone]
    assert again.taken == alone[-1].taken


def test_a_beginning_that_failed_is_not_shared() -> None:
    wrong = expecting("process: completed", acts=DANGER)
    text = wrong + wrong.partition("scenarios:\n")[2].replace("name: one", "name: two")
    scenarios = sound(text)
    shared = SharedBeginnings((scenarios, each) for each in scenarios.all)
    with Bench(load_kinds(), catalogue(), plans(), shared) as sharing:
        outcomes = [sharing.play(scenarios, each) for each in scenarios.all]
    assert [len(each.failures) for each in outcomes] == [1, 1]
    assert outcomes[1].failures[0].span.line > outcomes[0].failures[0].span.line


ALARM = """process: alarm
title: Alarm
purpose: To begin by itself.
owner: intake_team
starts:
  - start: on signal danger_reported
    with:
      case: = signal.case
inputs:
  case: {type: Case, title: Case}
steps:
  - id: look
    title: Look after them
    do: assign_task
    to: caseworker
"""


def test_a_process_that_begins_by_itself_is_played_from_what_it_begins_on() -> None:
    text = """process: alarm
scenarios:
  - name: a signal
    starts: by itself
    given: {Case: {case: {status: active}}}
    acts:
      - expect: {process: not begun}
      - signal: {name: danger_reported}
      - expect:
          process: waiting
          tasks: [{step: look, to: worker}]
      - people:
          look: {complete: true}
      - expect: {process: completed}
  - name: nothing happens
    starts: by itself
    acts:
      - expect: {process: waiting}
"""
    alarm = check(parse(ALARM.encode(), "alarm.yaml"), catalogue())
    assert alarm.plan is not None, [each.message for each in alarm.diagnostics]
    known = {"alarm": alarm.plan}
    found = check_scenarios(parse(text.encode(), "x"), known, catalogue(), prepared(catalogue()))
    assert found.scenarios is not None, [each.message for each in found.diagnostics]
    with Bench(load_kinds(), catalogue(), known) as alone:
        first, second = (alone.play(found.scenarios, each) for each in found.scenarios.all)
    assert first.passed, first.failures
    assert [(each.expected, each.got) for each in second.failures] == [("waiting", "not begun")]


VISITS = """process: visits
title: Visits
purpose: To go another way.
owner: intake_team
inputs:
  case: {type: Case, title: Case}
  danger: {type: yes_no, title: Danger}
steps:
  - id: way
    title: How soon
    choose:
      - id: at_once
        when: inputs.danger is yes
        steps:
          - {id: go_now, title: Go now, do: assign_task, to: caseworker}
    otherwise: nothing
  - id: rounds
    title: Until it is calm
    repeat: {until: visit.calm is yes, at_most: 3}
    steps:
      - id: visit
        title: Visit
        do: assign_task
        to: caseworker
        ends: completed
        items:
          - {id: calm, ask: Is it calm?, type: yes_no, required: true}
"""


def test_blocks_are_played_and_covered_branch_by_branch_and_round_by_round() -> None:
    text = """process: visits
inputs: {danger: no}
scenarios:
  - name: two rounds
    acts:
      - people:
          visit: {answers: {calm: no}}
      - expect: {process: waiting, steps: {visit: {"1": completed, "2": waiting}}}
      - people:
          visit: {answers: {calm: yes}}
      - expect:
          process: completed
          branches: {rounds.rounds: several}
"""
    visits = check(parse(VISITS.encode(), "visits.yaml"), catalogue())
    assert visits.plan is not None, [each.message for each in visits.diagnostics]
    known = {"visits": visits.plan}
    found = check_scenarios(parse(text.encode(), "x"), known, catalogue(), prepared(catalogue()))
    assert found.scenarios is not None, [each.message for each in found.diagnostics]
    with Bench(load_kinds(), catalogue(), known) as alone:
        outcome = alone.play(found.scenarios, found.scenarios.all[0])
    assert outcome.passed, outcome.failures
    left = Coverage.of(visits.plan, outcome.taken).uncovered
    assert {(each.step, each.point.place if each.point else "", each.way) for each in left} == {
        ("go_now", "", ""),
        ("way", "branches", "at_once"),
        ("rounds", "rounds", "one"),
        ("visit", "calm.required", "refused while missing"),
    }
