"""Appointments by the API: what is in the way, moving, missing, keeping; the client hears by the process."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from web_desk import WebDesk, open_web_desk

from models import Appointment, AppointmentStatus, Case, ChronologyEntry, Staff, WakeKind

THURSDAY = "2026-03-05T10:00"


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk() as opened:
        yield opened


def book(office: WebDesk, at: str = THURSDAY, **more: object) -> tuple[int, str]:
    answer = office.worker.put(f"{office.task}/appointment", json={"at": at, **more})
    return answer.status_code, answer.json().get("detail", "")


def other(office: WebDesk, starts_at: datetime) -> None:
    """Another appointment of the same worker."""
    with office.desk.store.write() as session:
        case = session.get_one(Case, office.desk.case_id)
        session.add(
            Appointment(
                case_id=case.id,
                client_id=case.client_id,
                worker_id=office.desk.worker,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(hours=1),
                place="Room 1",
                uid="other@casewright",
                created_at=office.desk.now,
            )
        )


def mine(office: WebDesk) -> Appointment:
    (row,) = [each for each in office.desk.rows(Appointment) if each.task_id is not None]
    return row  # type: ignore[no-any-return]


def test_a_time_that_is_taken_is_told_before_and_booked_only_where_it_is_meant_so(office: WebDesk) -> None:
    other(office, datetime(2026, 3, 5, 15, 30, tzinfo=UTC))
    seen = office.worker.get(f"{office.task}/appointment/times?day=2026-03-05&minutes=60").json()
    assert seen["taken"] == [{"from": "10:30", "to": "11:30", "what": "appointment"}]
    assert "09:30" in seen["times"]
    assert not {"10:00", "10:30", "11:00"} & set(seen["times"])
    status, why = book(office)
    assert (status, "another appointment then (10:30 to 11:30)" in why) == (409, True)
    assert book(office, "2026-03-07T10:00")[0] == 409  # a Saturday
    assert book(office, despite=True)[0] == 200
    assert mine(office).status is AppointmentStatus.BOOKED


@pytest.mark.parametrize(
    "sent",
    [
        {"place": "a\x00b"},
        {"interpreter": "\u202e"},
        {"alone": {"known_to": "\x07", "check_in": "10:30"}},
        {"alone": {"check_in": "noon"}},
        {"at": "9999-12-31T23:59", "alone": {"check_in": "10:30"}},
        {"at": "0001-01-01T00:00"},
    ],
)
def test_what_can_not_be_kept_is_refused_and_nothing_is_booked(
    office: WebDesk, sent: dict[str, object]
) -> None:
    assert book(office, **{"at": THURSDAY, **sent})[0] == 422  # type: ignore[arg-type]
    assert office.desk.rows(Appointment) == []
    far = office.worker.get(f"{office.task}/appointment/times?day=9999-12-31")
    assert far.status_code == 422


def test_whoever_is_away_is_not_booked_by_chance(office: WebDesk) -> None:
    with office.desk.store.write() as session:
        staff = session.get_one(Staff, office.desk.worker)
        staff.absent_from, staff.absent_until = office.desk.now, office.desk.now + timedelta(days=7)
        session.add(staff)
    assert "the worker is away until 9 March" in book(office)[1]


def test_what_the_client_is_not_told_is_changed_without_a_message(office: WebDesk) -> None:
    book(office, kind="home", place="At home")
    wakes = office.desk.wakes()
    alone = {"known_to": "Vera", "check_in": "11:30"}
    assert book(office, kind="home", place="At home", alone=alone, interpreter="es", along="Gus")[0] == 200
    row = mine(office)
    assert (row.known_to, row.interpreter, row.along, row.sequence) == ("Vera", "es", "Gus", 0)
    assert row.check_in_at == datetime(2026, 3, 5, 16, 30, tzinfo=UTC)
    assert office.desk.wakes() == wakes


def test_an_appointment_that_was_missed_is_booked_anew_and_the_process_hears_of_it(office: WebDesk) -> None:
    book(office)
    attended = f"{office.task}/appointment/attendance"
    early = office.worker.post(attended, json={"kept": False, "reason": "x"})
    assert (early.status_code, mine(office).status) == (422, AppointmentStatus.BOOKED)
    office.later(datetime(2026, 3, 5, 16, 20, tzinfo=UTC))
    moved = office.worker.put(
        f"{office.task}/appointment", json={"at": "2026-03-06T10:00", "place": "Room 2"}
    )
    assert (moved.status_code, "has begun and can't be moved" in moved.json()["detail"]) == (422, True)
    assert office.worker.post(attended, json={"kept": False}).status_code == 422
    for _ in range(2):
        missed = office.worker.post(attended, json={"kept": False, "reason": "Nobody came"})
        assert missed.json()["status"] == "missed"
    assert office.worker.post(attended, json={"kept": True}).status_code == 422
    assert book(office, "2026-03-10T10:00")[0] == 200
    row = mine(office)
    assert (row.status, row.sequence) == (AppointmentStatus.MOVED, 1)
    assert [(each["status"], each["reason"]) for each in row.earlier or ()] == [("missed", "Nobody came")]
    assert office.desk.wakes()[-1] == (WakeKind.CHANGED, "appointment")
    kinds = [each.kind for each in office.desk.rows(ChronologyEntry)]
    assert kinds.count("appointment_missed") == 1


def test_an_appointment_that_was_kept_is_over(office: WebDesk) -> None:
    book(office)
    office.later(datetime(2026, 3, 5, 15, 20, tzinfo=UTC))
    kept = office.worker.post(f"{office.task}/appointment/attendance", json={"kept": True})
    assert kept.json()["status"] == "done"
    assert "has taken place" in book(office, "2026-03-10T10:00")[1]
