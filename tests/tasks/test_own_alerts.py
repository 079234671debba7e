"""Whether a question's own process alerts somebody for certain when the answer is yes (`signal.alerted`)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from intake_world import catalogue, plans

from definitions import Plan, check, parse
from tasks.people.own_alerts import alerts, told_at_once

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
TEXT = """\
process: talk
title: Talk
purpose: To be tried
owner: intake_team
inputs:
  case: {type: Case, title: Case}
steps:
  - id: talk
    title: Talk
    do: complete_checklist
    to: caseworker
    items:
      - {id: danger, ask: Is anyone in danger?, type: yes_no, submit: on_answer, signal: danger_reported}
  - id: alert
    title: Alert
    do: send_sms
    needs: [talk.danger]
    when: talk.danger is yes
    to: client
    tell: caseworker
    template: safety_alert
    priority: critical
"""


def alerted(plan: Plan, step: str, item: str) -> bool:
    return alerts(plan, step, item, NOW, ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("written", "instead", "expected"),
    [
        ("", "", True),
        ("    when: talk.danger is yes\n", "", True),
        ("is yes", "is not no", True),
        ("    tell: caseworker\n", "", False),
        ("    priority: critical\n", "", False),
        ("is yes", "is no", False),
        ("is yes", "is yes and inputs.case.risk_level is high", False),
        ("[talk.danger]", "[talk]", False),
    ],
)
def test_only_what_is_certain_counts(written: str, instead: str, expected: bool) -> None:
    plan = check(parse(TEXT.replace(written, instead).encode(), "talk.yaml"), catalogue()).plan
    assert plan is not None
    assert alerted(plan, "talk", "danger") is expected
    assert not alerted(plan, "talk", "something_else")


def test_whom_a_yes_alerts_is_told_in_words() -> None:
    zone = ZoneInfo("America/New_York")
    plan = plans()["intake"]
    assert told_at_once(plan, "findings", "immediate_danger", NOW, zone) == ["the duty manager"]
    assert told_at_once(plan, "findings", "identity_verified", NOW, zone) == []


@pytest.mark.parametrize(
    ("process", "step"),
    [
        ("intake", "findings"),
        ("welfare-check", "check"),
        ("case-assessment", "findings"),
        ("case-closure", "final"),
    ],
)
def test_every_shipped_question_about_danger_begins_the_crisis_and_alerts_by_itself(
    process: str, step: str
) -> None:
    plan = plans()[process]
    item = next(each for each in plan.step(step).arguments.items if each.id == "immediate_danger")  # type: ignore[attr-defined]
    assert (item.signal, item.submit) == ("danger_reported", "on_answer")
    assert alerted(plan, step, "immediate_danger")
