"""The commands that people give: once, by those who may, with nothing lost."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from desk_world import FINE, Desk, say, send

from flows.inbox import (
    ConflictError,
    InboxError,
    TaskEndedError,
    UnknownTaskError,
    cancel_task,
    complete,
    correct,
    save_draft,
)
from models import (
    ChecklistAnswer,
    ChronologyEntry,
    Consent,
    TaskEvent,
    TaskStatus,
    Timer,
    WakeKind,
)
from tasks.people.forms import FormError

# -- completing


def test_completing_keeps_the_answers_with_who_and_when_and_wakes_the_instance(desk: Desk) -> None:
    done = send(desk)
    assert (done.answers, done.completed_by, done.repeated) == (FINE, desk.worker, False)
    assert desk.task.status is TaskStatus.COMPLETED
    assert {(row.answered_by, row.answered_at, row.step) for row in desk.rows(ChecklistAnswer)} == {
        (desk.worker, desk.now, "findings")
    }
    assert desk.wakes() == [(WakeKind.ANSWER, None)]
    assert {timer.withdrawn_at for timer in desk.rows(Timer)} == {desk.now}


def test_a_form_with_problems_completes_nothing_and_keeps_nothing(desk: Desk) -> None:
    with pytest.raises(FormError) as refused:
        send(desk, {"danger": "no", "housing": "castle"})
    assert [each.item for each in refused.value.problems] == ["housing"]
    assert desk.task.status is TaskStatus.REQUESTED
    assert desk.answers() == {}
    assert desk.wakes() == []


@pytest.mark.parametrize("keys", [("one", "one"), (None, None), ("one", "two")])
def test_the_same_answers_twice_give_the_first_result(
    desk: Desk, keys: tuple[str | None, str | None]
) -> None:
    first = send(desk, key=keys[0])
    again = send(desk, dict(reversed(FINE.items())), key=keys[1], now=desk.now + timedelta(hours=1))
    assert again.repeated
    assert (again.answers, again.completed_at) == (first.answers, first.completed_at)
    assert len(desk.wakes()) == 1


def test_the_same_key_gives_the_first_result_whatever_is_sent(desk: Desk) -> None:
    send(desk, key="one")
    assert send(desk, {"danger": "yes", "housing": "stable"}, key="one").answers == FINE


def test_other_answers_to_a_completed_task_are_a_conflict(desk: Desk) -> None:
    send(desk, key="one")
    with pytest.raises(ConflictError):
        send(desk, {"danger": "yes", "housing": "stable"}, key="two")
    assert desk.answers() == FINE


def test_two_who_complete_at_once_have_one_winner(desk: Desk) -> None:
    start, results = Barrier(2), []

    def run(answers: dict[str, str]) -> None:
        start.wait()
        try:
            results.append(send(desk, answers))
        except ConflictError as error:
            results.append(error)

    threads = [Thread(target=run, args=({**FINE, "danger": word},)) for word in ("yes", "no")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(each).__name__ for each in results) == ["Completed", "ConflictError"]
    assert len(desk.wakes()) == 1


def test_answers_after_a_cancellation_are_kept_told_the_reason_and_wake_nothing(desk: Desk) -> None:
    cancel_task(desk.store, desk.task_id, "The client moved away", by=desk.lead, now=desk.now)
    before = desk.wakes()
    with pytest.raises(TaskEndedError, match="The client moved away"):
        send(desk)
    late = [event for event in desk.rows(TaskEvent) if event.action == "late_answer"]
    assert {event.field: event.new for event in late} == {"danger": '"no"', "housing": '"stable"'}
    assert desk.wakes() == before
    assert desk.answers() == {}
    with pytest.raises(TaskEndedError):
        say(desk, "danger", "yes")
    with pytest.raises(TaskEndedError):
        correct(desk.store, desk.task_id, "danger", "yes", reason="wrong", by=desk.worker, now=desk.now)


def test_a_task_that_does_not_exist_is_named(desk: Desk) -> None:
    with pytest.raises(UnknownTaskError, match="no task nowhere"):
        complete(desk.store, "nowhere", {}, by=None, now=desk.now)


def test_completing_says_it_in_the_chronology(desk: Desk) -> None:
    send(desk)
    entry = desk.rows(ChronologyEntry)[-1]
    assert (entry.kind, entry.title, entry.by, entry.source) == (
        "task_completed",
        "Done: Assess",
        desk.worker,
        "command",
    )


# -- drafts and single items


def test_a_draft_is_kept_as_it_was_typed_and_counts_when_the_form_is_sent(desk: Desk) -> None:
    save_draft(
        desk.store, desk.task_id, {"housing": "stable", "needs": "half a list"}, by=desk.worker, now=desk.now
    )
    save_draft(desk.store, desk.task_id, {"needs": None}, by=desk.worker, now=desk.now)
    assert desk.answers(drafts=True) == {"housing": "stable"}
    assert desk.answers() == {}
    assert desk.wakes() == []
    assert desk.task.status is TaskStatus.IN_PROGRESS
    send(desk, {"danger": "no"})
    assert desk.answers() == FINE
    assert desk.answers(drafts=True) == {}


def test_a_draft_of_an_item_that_is_not_asked_any_more_does_not_stand_in_the_way(desk: Desk) -> None:
    save_draft(
        desk.store, desk.task_id, {"consent": "yes", "needs": ["homelessness"]}, by=desk.worker, now=desk.now
    )
    send(desk, {**FINE, "needs": []})
    assert desk.answers() == {**FINE, "needs": []}
    assert desk.rows(Consent) == []


def test_a_draft_of_an_unknown_item_is_refused(desk: Desk) -> None:
    with pytest.raises(FormError):
        save_draft(desk.store, desk.task_id, {"howsing": "x"}, by=desk.worker, now=desk.now)


def test_an_item_that_counts_on_answer_wakes_at_once(desk: Desk) -> None:
    assert say(desk, "danger", "yes").counts
    assert desk.answers() == {"danger": "yes"}
    assert desk.wakes() == [(WakeKind.ITEM, "danger")]


def test_the_same_answer_or_key_again_wakes_nobody(desk: Desk) -> None:
    say(desk, "danger", "yes", key="k")
    assert not say(desk, "danger", "yes").changed
    assert say(desk, "danger", "no", key="k").value == "yes"
    assert desk.wakes() == [(WakeKind.ITEM, "danger")]


def test_a_second_other_answer_is_a_correction_that_counts_again(desk: Desk) -> None:
    say(desk, "danger", "yes")
    say(desk, "danger", "no")
    assert desk.wakes() == [(WakeKind.ITEM, "danger"), (WakeKind.CHANGED, "danger")]
    send(desk, {"danger": "yes", "housing": "stable"})
    assert [kind for kind, _ in desk.wakes()] == [
        WakeKind.ITEM,
        WakeKind.CHANGED,
        WakeKind.ANSWER,
        WakeKind.CHANGED,
    ]


def test_an_item_of_the_form_is_a_draft_until_it_is_sent(desk: Desk) -> None:
    assert not say(desk, "housing", "stable").counts
    assert desk.answers() == {}
    assert desk.answers(drafts=True) == {"housing": "stable"}


def test_an_item_that_was_answered_need_not_be_sent_again(desk: Desk) -> None:
    say(desk, "danger", "yes")
    assert send(desk, {"housing": "stable"}).answers == {"danger": "yes", "housing": "stable"}


@pytest.mark.parametrize("value", [None, " ", "maybe", True])
def test_an_item_takes_no_answer_that_does_not_fit(desk: Desk, value: object) -> None:
    with pytest.raises(FormError):
        say(desk, "danger", value)
    assert desk.wakes() == []


def test_single_items_of_a_completed_task_are_corrected_instead(desk: Desk) -> None:
    send(desk)
    with pytest.raises(ConflictError, match="correct"):
        say(desk, "danger", "yes")


# -- corrections


def test_a_correction_supersedes_and_says_which_answer_changed_and_why(desk: Desk) -> None:
    send(desk)
    fixed = correct(
        desk.store, desk.task_id, "housing", "homeless", reason="Misheard", by=desk.worker, now=desk.now
    )
    assert fixed.changed
    assert desk.answers() == {**FINE, "housing": "homeless"}
    assert desk.wakes()[-1] == (WakeKind.CHANGED, "housing")
    (event,) = [event for event in desk.rows(TaskEvent) if event.action == "corrected"]
    assert (event.field, event.old, event.new, event.comment) == (
        "findings.housing",
        '"stable"',
        '"homeless"',
        "Misheard",
    )
    assert desk.rows(ChronologyEntry)[-1].kind == "answer_corrected"


def test_a_correction_to_the_same_answer_changes_nothing(desk: Desk) -> None:
    send(desk)
    assert not correct(
        desk.store, desk.task_id, "housing", "stable", reason="Sure", by=desk.worker, now=desk.now
    ).changed
    assert len(desk.wakes()) == 1


@pytest.mark.parametrize(
    ("item", "value", "reason", "error"),
    [
        ("housing", "homeless", "  ", InboxError),
        ("housing", "castle", "Typo", FormError),
        ("housing", "not_collected", "Lost", FormError),
        ("housing", None, "Empty", FormError),
        ("garden", "yes", "Why", FormError),
    ],
)
def test_a_correction_that_can_not_stand_is_refused(
    desk: Desk, item: str, value: object, reason: str, error: type[Exception]
) -> None:
    send(desk)
    with pytest.raises(error):
        correct(desk.store, desk.task_id, item, value, reason=reason, by=desk.worker, now=desk.now)
    assert desk.answers() == FINE


def test_taking_a_consent_back_withdraws_its_record(desk: Desk) -> None:
    send(desk, {**FINE, "needs": ["homelessness"], "consent": "yes"})
    correct(desk.store, desk.task_id, "consent", "no", reason="Changed mind", by=desk.worker, now=desk.now)
    (consent,) = desk.rows(Consent)
    assert consent.withdrawn_at == desk.now
    assert desk.wakes()[-1] == (WakeKind.CHANGED, "consent")
