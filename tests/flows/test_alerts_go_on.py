"""A safety alert comes to its end, whatever else is quicker, left, corrected or sent back."""

from datetime import timedelta

import pytest
from message_world import TEMPLATES
from procedure import Procedure, procedure
from sqlmodel import select

from flows.inbox import complete
from flows.inbox.case.deciding import retry
from flows.inbox.case.holding import AlertOpenError, cancel, hold, resume
from models import (
    ContactKind,
    ContactPoint,
    InstanceStatus,
    Message,
    MessageStatus,
    Safety,
    StepStatus,
    TaskKind,
    TaskStatus,
    WakeKind,
    record_wake,
)

OTHER = "{id: other, title: Other, do: assign_task, to: group intake_team, ends: completed}"
ALERT = (
    "{id: alert, title: Alert, do: assign_task, to: group intake_team, priority: critical, ends: completed}"
)
AFTER = "\n- {id: after, title: After, do: calculate, needs: [block], value: '1'}\n"

QUICKER = {
    "a join of some": f"""
- id: block
  title: Block
  parallel:
    - steps: [{OTHER}]
    - steps: [{ALERT}]
  join: any
""",
    "another branch": f"""
- id: block
  title: Block
  first_of:
    - steps: [{OTHER}]
    - steps: [{ALERT}]
""",
    "a member": f"""
- id: block
  title: Block
  for_each: {{name: = inputs.names}}
  steps:
    - {OTHER}
    - {ALERT.replace("ends: completed", "ends: completed, needs: []")}
  join: any
""",
}
NAMES = """process: try-it
title: A process for tests
purpose: Try alerts
owner: intake_team
inputs:
  client: {type: Client, title: Client}
  received_at: {type: date and time, title: When we were told}
  names: {type: choices, title: Names, options: {ana: Ana, ben: Ben}}
steps:
"""


@pytest.mark.parametrize("block", ["a join of some", "another branch"])
def test_an_alert_goes_on_though_another_branch_was_quicker(block: str) -> None:
    with procedure(QUICKER[block] + AFTER, published=True) as case:
        case.answer("other")
        assert (case.stand("block"), case.stand("after")) == ("completed", "completed")
        assert set(case.tasks()) == {"alert"}
        assert case.status() is InstanceStatus.WAITING
        case.answer("alert")
        assert case.status() is InstanceStatus.COMPLETED


def test_an_alert_for_one_member_goes_on_though_enough_others_have_ended() -> None:
    with procedure(QUICKER["a member"] + AFTER, header=NAMES, published=True, names=["ana", "ben"]) as case:
        case.answer("alert@ana")
        case.answer("other@ana")
        assert case.stands() == {
            "block": "completed",
            "other@ana": "completed",
            "alert@ana": "completed",
            "other@ben": "cancelled",
            "alert@ben": "waiting",
            "after": "completed",
        }
        case.answer("alert@ben")
        assert case.status() is InstanceStatus.COMPLETED


LEFT = f"""
- id: block
  title: Block
  steps:
    - {ALERT}
    - {OTHER}
  deadline: {{after: 3 days, then: {{steps: [{OTHER.replace("other", "instead")}]}}}}
"""


def test_an_alert_goes_on_though_its_block_was_left() -> None:
    with procedure(LEFT + AFTER, published=True) as case:
        case.pass_time(timedelta(days=4))
        assert set(case.tasks()) == {"alert", "instead"}
        case.answer("instead")
        assert (case.stand("after"), case.status()) == ("completed", InstanceStatus.WAITING)
        case.answer("alert")
        assert case.stand("other") is None
        assert case.status() is InstanceStatus.COMPLETED


BOTH = f"""
- id: block
  title: Block
  parallel:
    - steps: [{OTHER}]
    - steps:
        - id: form
          title: Form
          do: assign_task
          to: group intake_team
          ends: completed
          items: [{{id: danger, ask: Danger?, type: yes_no, required: true}}]
        - {ALERT.replace("{id: alert,", "{id: alert, when: form.danger is yes, needs: [form],")}
  join: any
"""


def test_an_answer_that_leads_to_an_alert_is_taken_in_before_the_block_ends() -> None:
    with procedure(BOTH + AFTER, published=True) as case:
        by, now = case.people["worker"], case.clock[0]
        for name, answers in (("other", {}), ("form", {"danger": "yes"})):
            complete(case.runtime.store, case.tasks()[name].id, answers, by=by, now=now)
        case.go()
        assert set(case.tasks()) == {"alert"}


LATE = f"""
- id: block
  title: Block
  steps:
    - id: form
      title: Form
      do: assign_task
      to: group intake_team
      ends: completed
      items: [{{id: danger, ask: Danger?, type: yes_no, required: true}}]
    - {{id: weigh, title: Weigh, do: calculate, needs: [form], value: form.danger is yes}}
    - {ALERT.replace("{id: alert,", "{id: alert, when: weigh.value, needs: [weigh],")}
  deadline: {{after: 3 days, then: {{steps: [{OTHER.replace("other", "instead")}]}}}}
""".replace("value: form", "value: = form")
"""A block as it could be published before the checker refused it (CW563)."""


def test_an_answer_that_was_there_before_the_deadline_still_leads_to_its_alert() -> None:
    with procedure(LATE + AFTER, published=True) as case:
        form, by = case.tasks()["form"], case.people["worker"]
        complete(case.runtime.store, form.id, {"danger": "yes"}, by=by, now=case.clock[0])
        case.pass_time(timedelta(days=4))  # nothing ran meanwhile: the answer and the deadline come together
        assert set(case.tasks()) == {"alert", "instead"}
        case.pass_time(timedelta(days=4))
        assert "alert" in case.tasks()


def test_a_deadline_with_no_answer_before_it_ends_the_block_all_the_same() -> None:
    with procedure(LATE + AFTER, published=True) as case:
        case.pass_time(timedelta(days=4))
        assert set(case.tasks()) == {"instead"}
        assert (case.stand("form"), case.stand("alert")) == ("cancelled", None)


SEVERAL = BOTH.replace(
    "        - {id: alert",
    "        - {id: weigh, title: W, do: calculate, value: = form.danger is yes}\n        - {id: alert",
)


def test_what_stands_between_an_answer_and_its_alert_is_done_before_the_block_ends() -> None:
    steps = SEVERAL.replace("when: form.danger is yes, needs: [form]", "when: weigh.value, needs: [weigh]")
    with procedure(steps + AFTER, published=True) as case:
        by, now = case.people["worker"], case.clock[0]
        for name, answers in (("other", {}), ("form", {"danger": "yes"})):
            complete(case.runtime.store, case.tasks()[name].id, answers, by=by, now=now)
        case.go()
        assert set(case.tasks()) == {"alert"}


SMS = """
- {id: first, title: First, do: assign_task, to: group intake_team, ends: completed}
- id: block
  title: Block
  parallel:
    - steps: [OTHER]
    - steps:
        - id: alert
          title: Alert
          do: send_sms
          to: client
          template: safety_alert
          variables: {phone: "+12025550100"}
          priority: critical
          ends: delivered
          otherwise: {assign: group intake_team}
  join: any
""".replace("OTHER", OTHER)


def with_a_telephone(case: Procedure) -> None:
    with case.runtime.store.write() as session:
        contact = ContactPoint(
            client_id=case.people["client"],
            kind=ContactKind.PHONE,
            value="+12025550123",
            safe=Safety.YES,
            created_at=case.clock[0],
        )
        session.add(contact)


def the_message(case: Procedure) -> Message:
    with case.runtime.store.read() as session:
        return session.exec(select(Message).where(Message.staff_id == None)).one()  # noqa: E711  (SQL)


def test_the_message_of_an_alert_leaves_and_its_failure_is_put_before_a_person() -> None:
    with procedure(SMS + AFTER, published=True, templates=TEMPLATES) as case:
        with_a_telephone(case)
        case.answer("first")
        case.answer("other")
        assert case.stand("after") == "completed"
        message = the_message(case)
        assert message.status is MessageStatus.QUEUED
        with case.runtime.store.write() as session:
            message.status = MessageStatus.FAILED
            session.add(message)
            detail = {"step_run": message.step_run_id, "message": message.id}
            record_wake(session, case.instance_id, "failed", WakeKind.RECEIPT, detail, case.clock[0])
        case.go()
        assert set(case.tasks(TaskKind.HANDOVER)) == {"alert"}
        case.answer("alert")
        assert case.status() is InstanceStatus.COMPLETED


CAUGHT = """
- id: block
  title: Block
  steps:
    - id: alert
      title: Alert
      do: send_sms
      to: client
      template: safety_alert
      variables: {phone: "+12025550100"}
      priority: critical
      ends: queued
  on_error:
    steps: [{id: by_hand, title: By hand, do: assign_task, to: group intake_team}]
"""


def test_an_alert_that_goes_wrong_is_an_incident_though_its_block_foresees_errors() -> None:
    with procedure(CAUGHT + AFTER, published=True, templates=TEMPLATES) as case:
        assert (case.stand("alert"), case.stand("by_hand")) == ("incident", None)
        with_a_telephone(case)
        (incident,) = case.tasks(TaskKind.INCIDENT).values()
        retry(case.runtime, incident.id, by=None, now=case.clock[0], plan_of=case.plans.of)
        case.go()
        assert (case.stand("alert"), case.stand("after")) == ("completed", "completed")


# -- work that is sent back, answers that are corrected

REVIEW = f"""
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  ends: completed
  items:
    - {{id: danger, ask: Danger?, type: yes_no, required: true}}
    - {{id: note, ask: Note, type: text}}
- {ALERT.replace("{id: alert,", "{id: alert, when: form.danger is yes, needs: [form],")}
- id: review
  title: Review
  needs: [form]
  do: assign_task
  to: group intake_team
  ends: completed
  items: [{{id: right, ask: Right?, type: yes_no, required: true}}]
  rework: {{when: review.right is no, back_to: form, at_most: 3}}
"""


def standing(case: Procedure, step: str) -> list[str]:
    return [run.status.value for run in case.runs() if run.step == step]


def test_sending_work_back_takes_no_alert_back_and_the_new_answer_decides_it_anew() -> None:
    with procedure(REVIEW) as case:
        case.answer("form", danger="yes")
        first = case.tasks()["alert"].id
        case.answer("review", right="no")
        assert case.tasks()["alert"].id == first
        assert set(case.tasks()) == {"alert", "form"}
        case.answer("form", danger="yes")
        assert standing(case, "alert") == ["superseded", "waiting"]
        assert case.tasks()["alert"].id != first
        case.answer("review", right="yes")
        case.answer("alert")
        assert case.status() is InstanceStatus.COMPLETED


def test_an_alert_that_went_on_is_taken_back_when_the_new_answer_says_no() -> None:
    with procedure(REVIEW) as case:
        case.answer("form", danger="yes")
        case.answer("review", right="no")
        case.answer("form", danger="no")
        assert standing(case, "alert") == ["superseded", "skipped"]
        assert set(case.tasks()) == {"review"}
        case.answer("review", right="yes")
        assert case.status() is InstanceStatus.COMPLETED


def test_an_alert_that_ended_while_the_work_was_done_again_is_given_again_for_the_new_answer() -> None:
    with procedure(REVIEW) as case:
        case.answer("form", danger="yes")
        case.answer("review", right="no")
        case.answer("alert")
        assert case.status() is InstanceStatus.WAITING
        case.answer("form", danger="yes")
        assert standing(case, "alert") == ["superseded", "waiting"]
        case.answer("alert")
        case.answer("review", right="yes")
        assert case.status() is InstanceStatus.COMPLETED


FARTHER = f"""
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  ends: completed
  items: [{{id: way, ask: Way, type: text, required: true}}]
- id: visit
  title: Visit
  do: assign_task
  to: group intake_team
  ends: completed
  description: "{{{{ form.way }}}}"
  items: [{{id: danger, ask: Danger?, type: yes_no, required: true}}]
- {ALERT.replace("{id: alert,", "{id: alert, when: visit.danger is yes, needs: [visit],")}
"""


def test_a_correction_of_something_else_takes_no_alert_back() -> None:
    with procedure(FARTHER) as case:
        form = case.tasks()["form"].id
        case.answer("form", way="by bus")
        case.answer("visit", danger="yes")
        first = case.tasks()["alert"].id
        case.correct(form, "way", "by train")
        assert case.tasks()["alert"].id == first
        assert set(case.tasks()) == {"alert", "visit"}


BRANCH = f"""
- id: form
  title: Form
  do: assign_task
  to: group intake_team
  ends: completed
  items: [{{id: danger, ask: Danger?, type: yes_no, required: true}}]
- id: block
  title: Block
  choose:
    - when: form.danger is yes
      steps: [{ALERT}]
  otherwise: {{steps: [{OTHER}]}}
"""


def test_an_alert_is_taken_back_when_the_corrected_answer_chooses_another_branch() -> None:
    with procedure(BRANCH) as case:
        form = case.tasks()["form"].id
        case.answer("form", danger="yes")
        case.correct(form, "danger", "no")
        assert (case.stand("alert"), set(case.tasks())) == ("cancelled", {"other"})
        case.correct(form, "danger", "yes")
        assert set(case.tasks()) == {"alert"}
        case.answer("alert")
        assert case.status() is InstanceStatus.COMPLETED


# -- holding and cancelling


def held(case: Procedure) -> tuple[str, ...]:
    now = case.clock[0]
    return hold(
        case.runtime, case.instance_id, reason="asked to", by=None, now=now, plan_of=case.plans.of
    ).alerts


def cancelled(case: Procedure) -> bool:
    now = case.clock[0]
    return cancel(
        case.runtime, case.instance_id, reason="moved", by=None, now=now, plan_of=case.plans.of
    ).changed


def test_an_alert_of_a_branch_that_was_not_taken_is_not_open() -> None:
    with procedure(BRANCH) as case:
        case.answer("form", danger="no")
        assert held(case) == ()
    with procedure(BRANCH) as case:
        assert held(case) == ("alert",)


def test_the_alerts_of_a_loop_are_open_until_the_last_has_ended() -> None:
    steps = QUICKER["a member"].replace("join: any", "join: all")
    with procedure(steps + AFTER, header=NAMES, names=["ana", "ben"]) as case:
        case.answer("alert@ana")
        assert held(case) == ("alert",)
        with pytest.raises(AlertOpenError, match="`alert`"):
            cancelled(case)
        case.answer("alert@ben")
        assert held(case) == ()
        assert cancelled(case)
        assert case.tasks() == {}


def test_an_alert_that_outlived_its_block_keeps_the_instance_from_being_cancelled() -> None:
    with procedure(QUICKER["a join of some"] + AFTER, published=True) as case:
        case.answer("other")
        with pytest.raises(AlertOpenError, match="`alert`"):
            cancelled(case)
        case.answer("alert")
        assert case.run("alert").status is StepStatus.COMPLETED


def test_an_answer_that_is_not_taken_in_yet_and_leads_to_an_alert_keeps_it_from_being_cancelled() -> None:
    with procedure(REVIEW) as case:
        by, now = case.people["worker"], case.clock[0]
        complete(case.runtime.store, case.tasks()["form"].id, {"danger": "yes"}, by=by, now=now)
        with pytest.raises(AlertOpenError, match="`alert`"):
            cancelled(case)
        case.go()
        assert case.tasks()["alert"].status is TaskStatus.REQUESTED


def test_a_step_may_have_any_name_though_the_engine_keeps_marks_beside_what_steps_give() -> None:
    steps = """
- id: rounds
  title: Rounds
  repeat: {until: again.more is no, at_most: 3}
  steps:
    - id: again
      title: Again
      do: assign_task
      to: group intake_team
      ends: completed
      items: [{id: more, ask: More?, type: yes_no, required: true}]
"""
    with procedure(steps) as case:
        case.answer("again@1", more="yes")
        case.answer("again@2", more="no")
        assert case.status() is InstanceStatus.COMPLETED


CORRECTED = f"""
- id: form
  title: Form
  do: complete_checklist
  to: group intake_team
  items:
    - {{id: danger, ask: Danger?, type: yes_no, required: true}}
    - {{id: town, ask: Where?, type: text}}
- {{id: letter, title: Letter, do: calculate, needs: [form], value: = form.town}}
- {OTHER}
- {ALERT.replace("{id: alert,", "{id: alert, when: form.danger is yes, needs: [form],")}
"""


def test_a_hold_delays_no_alert_that_follows_from_a_correction() -> None:
    with procedure(CORRECTED) as case:
        form = case.tasks(TaskKind.CHECKLIST)["form"].id
        case.answer("form", danger="no", town="Bonn")
        held(case)
        case.correct(form, "town", "Berlin")  # it concerns no alert, and waits
        assert case.run("letter").outputs["value"] == "Bonn"
        case.correct(form, "danger", "yes")
        assert set(case.tasks()) == {"alert", "other"}
        assert case.status() is InstanceStatus.HELD
        resume(case.runtime, case.instance_id, by=None, now=case.clock[0])
        case.go()
        assert case.run("letter").outputs["value"] == "Berlin"
        assert set(case.tasks()) == {"alert", "other"}
