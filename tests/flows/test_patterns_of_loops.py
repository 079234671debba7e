"""The workflow patterns of docs/patterns.md: several instances, state, cancelling, doing again.

Each test runs the definition on the page and looks at what happened when, with people answering in more than
one order.
"""

from datetime import timedelta

import pytest
from patterns import answers, trace, written
from procedure import Procedure
from small_office import small_office
from sqlmodel import select

from flows.inbox import complete
from flows.inbox.case.holding import cancel
from flows.waking.wakes import Changed, wake_changed
from models import Client, HumanTask, InstanceStatus, Timer

NEEDS = ["food", "home", "money"]
BEGUN = "form- help+ call@food+ call@home+ call@money+"


def happened(number: int, *names: str, form: object = None) -> list[str]:
    """What becomes of a pattern, to its end, with these needs in the form and people doing the tasks of these
    steps in this order.
    """
    with written(number) as case:
        if form is not None:
            answers(case, "form", needs=form)
        answers(case, *names)
        assert case.status() is InstanceStatus.COMPLETED
        assert case.tasks() == {}
        return trace(case)[0 if form is None else 1 :]


# -- several instances of a step


def test_multiple_instances_without_synchronization() -> None:
    assert happened(12, "call@money", "call@food", form=["food", "money"]) == [
        "form- help+ call@food+ call@money+ done",
        "call@money-",
        "help- call@food-",
    ]


def test_multiple_instances_known_at_design_time() -> None:
    begun = "beside+ first_opinion+ second_opinion+"
    assert happened(13, "first_opinion", "second_opinion") == [
        begun,
        "first_opinion-",
        "beside- second_opinion- done",
    ]
    assert happened(13, "second_opinion", "first_opinion") == [
        begun,
        "second_opinion-",
        "beside- first_opinion- done",
    ]


def test_multiple_instances_known_at_run_time() -> None:
    assert happened(14, "call@money", "call@food", "call@home", form=NEEDS) == [
        BEGUN,
        "call@money-",
        "call@food-",
        "help- call@home- done",
    ]
    assert happened(14, "call@food", form=["food"]) == ["form- help+ call@food+", "help- call@food- done"]
    assert happened(14, form=[]) == ["form- help~ done"]


def test_multiple_instances_not_known_before() -> None:
    with written(15) as case:
        answers(case, "call@1")
        answers(case, "another@1", answer="another")
        answers(case, "call@2")
        answers(case, "another@2", answer="that_was_all")
        assert trace(case) == [
            "rounds+ call@1+",
            "call@1- another@1+",
            "call@2+ another@1-",
            "call@2- another@2+",
            "rounds- another@2- done",
        ]
        assert case.run("done").outputs["value"] == "2"


def test_static_partial_join_for_multiple_instances() -> None:
    assert happened(34, "call@money", "call@food", "call@home", form=NEEDS) == [
        BEGUN,
        "call@money-",
        "help- call@food- done",
        "call@home-",
    ]


def test_cancelling_partial_join_for_multiple_instances() -> None:
    assert happened(35, "call@home", "call@money", form=NEEDS) == [
        BEGUN,
        "call@home-",
        "help- call@food! call@money- done",
    ]
    assert happened(35, "call@food", form=["food"]) == ["form- help+ call@food+", "help- call@food- done"]


# -- what depends on the state


def test_deferred_choice() -> None:
    assert happened(16, "answer") == ["first+ answer+ a_week+", "first- answer- a_week!"]
    with written(16) as case:
        case.pass_time(timedelta(days=8))
        answers(case, "visit")
        assert trace(case) == ["first+ answer+ a_week+", "answer! a_week- visit+", "first- visit-"]
        assert case.status() is InstanceStatus.COMPLETED


def in_turn(number: int) -> None:
    """One step at a time is open, in the order that people choose."""
    with written(number) as case:
        for turn, what in enumerate(("visit", "call", "nothing_more"), 1):
            answers(case, f"next@{turn}", answer=what)
            if what != "nothing_more":
                assert set(case.tasks()) == {f"{what}@{turn}"}
                answers(case, f"{what}@{turn}")
        assert trace(case) == [
            "rounds+ next@1+",
            "next@1- by_turn@1+ visit@1+",
            "next@2+ by_turn@1- visit@1-",
            "next@2- by_turn@2+ call@2+",
            "next@3+ by_turn@2- call@2-",
            "rounds- next@3- by_turn@3",
        ]
        assert case.status() is InstanceStatus.COMPLETED


def test_interleaved_parallel_routing() -> None:
    in_turn(17)


def test_interleaved_routing() -> None:
    in_turn(40)


def test_milestone() -> None:
    with written(18) as case:
        answers(case, "plan")
        assert case.stands() == {"plan": "completed", "window": "waiting"}
        renamed(case, "Open")
        assert set(case.tasks()) == {"change"}
        renamed(case, "Closed")
        assert trace(case) == ["plan+ window+", "plan-", "change+", "window- change! done"]
        assert case.run("done").outputs["value"] == "condition"
        assert case.status() is InstanceStatus.COMPLETED
    with written(18) as case:
        renamed(case, "Open")
        answers(case, "change", "plan")
        renamed(case, "Closed")
        assert trace(case) == ["plan+ window+", "change+", "window- change- done", "plan-"]


def renamed(case: Procedure, name: str) -> None:
    """The record changes, and with it the state that the milestone is about."""
    case.clock[0] += timedelta(minutes=1)
    with case.runtime.store.write("wake") as session:
        changed = Changed(session)
        session.get_one(Client, case.people["client"]).preferred_name = name
        session.flush()
        wake_changed(session, changed, case.clock[0])
    case.go()


# -- cancelling and forcing an end


def test_cancel_task() -> None:
    assert happened(19, "stop") == ["first+ call+ stop+", "first- call! stop- done"]
    assert happened(19, "call") == ["first+ call+ stop+", "first- call- stop! done"]


def test_cancel_case() -> None:
    with written(20) as case:
        answers(case, "form", needs=["food", "home"])
        answers(case, "call@home")
        case.clock[0] += timedelta(minutes=1)
        cancel(case.runtime, case.instance_id, reason="Moved away", by=None, now=case.clock[0])
        case.go()
        assert case.tasks() == {}
        assert trace(case)[1:] == [
            "form- beside+ help+ call@food+ call@home+ visit+",
            "call@home-",
            "beside! help! call@food! visit!",
        ]
        assert case.status() is InstanceStatus.CANCELLED


def test_cancel_region() -> None:
    begun = "beside+ call+ stop+"
    assert happened(25, "stop") == [begun, "beside- call! stop- done"]
    assert happened(25, "call", "letter", "stop") == [
        begun,
        "call- both+ visit+ letter+",
        "letter-",
        "beside- both! visit! stop- done",
    ]
    assert happened(25, "call", "letter", "visit") == [
        begun,
        "call- both+ visit+ letter+",
        "letter-",
        "beside- both- visit- stop! done",
    ]


def test_cancel_multiple_instances() -> None:
    begun = "form- beside+ help+ call@food+ call@home+ stop+"
    assert happened(26, "call@home", "stop", form=["food", "home"]) == [
        begun,
        "call@home-",
        "beside- help! call@food! stop- done",
    ]
    assert happened(26, "call@home", "call@food", form=["food", "home"]) == [
        begun,
        "call@home-",
        "beside- help- call@food- stop! done",
    ]


@pytest.mark.parametrize("done", [["call@home"], ["call@food", "call@money"], []])
def test_complete_multiple_instances(done: list[str]) -> None:
    with written(27) as case:
        answers(case, "form", needs=NEEDS)
        answers(case, *done)
        case.pass_time(timedelta(hours=1))
        assert case.tasks() == {}
        expected = {f"call@{need}": "cancelled" for need in NEEDS} | dict.fromkeys(done, "completed")
        assert {name: mark for name, mark in case.stands().items() if "@" in name} == expected
        each = [one["need"] for one in case.run("help").outputs["each"]]
        assert [f"call@{need}" for need in each] == done
        assert case.run("done").outputs["value"] == str(len(done))
        assert (case.stand("told"), case.status()) == ("completed", InstanceStatus.COMPLETED)
        with case.runtime.store.read() as session:
            open_timers = [
                timer
                for timer in session.exec(select(Timer)).all()
                if timer.fired_at is None and timer.withdrawn_at is None
            ]
        assert open_timers == []


# -- doing again


def test_arbitrary_cycles() -> None:
    with written(10) as case:
        answers(case, "call", "visit")
        answers(case, "review", answer="call_again")
        answers(case, "call", "visit")
        answers(case, "review", answer="yes_it_is")
        answers(case, "approval", answer="visit_again")
        assert set(case.tasks()) == {"visit"}
        answers(case, "visit")
        answers(case, "review", answer="yes_it_is")
        answers(case, "approval", answer="yes_it_is")
        assert trace(case) == [
            "call+",
            "call* visit+",
            "visit* review+",
            "call+ review*",
            "call- visit+",
            "visit* review+",
            "review* approval+",
            "visit+ approval*",
            "visit- review+",
            "review- approval+",
            "approval-",
        ]
        assert case.status() is InstanceStatus.COMPLETED


def test_structured_loop() -> None:
    with written(21) as case:
        answers(case, "call@1", answer="nobody")
        answers(case, "call@2", answer="nobody")
        answers(case, "call@3", answer="reached")
        assert trace(case) == [
            "rounds+ call@1+",
            "call@1- call@2+",
            "call@2- call@3+",
            "rounds- call@3- done",
        ]
    with written(21) as case:
        answers(case, "call@1", answer="reached")
        assert trace(case) == ["rounds+ call@1+", "rounds- call@1- done"]


ITSELF = """
process: one-more
title: One more
purpose: To be tried
owner: intake_team
inputs:
  case:
    type: Case
    title: Case
steps:
  - id: again
    title: Is there one more?
    do: assign_task
    to: group intake_team
    items:
      - {id: answer, ask: One more?, type: yes_no, required: true}
"""
CALLS_ITSELF = (
    ITSELF
    + """
  - id: inner
    title: One more
    do: start_process
    when: again.answer is yes
    process: one-more
    inputs:
      case: = inputs.case
    ends: completed
"""
)


def test_recursion() -> None:
    with small_office() as office:
        office.know("one-more", ITSELF)  # the name has to be known before a definition can use it
        office.publish(CALLS_ITSELF)
        office.start("one-more")
        office.settle()
        for answer in ("yes", "yes", "no"):
            assert InstanceStatus.COMPLETED not in {each.status for each in office.instances("one-more")}
            with office.runtime.store.read() as session:
                (task,) = [
                    task
                    for task in session.exec(select(HumanTask)).all()
                    if task.step == "again" and task.completed_at is None
                ]
            store, now = office.runtime.store, office.clock()
            complete(store, task.id, {"answer": answer}, by=office.worker, now=now)
            office.settle()
        assert [each.status for each in office.instances("one-more")] == [InstanceStatus.COMPLETED] * 3
