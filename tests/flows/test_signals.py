"""Signals between the processes of a case, and what one process orders of the others."""

from collections.abc import Iterator
from datetime import timedelta
from textwrap import indent

import pytest
from small_office import MONDAY, SmallOffice, small_office
from sqlmodel import select

from flows.inbox import NotAllowedError, SignalError, accept, answer_item, complete, correct, send_signal
from flows.inbox.case.deciding import retry
from flows.inbox.case.holding import AlertOpenError, cancel, hold, resume
from flows.post import delivery
from models import (
    ContactKind,
    ContactPoint,
    HumanTask,
    InstanceStatus,
    Message,
    MessageStatus,
    Safety,
    Signal,
    SignalReceipt,
    StepStatus,
    TaskKind,
    TaskStatus,
    Timer,
    TimerPurpose,
)
from notifications.memory import memory_channels

HEAD = """\
process: {name}
title: {name}
purpose: To be tried
owner: intake_team
starts: {starts}
inputs:
  case:
    type: Case
    title: Case
steps:
"""
WAIT = """\
  - id: first
    title: Wait
    do: wait_for_signal
    signal: danger_reported
"""
CRISIS = HEAD.format(
    name="crisis",
    starts="""
  - by hand
  - start: on signal danger_reported
    with:
      case: = signal.case""",
)
NOTE = """\
  - id: note
    title: Note
    do: calculate
    value: 1
"""


def process(name: str, steps: str) -> str:
    return HEAD.format(name=name, starts="by hand") + steps


@pytest.fixture
def office() -> Iterator[SmallOffice]:
    with small_office() as made:
        yield made


def tell(office: SmallOffice, key: str | None = None, **values: object) -> Signal:
    vocabulary = office.runtime.catalogue.vocabulary
    store, now = office.runtime.store, office.clock()
    return send_signal(
        store, vocabulary, "danger_reported", office.case, values, by=office.worker, now=now, key=key
    )


def count(office: SmallOffice, table: type[Signal | SignalReceipt]) -> int:
    with office.runtime.store.read() as session:
        return len(session.exec(select(table)).all())


# -- waiting and sending


def test_a_signal_ends_the_wait_of_every_process_of_the_case_and_of_no_other(office: SmallOffice) -> None:
    office.publish(process("waiter", WAIT))
    ids = [office.start("waiter"), office.start("waiter")]
    _, other = office.open_case("2026-000002")
    elsewhere = office.start("waiter", case=other)
    office.settle()
    tell(office, reason="Shouting next door")
    office.settle()
    assert [office.run(each, "first").outputs["reason"] for each in ids] == ["Shouting next door"] * 2
    assert office.run(elsewhere, "first").status is StepStatus.WAITING


def test_a_signal_that_came_before_the_step_is_taken_in_when_the_step_begins(office: SmallOffice) -> None:
    ask = "  - id: ask\n    title: Ask\n    do: assign_task\n    to: caseworker\n    ends: accepted\n"
    office.publish(process("late", ask + WAIT.replace("do:", "needs: [ask]\n    do:")))
    instance = office.start("late")
    office.settle()
    tell(office, reason="Early")
    (task,) = office.tasks(TaskKind.ASSIGNMENT)
    accept(office.runtime.store, task.id, by=office.worker, now=office.clock())
    office.settle()
    assert office.run(instance, "first").outputs["reason"] == "Early"


def test_what_was_sent_before_the_process_began_is_not_for_it(office: SmallOffice) -> None:
    office.publish(process("waiter", WAIT))
    tell(office)
    office.clock.move_to(MONDAY + timedelta(minutes=1))
    instance = office.start("waiter")
    office.settle()
    assert office.run(instance, "first").status is StepStatus.WAITING


def test_each_signal_counts_once_and_the_oldest_first(office: SmallOffice) -> None:
    second = WAIT.replace("id: first", "id: second")
    office.publish(process("twice", WAIT + second))
    instance = office.start("twice")
    office.settle()
    tell(office, reason="One")
    office.settle()
    assert office.run(instance, "second").status is StepStatus.WAITING
    tell(office, reason="Two")
    tell(office, reason="Three")
    office.settle()
    assert [office.run(instance, step).outputs["reason"] for step in ("first", "second")] == ["One", "Two"]
    assert (count(office, Signal), count(office, SignalReceipt)) == (3, 2)


def test_the_same_key_sends_one_signal(office: SmallOffice) -> None:
    assert tell(office, key="call-7").id == tell(office, key="call-7").id
    assert count(office, Signal) == 1


def test_the_same_key_about_another_case_is_a_signal_of_its_own(office: SmallOffice) -> None:
    first = tell(office, key="call-7")
    _, office.case = office.open_case("2026-77")
    second = tell(office, key="call-7")
    assert (second.case_id, second.id != first.id) == (office.case, True)


def test_when_none_comes_a_person_takes_over(office: SmallOffice) -> None:
    silent = WAIT + "    otherwise:\n      after: 2 hours\n      assign: caseworker\n"
    office.publish(process("silent", silent))
    office.start("silent")
    office.until(MONDAY + timedelta(hours=3))
    assert len(office.tasks(TaskKind.HANDOVER)) == 1


def test_a_held_process_takes_a_signal_in_when_it_is_resumed(office: SmallOffice) -> None:
    office.publish(process("waiter", WAIT))
    instance = office.start("waiter")
    office.settle()
    hold(office.runtime, instance, reason="A complaint", by=None, now=office.clock())
    tell(office)
    office.settle()
    assert office.run(instance, "first").status is StepStatus.WAITING
    resume(office.runtime, instance, by=None, now=office.clock())
    office.settle()
    assert office.run(instance, "first").status is StepStatus.COMPLETED


def test_a_step_sends_a_signal_with_its_values(office: SmallOffice) -> None:
    send = """\
  - id: send
    title: Tell
    do: send_signal
    signal: danger_reported
    values:
      reason: = inputs.case.number
"""
    office.publish(process("waiter", WAIT))
    office.publish(process("sender", send))
    waiter = office.start("waiter")
    office.settle()
    office.start("sender")
    office.settle()
    outputs = office.run(waiter, "first").outputs
    assert (outputs["reason"], outputs["sent_by"]) == ("2026-000001", "system:sender")


def test_what_cannot_be_sent_is_said(office: SmallOffice) -> None:
    store, words, now = office.runtime.store, office.runtime.catalogue.vocabulary, office.clock()
    with pytest.raises(SignalError, match="did you mean danger_reported"):
        send_signal(store, words, "danger_reportet", office.case, by=None, now=now)
    with pytest.raises(SignalError, match="carries reason, and no because"):
        tell(office, because="It is so")
    with pytest.raises(SignalError, match="no case"):
        send_signal(store, words, "danger_reported", "nowhere", by=None, now=now)
    with pytest.raises(NotAllowedError):
        send_signal(store, words, "danger_reported", office.case, by="nobody", now=now)


# -- beginning on a signal


def test_a_signal_begins_a_process_once_and_does_not_count_for_it_again(office: SmallOffice) -> None:
    office.publish(CRISIS + WAIT)
    tell(office)
    office.settle()
    (begun,) = office.instances("crisis")
    assert (begun.case_id, begun.status) == (office.case, InstanceStatus.WAITING)
    assert office.run(begun.id, "first").status is StepStatus.WAITING


FORM = """\
  - id: talk
    title: Talk
    do: complete_checklist
    to: caseworker
    items:
      - id: danger
        ask: Is anyone in danger?
        type: yes_no
        submit: on_answer
        signal: danger_reported
      - id: housing
        ask: Housing
        type: text
"""


@pytest.fixture
def form(office: SmallOffice) -> str:
    """A task with a question that sends a signal."""
    office.publish(CRISIS + NOTE)
    office.publish(process("talk", FORM))
    office.start("talk")
    office.settle()
    (task,) = [each for each in office.tasks(TaskKind.CHECKLIST) if each.step == "talk"]
    return task.id


def test_a_question_sends_its_signal_in_the_transaction_of_the_answer(office: SmallOffice, form: str) -> None:
    answer_item(office.runtime.store, form, "danger", "no", by=office.worker, now=office.clock())
    assert count(office, Signal) == 0
    for _ in range(2):
        answer_item(office.runtime.store, form, "danger", "yes", by=office.worker, now=office.clock())
    assert count(office, Signal) == 1
    office.settle()
    assert len(office.instances("crisis")) == 1


def test_a_correction_to_yes_sends_it_too(office: SmallOffice, form: str) -> None:
    store, now = office.runtime.store, office.clock()
    answer_item(store, form, "danger", "no", by=office.worker, now=now)
    correct(store, form, "danger", "yes", reason="Asked again", by=office.worker, now=now)
    correct(store, form, "danger", "no", reason="A mistake", by=office.worker, now=now)
    assert count(office, Signal) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("danger_reported|danger_reportet", "CW617"),
        ("submit: on_answer|submit: with_form", "CW209"),
        ("type: yes_no|type: text", "CW209"),
    ],
)
def test_a_question_that_cannot_send_its_signal_is_refused(
    office: SmallOffice, change: str, code: str
) -> None:
    found = office.check(process("talk", FORM.replace(*change.split("|"))))
    assert [each.code for each in found.diagnostics] == [code]


def test_a_signal_that_a_person_sends_alerts_nobody_by_itself(office: SmallOffice) -> None:
    bound = CRISIS.replace("case: = signal.case", "case: = signal.case\n      alerted: = signal.alerted")
    office.publish(bound.replace("steps:", "  alerted: {type: yes_no, title: Alerted}\nsteps:") + NOTE)
    tell(office)
    office.settle()
    assert office.instances("crisis")[0].inputs["alerted"] == "no"


# -- orders


def order(verb: str, more: str = "") -> str:
    return f"""\
  - id: order
    title: Order
    do: {verb}_instances
    reason: The perpetrator is present
{more}"""


def test_a_process_holds_the_others_of_the_case_and_lets_them_go_on(office: SmallOffice) -> None:
    office.publish(process("waiter", WAIT))
    office.publish(process("holder", order("hold")))
    office.publish(process("releaser", order("resume")))
    ids = [office.start("waiter"), office.start("waiter")]
    _, other = office.open_case("2026-000002")
    elsewhere = office.start("waiter", case=other)
    office.settle()
    hold(office.runtime, ids[0], reason="The court", by=office.worker, now=office.clock())
    holder = office.start("holder")
    office.settle()
    statuses = {each.id: each.status for each in office.instances("waiter")}
    assert statuses[ids[1]] is InstanceStatus.HELD
    assert statuses[elsewhere] is InstanceStatus.WAITING
    assert office.run(holder, "order").outputs == {"count": 1}
    office.start("releaser")
    office.settle()
    statuses = {each.id: each.status for each in office.instances("waiter")}
    assert statuses[ids[0]] is InstanceStatus.HELD  # a person has held it
    assert statuses[ids[1]] is InstanceStatus.WAITING


def test_two_that_hold_all_others_do_not_hold_each_other(office: SmallOffice) -> None:
    """Both would be held for good: what lets go of the others stands behind the work that is held."""
    office.publish(process("holder", order("hold") + WAIT))
    office.publish(process("waiter", WAIT))
    ids = [office.start("holder"), office.start("holder")]
    office.start("waiter")
    office.settle()
    assert {each.status for each in office.instances("holder")} == {InstanceStatus.WAITING}
    assert office.instances("waiter")[0].status is InstanceStatus.HELD
    office.know("holder")
    office.publish(process("chief", order("hold", "    processes: [holder]\n")))
    office.start("chief")
    office.settle()
    assert {each.id: each.status for each in office.instances("holder")} == dict.fromkeys(
        ids, InstanceStatus.HELD
    )


def test_a_process_cancels_only_those_that_it_names(office: SmallOffice) -> None:
    ask = "  - id: ask\n    title: Ask\n    do: assign_task\n    to: caseworker\n"
    office.publish(process("waiter", WAIT))
    office.publish(process("asker", ask))
    waiter, asker = office.start("waiter"), office.start("asker")
    office.settle()
    closing = order("cancel", "    processes: [asker]\n")
    office.know("asker")
    office.publish(process("closer", closing))
    office.start("closer")
    office.settle()
    assert office.instances("asker")[0].status is InstanceStatus.CANCELLED
    assert office.instances("waiter")[0].id == waiter
    assert office.instances("waiter")[0].status is InstanceStatus.WAITING
    with office.runtime.store.read() as session:
        tasks = session.exec(select(HumanTask).where(HumanTask.instance_id == asker)).all()
    assert [each.status for each in tasks] == [TaskStatus.CANCELLED]


ALERT = """\
  - id: alert
    title: Alert
    do: assign_task
    to: caseworker
    priority: critical
"""


def test_a_process_with_a_safety_alert_is_not_cancelled_until_the_alert_has_ended(
    office: SmallOffice,
) -> None:
    office.publish(process("alerting", ALERT))
    office.publish(process("closer", order("cancel")))
    office.start("alerting")
    office.settle()
    closer = office.start("closer")
    office.settle()
    assert office.instances("alerting")[0].status is InstanceStatus.WAITING
    (incident,) = office.tasks()
    assert "safety alert that has not ended" in incident.description
    (alert,) = [each for each in office.tasks(TaskKind.ASSIGNMENT) if each.step == "alert"]
    complete(office.runtime.store, alert.id, {}, by=office.worker, now=office.clock())
    office.settle()
    retry(office.runtime, incident.id, by=None, now=office.clock(), plan_of=office.plans.of)
    office.settle()
    assert office.run(closer, "order").outputs == {"count": 0}


def test_those_that_wait_for_the_process_are_left_alone(office: SmallOffice) -> None:
    office.publish(process("closer", order("cancel")))
    office.know("closer")
    start = """\
  - id: child
    title: Close
    do: start_process
    process: closer
    inputs:
      case: = inputs.case
    ends: completed
"""
    office.publish(process("parent", start))
    office.start("parent")
    office.settle()
    assert office.instances("parent")[0].status is InstanceStatus.COMPLETED
    assert office.instances("closer")[0].status is InstanceStatus.COMPLETED


def test_an_order_that_was_carried_out_is_not_carried_out_again(office: SmallOffice) -> None:
    office.publish(process("waiter", WAIT))
    office.publish(process("holder", order("hold")))
    office.start("waiter")
    office.start("holder")
    for _ in range(3):
        office.settle()
    with office.runtime.store.read() as session:
        orders = session.exec(select(Timer).where(Timer.purpose == TimerPurpose.ORDER)).all()
    assert len(orders) == 1


def test_the_letters_of_a_held_process_wait_until_it_is_resumed(office: SmallOffice) -> None:
    office.publish(process("waiter", WAIT))
    instance = office.start("waiter")
    office.settle()
    with office.runtime.store.write() as session:
        contact = ContactPoint(
            client_id=office.client,
            kind=ContactKind.EMAIL,
            value="client@example.org",
            safe=Safety.YES,
            confirmed_at=MONDAY,
            created_at=MONDAY,
        )
        session.add(contact)
        letter = Message(
            channel="email",
            client_id=office.client,
            case_id=office.case,
            instance_id=instance,
            contact_point_id=contact.id,
            address=contact.value,
            recipient_role="client",
            language="en",
            template="appointment",
            subject="Your visit",
            body="See you on Tuesday.",
            dedupe_key="letter",
            created_at=MONDAY,
        )
        session.add(letter)
    hold(office.runtime, instance, reason="Not safe now", by=None, now=office.clock())
    deliver = delivery(office.runtime, memory_channels())

    def status() -> MessageStatus:
        deliver()
        with office.runtime.store.read() as session:
            return session.get_one(Message, letter.id).status

    assert status() is MessageStatus.QUEUED
    resume(office.runtime, instance, by=None, now=office.clock())
    assert status() in {MessageStatus.SENT, MessageStatus.DELIVERED}


# -- processes that others have started


def test_cancelling_a_process_cancels_the_one_that_it_waits_for_and_no_other(office: SmallOffice) -> None:
    office.publish(process("waiter", WAIT))
    office.know("waiter")
    start = """\
  - id: {ends}
    title: Begin
    needs: []
    do: start_process
    process: waiter
    inputs:
      case: = inputs.case
    ends: {ends}
"""
    office.publish(process("parent", start.format(ends="created") + start.format(ends="completed")))
    parent = office.start("parent")
    office.settle()
    cancel(office.runtime, parent, reason="Came to the wrong office", by=None, now=office.clock())
    kept = office.run(parent, "created")
    statuses = {each.parent_step_run_id == kept.id: each.status for each in office.instances("waiter")}
    assert statuses == {True: InstanceStatus.WAITING, False: InstanceStatus.CANCELLED}


def test_a_process_that_could_not_be_started_is_an_incident_of_the_step_that_waits_for_it(
    office: SmallOffice,
) -> None:
    office.know("waiter", process("waiter", WAIT))
    start = """\
  - id: child
    title: Begin
    do: start_process
    process: waiter
    inputs:
      case: = inputs.case
    ends: completed
"""
    office.publish(process("parent", start))
    office.start("parent")
    office.settle()
    (incident,) = office.tasks()
    assert "`waiter` is not published" in incident.description
    office.publish(process("waiter", WAIT))
    retry(office.runtime, incident.id, by=None, now=office.clock(), plan_of=office.plans.of)
    office.settle()
    assert office.instances("waiter")[0].status is InstanceStatus.WAITING


# -- work that is done again


AGAIN = """\
  - id: ask
    title: Ask
    do: assign_task
    to: group intake_team
    items:
      - {id: way, ask: How?, type: yes_no}
  - id: first
    title: Wait
    when: ask.way is not yes
    do: wait_for_signal
    signal: danger_reported
  - id: review
    title: Review
    do: assign_task
    to: group intake_team
    items:
      - {id: right, ask: Right?, type: yes_no, required: true}
    rework: {when: review.right is no, back_to: ask, at_most: 3}
"""


def answer(office: SmallOffice, step: str, **answers: object) -> HumanTask:
    """Somebody does the open task of a step."""
    (task,) = [
        each
        for each in office.tasks(TaskKind.ASSIGNMENT)
        if each.step == step and each.status is TaskStatus.REQUESTED
    ]
    complete(office.runtime.store, task.id, answers, by=office.worker, now=office.clock())
    office.settle()
    return task


def test_work_that_is_sent_back_over_a_wait_waits_for_another_signal(office: SmallOffice) -> None:
    office.publish(process("again", AGAIN))
    instance = office.start("again")
    office.settle()
    answer(office, "ask", way="no")
    tell(office, reason="One")
    office.settle()
    answer(office, "review", right="no")
    answer(office, "ask", way="no")
    assert office.run(instance, "first").status is StepStatus.WAITING
    tell(office, reason="Two")
    office.settle()
    assert office.run(instance, "first").outputs["reason"] == "Two"
    answer(office, "review", right="yes")
    assert office.instances("again")[0].status is InstanceStatus.COMPLETED


def test_a_correction_keeps_the_signal_that_has_come(office: SmallOffice) -> None:
    office.publish(process("again", AGAIN))
    instance = office.start("again")
    office.settle()
    task = answer(office, "ask", way="no")
    tell(office, reason="One")
    office.settle()
    store, now = office.runtime.store, office.clock()
    correct(store, task.id, "way", "doesnt_know", reason="Asked again", by=office.worker, now=now)
    office.settle()
    run = office.run(instance, "first")
    assert (run.attempt, run.status, run.outputs["reason"]) == (2, StepStatus.COMPLETED, "One")


CHILD = """\
  - id: child
    title: Begin
    do: start_process
    process: alerting
    inputs: {case: = inputs.case}
    ends: completed
"""


def test_the_alert_of_a_process_that_would_be_cancelled_too_keeps_the_one_that_waits_for_it(
    office: SmallOffice,
) -> None:
    office.publish(process("alerting", ALERT))
    office.know("alerting")
    office.publish(process("parent", CHILD))
    parent = office.start("parent")
    office.settle()
    with pytest.raises(AlertOpenError, match="`alerting: alert`"):
        cancel(office.runtime, parent, reason="A mistake", by=None, now=office.clock())
    assert office.instances("alerting")[0].status is InstanceStatus.WAITING
    cancel(office.runtime, parent, reason="A mistake", by=None, now=office.clock(), alerts_too=True)
    assert office.instances("alerting")[0].status is InstanceStatus.CANCELLED


@pytest.mark.parametrize(
    ("steps", "left"), [(ALERT, "waiting"), (ALERT.replace("critical", "ordinary"), "cancelled")]
)
def test_a_process_with_an_alert_goes_on_when_the_step_that_started_it_is_withdrawn(
    office: SmallOffice, steps: str, left: str
) -> None:
    office.publish(process("alerting", steps))
    office.know("alerting")
    inside = indent(CHILD, "    ")
    block = f"""\
  - id: block
    title: Block
    steps:
{inside}    deadline:
      after: 1 day
      then:
        steps:
          - {{id: instead, title: Instead, do: calculate, value: "1"}}
"""
    office.publish(process("parent", block))
    parent = office.start("parent")
    office.settle()
    office.until(office.clock() + timedelta(days=2))
    assert office.run(parent, "child").status is StepStatus.CANCELLED
    assert office.instances("alerting")[0].status.value == left
