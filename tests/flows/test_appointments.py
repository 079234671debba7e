"""Appointments that are booked, moved and cancelled from a task."""

from datetime import UTC, datetime, timedelta

import pytest
from desk_world import Desk

from flows.inbox import (
    BookingError,
    InboxError,
    Lone,
    book,
    cancel_booking,
    cancel_task,
)
from models import (
    Appointment,
    AppointmentKind,
    AppointmentStatus,
    ChronologyEntry,
    TaskStatus,
    WakeKind,
)

THURSDAY = datetime(2026, 3, 5, 15, tzinfo=UTC)


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


def test_one_that_has_begun_is_neither_moved_nor_cancelled_and_it_is_said_what_to_do(desk: Desk) -> None:
    meet(desk)
    later = THURSDAY + timedelta(minutes=10)
    for changed in ({"at": THURSDAY + timedelta(days=1)}, {"place": "Room 3"}, {"minutes": 90}):
        with pytest.raises(BookingError, match="has begun and can't be moved; say whether it took place"):
            meet(desk, **{"now": later, **changed})
    with pytest.raises(BookingError, match="has begun and can't be cancelled; say whether it took place"):
        cancel_booking(desk.store, desk.task_id, "Ill", by=desk.worker, now=later)
    (kept,) = desk.rows(Appointment)
    assert (kept.starts_at, kept.status, kept.sequence) == (THURSDAY, AppointmentStatus.BOOKED, 0)


def test_whoever_is_alone_moves_the_check_in_of_one_that_has_begun(desk: Desk) -> None:
    soon, late = THURSDAY + timedelta(hours=1), THURSDAY + timedelta(hours=2)
    meet(desk, kind=AppointmentKind.HOME, along="An advocate", lone=Lone("Vera", soon))
    changed = meet(desk, now=THURSDAY + timedelta(minutes=10), lone=Lone("Vera", late))
    assert (changed.check_in_at, changed.along, changed.kind) == (late, "An advocate", AppointmentKind.HOME)
    assert meet(desk, now=THURSDAY + timedelta(minutes=11), along="").along is None


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
