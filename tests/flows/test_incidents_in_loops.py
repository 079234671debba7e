"""Incidents of steps in loops: they are told by member and round, and each is decided by itself."""

import pytest
from procedure import Procedure, procedure

from flows.errors import InputError
from flows.inbox.case.deciding import retry, skip
from flows.steps.part_words import part_words
from models import InstanceStatus, TaskKind

HEADER = """process: try-it
title: A process for tests
purpose: Try loops
owner: intake_team
inputs:
  client: {type: Client, title: Client}
  received_at: {type: date and time, title: When we were told}
  names: {type: choices, title: Names, options: {ana: Ana, big_ben: Ben}}
  parts: {type: number, title: Parts, required: false}
steps:
"""
SHARES = """
- id: everyone
  title: Everyone
  for_each: {name: = inputs.names}
  steps:
    - id: rounds
      title: Rounds
      repeat: {until: ask.done is yes, at_most: 3}
      steps:
        - id: ask
          title: Ask
          do: assign_task
          to: group intake_team
          ends: completed
          items:
            - {id: amount, ask: Amount, type: number, required: true}
            - {id: done, ask: Done?, type: yes_no, required: true}
        - {id: share, title: Share, do: calculate, value: = ask.amount / inputs.parts}
        - {id: twice, title: Twice, do: calculate, value: = share.value * 2}
- id: after
  title: After
  do: calculate
  value: = count(everyone.each)
"""


def incidents(case: Procedure) -> dict[str, str]:
    return {task.title: task.id for task in case.tasks(TaskKind.INCIDENT).values()}


def stuck(case: Procedure) -> str:
    """An incident of Ben's second round; Ana's first waits."""
    case.answer("ask@big_ben/1", amount=4, done="no")
    (task,) = case.tasks(TaskKind.INCIDENT).values()
    return task.id


def test_an_incident_is_told_by_member_and_round() -> None:
    with procedure(SHARES, header=HEADER, names=["ana", "big_ben"], parts=0) as case:
        stuck(case)
        assert list(incidents(case)) == ["Step `Share` (name: big ben, round 1) needs a decision"]
        assert case.status() is InstanceStatus.INCIDENT
        step = case.plan.step("share")
        with case.runtime.store.read() as session:
            words = part_words(session, case.plan, case.instance_id, step, "ana/2")
            assert words == "name: ana, round 2"
            assert part_words(session, case.plan, case.instance_id, case.plan.step("after"), "") == ""


def test_the_others_go_on_while_one_round_has_an_incident() -> None:
    with procedure(SHARES, header=HEADER, names=["ana", "big_ben"], parts=0) as case:
        stuck(case)
        case.answer("ask@ana/1", amount=2, done="yes")
        assert sorted(incidents(case)) == [
            "Step `Share` (name: ana, round 1) needs a decision",
            "Step `Share` (name: big ben, round 1) needs a decision",
        ]


def test_one_round_is_tried_again_with_another_input() -> None:
    with procedure(SHARES, header=HEADER, names=["ana", "big_ben"], parts=0) as case:
        task = stuck(case)
        retry(
            case.runtime,
            task,
            by=None,
            now=case.clock[0],
            reason="it was two",
            inputs={"parts": "2"},
            plan_of=case.plans.of,
        )
        case.go()
        assert case.run("twice", "big_ben/1").outputs["value"] == "4"
        assert set(case.tasks()) == {"ask@ana/1", "ask@big_ben/2"}
        case.answer("ask@big_ben/2", amount=6, done="yes")
        case.answer("ask@ana/1", amount=2, done="yes")
        assert case.run("after").outputs["value"] == "2"
        assert case.status() is InstanceStatus.COMPLETED


def test_one_round_is_skipped_with_what_the_steps_beside_it_read() -> None:
    with procedure(SHARES, header=HEADER, names=["ana", "big_ben"], parts=0) as case:
        task = stuck(case)
        with pytest.raises(InputError, match=r"`twice`.*--output value="):
            skip(case.runtime, task, reason="by hand", by=None, now=case.clock[0], plan_of=case.plans.of)
        skip(
            case.runtime,
            task,
            reason="by hand",
            outputs={"value": "3"},
            by=None,
            now=case.clock[0],
            plan_of=case.plans.of,
        )
        case.go()
        assert (case.stand("share@big_ben/1"), case.stand("share@ana/1")) == ("skipped", None)
        assert case.run("twice", "big_ben/1").outputs["value"] == "6"
        assert set(case.tasks()) == {"ask@ana/1", "ask@big_ben/2"}
