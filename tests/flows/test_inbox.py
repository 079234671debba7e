"""The commands that people give: once, by those who may, with nothing lost."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from desk_world import GROUP, Desk, open_desk

from flows.inbox import (
    BookingError,
    ConflictError,
    InboxError,
    NotAllowedError,
    TaskEndedError,
    UnknownTaskError,
    accept,
    answer_item,
    book,
    cancel_booking,
    cancel_task,
    claim,
    complete,
    correct,
    pick,
    reassign,
    release,
    save_draft,
)
from models import (
    Appointment,
    AppointmentStatus,
    ChecklistAnswer,
    ChronologyEntry,
    Consent,
    HumanTask,
    TaskEvent,
    TaskKind,
    TaskStatus,
    Timer,
    TimerPurpose,
    WakeKind,
)
from tasks.forms import FormError

FINE = {"danger": "no", "housing": "stable"}
THURSDAY = datetime(2026, 3, 5, 15, tzinfo=UTC)


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as made:
        yield made


@pytest.fixture
def queue() -> Iterator[Desk]:
    with open_desk(GROUP, ana="referral_team", ben="referral_team", eve="intake_team") as made:
        yield made


def send(desk: Desk, answers: object = FINE, **more: object) -> object:
    return complete(desk.store, desk.task_id, answers, **{"by": desk.worker, "now": desk.now, **more})


def say(desk: Desk, item: str, value: object, **more: object) -> object:
    return answer_item(desk.store, desk.task_id, item, value, **{"by": desk.worker, "now": desk.now, **more})


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
        ("needs", ["homelessness"], "Not answered before", ConflictError),
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


# -- who has it


def test_of_two_who_claim_at_once_one_wins(queue: Desk) -> None:
    start, results = Barrier(2), []

    def run(name: str) -> None:
        start.wait()
        try:
            claim(queue.store, queue.task_id, by=queue.others[name], now=queue.now)
            results.append("won")
        except ConflictError:
            results.append("lost")

    threads = [Thread(target=run, args=(name,)) for name in ("ana", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["lost", "won"]
    assert queue.actions().count("accepted") == 1


def test_claiming_again_changes_nothing(queue: Desk) -> None:
    for _ in range(2):
        claim(queue.store, queue.task_id, by=queue.others["ana"], now=queue.now)
    assert queue.actions() == ["created", "changed", "accepted"]
    assert queue.wakes() == [(WakeKind.ANSWER, None)]


def test_somebody_of_another_team_can_not_claim(queue: Desk) -> None:
    with pytest.raises(NotAllowedError):
        claim(queue.store, queue.task_id, by=queue.others["eve"], now=queue.now)


def test_somebody_who_is_not_staff_can_do_nothing(queue: Desk) -> None:
    with pytest.raises(NotAllowedError):
        claim(queue.store, queue.task_id, by="nobody", now=queue.now)


def test_accepting_ends_the_ladder(desk: Desk) -> None:
    accept(desk.store, desk.task_id, by=desk.worker, now=desk.now)
    ladder = [timer for timer in desk.rows(Timer) if timer.purpose is TimerPurpose.NOT_ACCEPTED]
    assert [timer.withdrawn_at for timer in ladder] == [desk.now]
    assert all(timer.withdrawn_at is None for timer in desk.rows(Timer) if timer not in ladder)


def test_on_the_way_up_a_ladder_everybody_who_was_asked_may_still_accept(desk: Desk) -> None:
    with desk.store.write() as session:
        task = session.get_one(HumanTask, desk.task_id)
        task.escalated_to, task.assignee_id = [desk.worker], desk.lead
    claim(desk.store, desk.task_id, by=desk.worker, now=desk.now)
    assert desk.task.assignee_id == desk.worker
    with pytest.raises(ConflictError):
        claim(desk.store, desk.task_id, by=desk.lead, now=desk.now)


def test_a_released_task_goes_back_into_its_queue(queue: Desk) -> None:
    claim(queue.store, queue.task_id, by=queue.others["ana"], now=queue.now)
    release(queue.store, queue.task_id, by=queue.others["ana"], now=queue.now, reason="Too much")
    assert (queue.task.assignee_id, queue.task.candidate_group) == (None, "referral_team")
    assert queue.task.accepted_at is None
    claim(queue.store, queue.task_id, by=queue.others["ben"], now=queue.now)
    assert queue.task.assignee_id == queue.others["ben"]


def test_only_its_holder_releases_a_task(desk: Desk) -> None:
    with pytest.raises(NotAllowedError):
        release(desk.store, desk.task_id, by=desk.lead, now=desk.now)
    release(desk.store, desk.task_id, by=desk.worker, now=desk.now)
    assert desk.task.candidate_group == "intake_team"


def test_a_supervisor_reassigns_with_old_and_new_holder_in_the_history(desk: Desk) -> None:
    accept(desk.store, desk.task_id, by=desk.worker, now=desk.now)
    reassign(desk.store, desk.task_id, to=desk.lead, by=desk.lead, now=desk.now, reason="Leave")
    assert (desk.task.assignee_id, desk.task.status, desk.task.accepted_at) == (
        desk.lead,
        TaskStatus.REQUESTED,
        None,
    )
    events = [event for event in desk.rows(TaskEvent) if event.field == "assignee_id"]
    assert [(event.old, event.new) for event in events] == [(desk.worker, desk.lead)]
    with pytest.raises(InboxError):
        reassign(desk.store, desk.task_id, by=desk.lead, now=desk.now)
    with pytest.raises(NotAllowedError):
        reassign(desk.store, desk.task_id, to="nobody", by=desk.lead, now=desk.now)


def test_four_eyes_hold_for_every_command(queue: Desk) -> None:
    ana = queue.others["ana"]
    with queue.store.write() as session:
        session.get_one(HumanTask, queue.task_id).excluded_ids = [ana]
    for refused in (
        lambda: claim(queue.store, queue.task_id, by=ana, now=queue.now),
        lambda: complete(queue.store, queue.task_id, {}, by=ana, now=queue.now),
        lambda: complete(queue.store, queue.task_id, {}, by=None, now=queue.now),
        lambda: reassign(queue.store, queue.task_id, to=ana, by=queue.lead, now=queue.now),
        lambda: answer_item(queue.store, queue.task_id, "note", "x", by=ana, now=queue.now),
    ):
        with pytest.raises(NotAllowedError, match="four eyes"):
            refused()
    assert complete(queue.store, queue.task_id, {}, by=queue.others["ben"], now=queue.now)


def test_whoever_completes_a_task_of_the_queue_has_had_it(queue: Desk) -> None:
    complete(queue.store, queue.task_id, {"note": "Done"}, by=queue.others["ben"], now=queue.now)
    assert queue.task.assignee_id == queue.others["ben"]


def test_cancelling_needs_a_reason_and_ends_once(desk: Desk) -> None:
    with pytest.raises(InboxError):
        cancel_task(desk.store, desk.task_id, " ", by=desk.lead, now=desk.now)
    cancel_task(desk.store, desk.task_id, "Moved away", by=desk.lead, now=desk.now)
    assert (desk.task.status, desk.task.reason) == (TaskStatus.CANCELLED, "Moved away")
    with pytest.raises(TaskEndedError):
        cancel_task(desk.store, desk.task_id, "Again", by=desk.lead, now=desk.now)


def test_an_incident_is_not_completed_with_answers(desk: Desk) -> None:
    with desk.store.write() as session:
        session.get_one(HumanTask, desk.task_id).kind = TaskKind.INCIDENT
    with pytest.raises(NotAllowedError, match="retry it"):
        send(desk)


PICK = """
- id: profile
  title: Find the client
  do: fetch_record
  record: Client
  match: {family_name: Ruiz}
  several: assign
  to: caseworker
"""


def test_a_person_picks_the_record_that_is_meant() -> None:
    with open_desk(PICK, twin=True) as desk:
        (item,) = desk.task.form
        chosen = list(item["options"])[1]
        with pytest.raises(FormError):
            pick(desk.store, desk.task_id, "somebody else", by=desk.worker, now=desk.now)
        picked = pick(desk.store, desk.task_id, chosen, by=desk.worker, now=desk.now)
        assert picked.answers == {"record": {"record": "Client", "id": chosen}}


# -- appointments


def meet(desk: Desk, at: datetime = THURSDAY, **more: object) -> Appointment:
    return book(desk.store, desk.task_id, at, **{"by": desk.worker, "now": desk.now, **more})


def test_booking_makes_the_appointment_accepts_the_task_and_wakes(desk: Desk) -> None:
    booked = meet(desk)
    assert (booked.place, booked.ends_at - booked.starts_at, booked.worker_id) == (
        "Room 2",
        timedelta(hours=1),
        desk.worker,
    )
    assert (booked.sequence, booked.status, desk.task.status) == (
        0,
        AppointmentStatus.BOOKED,
        TaskStatus.IN_PROGRESS,
    )
    assert desk.task.accepted_at == desk.now
    assert (WakeKind.ANSWER, None) in desk.wakes()
    assert desk.rows(ChronologyEntry)[-1].kind == "appointment_booked"


def test_the_same_booking_again_changes_nothing(desk: Desk) -> None:
    meet(desk)
    before = desk.wakes()
    assert meet(desk).sequence == 0
    assert desk.wakes() == before


def test_booking_again_moves_the_same_appointment(desk: Desk) -> None:
    first = meet(desk)
    moved = meet(desk, THURSDAY + timedelta(hours=1), place="Room 3", minutes=30)
    assert (moved.id, moved.uid, moved.sequence, moved.status) == (
        first.id,
        first.uid,
        1,
        AppointmentStatus.MOVED,
    )
    assert desk.wakes()[-1] == (WakeKind.CHANGED, "appointment")
    assert len(desk.rows(Appointment)) == 1


def test_a_cancelled_appointment_can_be_booked_anew_with_a_higher_sequence(desk: Desk) -> None:
    first = meet(desk)
    gone = cancel_booking(desk.store, desk.task_id, "Client is ill", by=desk.worker, now=desk.now)
    assert (gone.status, gone.sequence, gone.reason) == (AppointmentStatus.CANCELLED, 1, "Client is ill")
    assert cancel_booking(desk.store, desk.task_id, "Again", by=desk.worker, now=desk.now).sequence == 1
    again = meet(desk)
    assert (again.id, again.sequence, again.status, again.cancelled_at) == (
        first.id,
        2,
        AppointmentStatus.MOVED,
        None,
    )
    assert [wake for wake in desk.wakes() if wake[0] is WakeKind.CHANGED] == [
        (WakeKind.CHANGED, "appointment")
    ] * 2


def test_a_cancelled_task_cancels_its_appointment(desk: Desk) -> None:
    meet(desk)
    cancel_task(desk.store, desk.task_id, "Moved away", by=desk.lead, now=desk.now)
    (appointment,) = desk.rows(Appointment)
    assert appointment.status is AppointmentStatus.CANCELLED
    assert (WakeKind.CHANGED, "appointment") in desk.wakes()


@pytest.mark.parametrize(
    ("at", "more"),
    [
        (datetime(2026, 3, 2, 20, tzinfo=UTC), {}),  # the same day: less than a working day's notice
        (datetime(2026, 3, 3, 13, 59, tzinfo=UTC), {}),  # before the office opens on the day that is reached
        (datetime(2026, 3, 1, 12, tzinfo=UTC), {}),
        (datetime(2029, 3, 1, 12, tzinfo=UTC), {}),
        (datetime(2026, 3, 5, 12), {}),  # noqa: DTZ001  (a time without its offset is what is refused)
        (THURSDAY, {"minutes": 2}),
        (THURSDAY, {"minutes": 2000}),
    ],
)
def test_an_appointment_that_can_not_be_is_refused(desk: Desk, at: datetime, more: dict[str, object]) -> None:
    with pytest.raises(BookingError):
        meet(desk, at, **more)
    assert desk.rows(Appointment) == []


def test_notice_is_kept_over_a_weekend(desk: Desk) -> None:
    friday = datetime(2026, 3, 6, 15, tzinfo=UTC)
    with pytest.raises(BookingError, match="not before 2026-03-09 13:00"):
        meet(desk, datetime(2026, 3, 9, 12, 30, tzinfo=UTC), now=friday)
    assert meet(desk, datetime(2026, 3, 9, 13, 0, tzinfo=UTC), now=friday)


def test_an_appointment_needs_a_place(queue: Desk) -> None:
    with pytest.raises(BookingError, match="place"):
        book(queue.store, queue.task_id, THURSDAY, by=queue.others["ana"], now=queue.now)
    assert queue.rows(Appointment) == []


def test_what_was_never_booked_can_not_be_cancelled(desk: Desk) -> None:
    with pytest.raises(BookingError):
        cancel_booking(desk.store, desk.task_id, "Why", by=desk.worker, now=desk.now)
    with pytest.raises(InboxError):
        cancel_booking(desk.store, desk.task_id, "", by=desk.worker, now=desk.now)
