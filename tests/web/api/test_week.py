"""Somebody's week: what is in it, who may look at it, what of it is hidden; and the feed for a calendar."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from web_desk import WebDesk, open_web_desk

from models import (
    Appointment,
    AuditEvent,
    CalendarFeed,
    Case,
    Conflict,
    Role,
    Visit,
    VisitFrequency,
    VisitSchedule,
)

NINE = datetime(2026, 3, 4, 14, tzinfo=UTC)
"""Wednesday, 09:00 at the office."""


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(stranger="referral_team") as opened:
        with opened.desk.store.write() as session:
            case = session.get_one(Case, opened.desk.case_id)
            about = {"case_id": case.id, "worker_id": opened.desk.worker}
            schedule = VisitSchedule(
                case_id=case.id,
                frequency=VisitFrequency.WEEK,
                day_rule="thursday",
                time_zone="America/New_York",
                active_from=NINE.date(),
                dedupe_key="k",
                created_at=NINE,
            )
            later = NINE + timedelta(days=1)
            session.add_all(
                [
                    schedule,
                    Visit(schedule_id=schedule.id, local_date=later.date(), starts_at=later, **about),
                    Appointment(
                        client_id=case.client_id,
                        starts_at=NINE,
                        ends_at=NINE + timedelta(hours=1),
                        place="Eva's kitchen",
                        kind="home",
                        uid="met@casewright",
                        created_at=NINE,
                        **about,
                    ),
                ]
            )
        yield opened


def days(found: Any) -> dict[str, list[tuple[str, str | None]]]:
    """What is on the days that have something."""
    return {
        day["day"]: [(each["what"], each["case"]) for each in day["items"]]
        for day in found["days"]
        if day["items"]
    }


def test_a_week_has_what_takes_time_and_what_is_due_by_day(office: WebDesk) -> None:
    number = "2026-000001"
    found = office.worker.get("/api/v1/week?from=2026-03-06").json()
    assert found["mine"]
    assert days(found) == {
        "2026-03-04": [("appointment", number)],
        "2026-03-05": [("visit", number)],
    }
    assert [day["worked"] for day in found["days"]] == [True] * 5 + [False] * 2
    after = office.worker.get("/api/v1/week?from=2026-03-09").json()
    assert days(after) == {"2026-03-09": [("task", number)]}


def test_a_week_is_looked_at_by_its_owner_and_by_who_answers_for_them(office: WebDesk) -> None:
    of = f"/api/v1/week?of={office.desk.worker}&from=2026-03-04"
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    assert len(days(lead.get(of).json())) == 2
    assert lead.get("/api/v1/week").json()["mine"]
    stranger = office.client(office.desk.others["stranger"], Role.SPECIALIST)
    assert stranger.get(of).status_code == 404
    assert stranger.get("/api/v1/week?of=nobody").json() == stranger.get(of).json()
    looked = [each.actor for each in office.desk.rows(AuditEvent) if each.action == "search"]
    assert looked == [office.desk.lead, office.desk.lead]


def test_of_a_case_that_one_may_not_see_there_is_only_the_time(office: WebDesk) -> None:
    with office.desk.store.write() as session:
        case = session.get_one(Case, office.desk.case_id)
        session.add(
            Conflict(staff_id=office.desk.worker, client_id=case.client_id, reason="cousin", declared_at=NINE)
        )
    text = office.worker.get("/api/v1/week?from=2026-03-04").text
    assert "kitchen" not in text
    assert "2026-000001" not in text
    assert '"appointment"' in text


def test_a_feed_is_read_at_its_secret_address_and_names_nobody(office: WebDesk) -> None:
    address = office.worker.put("/api/v1/week/feed").json()["address"]
    nobody = office.client(None)
    answer = nobody.get(address)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    assert "SUMMARY:Home visit 2026-000001" in answer.text
    assert "UID:met@casewright" in answer.text
    assert not {"Eva", "kitchen", "LOCATION"} & set(answer.text.replace("'", " ").split())
    assert address.split("/")[-1].removesuffix(".ics") not in str(
        [row.token_hash for row in office.desk.rows(CalendarFeed)]
    )
    nobody.get(address)
    exports = [each for each in office.desk.rows(AuditEvent) if each.action == "export"]
    assert len(exports) == 1


def test_a_feed_that_was_replaced_or_ended_is_not_there(office: WebDesk) -> None:
    first = office.worker.put("/api/v1/week/feed").json()["address"]
    second = office.worker.put("/api/v1/week/feed").json()["address"]
    nobody = office.client(None)
    assert [nobody.get(each).status_code for each in (first, second, "/calendar/x.ics")] == [404, 200, 404]
    assert office.worker.delete("/api/v1/week/feed").status_code == 204
    assert nobody.get(second).status_code == 404


def test_a_sealed_case_has_no_number_in_a_feed(office: WebDesk) -> None:
    with office.desk.store.write() as session:
        case = session.get_one(Case, office.desk.case_id)
        case.sealed = True
        session.add(case)
    address = office.worker.put("/api/v1/week/feed").json()["address"]
    text = office.client(None).get(address).text
    assert "SUMMARY:Home visit\r\n" in text
    assert "2026-000001" not in text
