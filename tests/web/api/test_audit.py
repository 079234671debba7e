"""The audit for data protection: found by person, case, kind and day; compared with its seals."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator

import pytest
from admin_world import AdminHouse, open_admin, said
from sqlalchemy import update
from web_desk import WebDesk, open_web_desk, publish

from flows.sealing import seal
from models import AuditEvent, Role
from tasks.history import Act, write_audit
from web.accounts import sessions
from web.visitor import COOKIE

AUDIT = "/api/v1/audit"


@pytest.fixture
def house() -> Iterator[AdminHouse]:
    with open_admin() as opened:
        yield opened


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(dora="referral_team") as opened:
        publish(opened.desk)
        yield opened


def test_what_was_looked_at_is_found_by_case_person_and_kind(office: WebDesk) -> None:
    dora = office.client(office.desk.others["dora"], Role.DATA_PROTECTION)
    said(office.worker.get(f"/api/v1/cases/{office.desk.case_id}"), 200)
    said(office.worker.get(office.task), 200)
    of_case = said(dora.get(AUDIT, params={"case": "2026-000001"}), 200)["rows"]
    assert [(each["who"], each["record"], each["case"]) for each in of_case] == [
        ("Worker", "HumanTask", "2026-000001"),
        ("Worker", "Case", "2026-000001"),
    ]
    by_person = said(dora.get(AUDIT, params={"person": "work", "kind": "looked"}), 200)["rows"]
    assert [each["record"] for each in by_person] == ["HumanTask", "Case"]
    assert said(dora.get(AUDIT, params={"person": "work", "kind": "taken"}), 200)["rows"] == []
    assert said(dora.get(AUDIT, params={"case": "2026-9"}), 200)["rows"] == []
    own = said(dora.get(AUDIT, params={"person": "dora", "kind": "looked"}), 200)["rows"]
    assert {each["record"] for each in own} == {"AuditEvent"}
    with office.desk.store.write() as session:
        write_audit(
            session, "system:try-it", Act.READ, "Client", None, office.desk.now, case_id=office.desk.case_id
        )
    assert said(dora.get(AUDIT, params={"case": "2026-000001"}), 200)["rows"] == of_case
    everything = said(dora.get(AUDIT, params={"case": "2026-000001", "processes": "true"}), 200)["rows"]
    assert [each["who"] for each in everything if each not in of_case] == ["system:try-it"]


def test_failed_logins_are_there_and_what_was_typed_is_not(house: AdminHouse) -> None:
    dora = house.browser("dora", Role.DATA_PROTECTION)
    house.people.enter("no such login or is it a password", "x")
    found = dora.get(AUDIT, params={"kind": "failed"})
    assert [(each["who"], each["act"]) for each in said(found, 200)["rows"]] == [("unknown", "log_in_failed")]
    assert "no such login" not in found.text


def test_pages_follow_each_other_without_a_gap_and_days_are_those_of_the_office(house: AdminHouse) -> None:
    dora = house.browser("dora", Role.DATA_PROTECTION)
    for _ in range(130):
        house.people.enter("ghost", "x", address="192.0.2.99")
        house.people.later(minutes=16)
    today = house.people.now.astimezone(house.web.zone).date()
    house.people.now = house.people.now.replace(hour=15)
    with house.people.store.write() as session:
        fresh = sessions.begin(session, house.accounts["dora"].id, house.people.now)
    dora.cookies.set(COOKIE, fresh)
    asked = {"kind": "failed", "since": "2026-03-01", "until": today.isoformat()}
    first = said(dora.get(AUDIT, params=asked), 200)
    rest = said(dora.get(AUDIT, params={**asked, "after": first["next"]}), 200)
    ids = [each["id"] for each in (*first["rows"], *rest["rows"])]
    assert (len(ids), len(set(ids)), rest["next"]) == (130, 130, None)
    day = said(dora.get(AUDIT, params={"kind": "failed", "since": "2026-03-02", "until": "2026-03-02"}), 200)
    assert len(day["rows"]) == 79  # from 03:00 to midnight in New York, one each 16 minutes
    for odd in ({"after": "nonsense"}, {"since": "0001-01-01"}, {"until": "9999-12-31"}):
        said(dora.get(AUDIT, params=odd), 422)
    for moment, ident in (("0001-01-01T00:00:00+14:00", "x"), ("2026-01-01T00:00:00+00:00", "x\x00")):
        place = urlsafe_b64encode(f"{moment} {ident}".encode()).decode()
        said(dora.get(AUDIT, params={"after": place}), 422)


def test_a_row_that_was_changed_is_named_and_the_look_is_written_down(house: AdminHouse) -> None:
    dora = house.browser("dora", Role.DATA_PROTECTION)
    house.people.enter("ghost", "x")
    seal(house.web.runtime)
    sound = said(dora.post(f"{AUDIT}/verification"), 200)
    assert sound["sound"]
    assert "as they were sealed" in said(dora.get(f"{AUDIT}/seal"), 200)["found"]
    with house.people.store.write() as session:
        changed = update(AuditEvent).where(AuditEvent.action == "log_in_failed").values(actor="somebody")
        session.execute(changed.execution_options(synchronize_session=False))
    broken = said(dora.post(f"{AUDIT}/verification"), 200)
    assert (broken["sound"], broken["broken"]["what"]) == (False, "changed")
    assert len(house.people.audit("verify")) == 2


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.DATA_PROTECTION])
def test_nobody_else_reads_the_audit(house: AdminHouse, role: Role) -> None:
    other = house.browser("other", role)
    for answer in (other.get(AUDIT), other.get(f"{AUDIT}/seal"), other.post(f"{AUDIT}/verification")):
        said(answer, 403)
