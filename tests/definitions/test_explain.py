from __future__ import annotations

from collections.abc import Callable

from definitions.checker import Checked
from definitions.explain import explain, explain_text

STEPS = (
    """
    id: form
    title: Form
    do: ask
    to: client or guardian
    due: 3 working days
    remind: [1 day before due]
    escalate: [{overdue: 0 hours, to: supervisor}, {overdue: 2 days, to: group managers}]
    not_accepted: [{after: 15 minutes, to: duty_manager}]
    items: [{id: danger, submit: on_answer}]
    """,
    """
    id: alert
    title: Alert
    do: tell
    needs: [form.danger]
    when: form.danger is yes
    to: client
    template: safety_alert
    priority: critical
    otherwise: {after: 10 minutes, assign: manager, title: Call them}
    """,
    "{id: after, title: After, do: say, needs: [alert], save: {to: inputs.client.given_name}}",
    """
    id: late
    title: Late
    do: say
    needs: [form]
    once: form.danger is no
    deadline: {after: 45 working days from inputs.received_at, then: {assign: supervisor}}
    for_each: {need: = inputs.client.needs}
    retry: {attempts: 3, wait: 1 minute}
    """,
    "{id: last, title: Last, do: say}",
)

TRYING = """
id: told
title: Told
do: tell
to: client
template: safety_alert
otherwise: {assign: manager}
retry: {attempts: 5, wait: 1 minute, factor: 2, longest: 1 hour, spread: 20, only: [no_case, unexpected]}
time_limit: 2 hours
"""


def test_trying_again_and_the_time_limit_are_explained(checked: Callable[..., Checked]) -> None:
    plan = checked(TRYING, "{id: plain, title: Plain, do: say, time_limit: 1 day}").plan
    assert plan is not None
    told, plain = explain(plan)
    assert (
        "an error is tried again, 5 times in all, after 1 minute, then each time after 2 times as long, "
        "1 hour at most; up to 20 % earlier; only `no_case` or `unexpected`"
    ) in told.if_not
    assert "not done 2 hours after it began: the manager takes over" in told.if_not
    assert "not done 1 day after it began: the case's worker gets an incident" in plain.if_not


def test_a_plan_is_explained_step_by_step(checked: Callable[..., Checked]) -> None:
    plan = checked(*STEPS).plan
    assert plan is not None
    form, alert, after, late, last = explain(plan)

    assert form.starts_after == ("nothing: it starts at once",)
    assert form.runs_when == ("always",)
    assert form.ends_when == "the task is done"
    assert form.due == (
        "3 working days after the step starts",
        "reminder 1 day before the due date",
        "when it is overdue: the supervisor is told",
        "2 days overdue: group managers is told",
    )
    assert form.who == ("the client or the guardian",)
    assert "not accepted within 15 minutes: the duty manager is asked" in form.if_not

    assert alert.starts_after == ("Form (item `danger`), as soon as it is answered",)
    assert alert.runs_when == ("form.danger is yes; otherwise it is skipped",)
    assert alert.if_not[0] == (
        "it cannot be done, or nothing is heard for 10 minutes: the manager gets a task (Call them)"
    )
    assert alert.notes[0].startswith("Critical")

    assert after.runs_when == ("Alert was not skipped",)
    assert after.does[-1] == "Saves `words` as inputs.client.given_name."

    assert late.runs_when == ("always", "it waits until form.danger is no")
    assert late.does[-1] == "Once for each `need` of inputs.client.needs."
    assert late.if_not == (
        "45 working days after inputs.received_at: the supervisor decides",
        "an error is tried again, 3 times in all, every 1 minute",
        "an error that stays: the case's worker gets an incident, or group intake_team where there is none",
    )
    assert last.starts_after == ("Late (the step before it)",)


def test_the_text_has_a_block_for_each_step(checked: Callable[..., Checked]) -> None:
    plan = checked(*STEPS).plan
    assert plan is not None
    text = explain_text(plan)
    assert text.startswith("A small process\n===============\nPurpose:     To be checked\n")
    assert "\n2. Alert   [alert, tell]\n" in text
    assert "   Runs when:    form.danger is yes; otherwise it is skipped\n" in text
