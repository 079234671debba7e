"""What somebody who asks about a person may know of those who are alike."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from door_world import Door, open_door

from models import CaseConfidant, CaseStatus, Conflict, GroupRole, Role, StaffGroup
from tasks.duplicates.person_matching import Sought
from web.reading.matches import Matches, matches

BORN = {"date_of_birth": date(1991, 4, 12)}
ANA = Sought("Ana", "Testwel", BORN["date_of_birth"], "+12025550160")


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as opened:
        yield opened


def look(door: Door, sought: Sought = ANA, name: str = "worker", role: Role = Role.CASEWORKER) -> Matches:
    actor = door.actor(name, role)
    with door.store.read() as session:
        return matches(session, actor, sought, door.now, door.web.zone)


def test_somebody_of_ones_own_team_is_shown_with_the_reasons(door: Door) -> None:
    client = door.client("+12025550160", **BORN)
    case = door.case(client)
    found = look(door)
    (match,) = found.shown
    assert (match.client_id, match.name, match.sure) == (client.id, "Ana Testwell", True)
    assert match.why == "same phone; same birth date; name differs by one letter"
    assert [(each.number, each.open) for each in match.cases] == [(case.number, True)]
    assert (found.elsewhere, found.unseen) == ([], {})


def test_somebody_without_a_case_is_shown(door: Door) -> None:
    door.client(**BORN)
    assert [each.cases for each in look(door).shown] == [[]]


def test_of_another_teams_client_only_the_team_and_its_leads_are_told(door: Door) -> None:
    client = door.client("+12025550160", **BORN)
    door.case(client, "referral_team")
    with door.store.write() as session:
        session.add(StaffGroup(staff_id=door.staff_id("manager"), group="referral_team", role=GroupRole.LEAD))
    found = look(door)
    assert found.shown == []
    (told,) = found.elsewhere
    assert (told.team, told.leads) == ("referral_team", ["Synthetic Manager"])
    assert set(found.unseen) == {client.id}
    shown = look(door, name="specialist", role=Role.SPECIALIST)
    assert [each.client_id for each in shown.shown] == [client.id]


@pytest.mark.parametrize(
    "sought",
    [
        Sought("Ana", "Testwell"),
        Sought(phone="+12025550160"),
        Sought("Ana", "Testwell", BORN["date_of_birth"] + timedelta(days=400)),
    ],
    ids=["name alone", "phone alone", "another birth date"],
)
def test_one_detail_tells_nothing_of_another_teams_client(door: Door, sought: Sought) -> None:
    door.case(door.client("+12025550160", **BORN), "referral_team")
    assert look(door, sought) == Matches([], [], {})


def test_of_a_sealed_case_nothing_is_told_and_those_who_know_will_hear(door: Door) -> None:
    client = door.client("+12025550160", **BORN)
    case = door.case(client, sealed=True)
    found = look(door)
    assert (found.shown, found.elsewhere, set(found.unseen)) == ([], [], {client.id})
    with door.store.write() as session:
        staff = door.staff_id("worker")
        session.add(CaseConfidant(case_id=case.id, staff_id=staff, named_at=door.now, named_by="test"))
    assert [each.client_id for each in look(door).shown] == [client.id]


@pytest.mark.parametrize("with_case", [True, False])
def test_of_somebody_whom_one_knows_nothing_is_told(door: Door, with_case: bool) -> None:
    client = door.client("+12025550160", **BORN)
    if with_case:
        door.case(client, worker_id=door.staff_id("worker"))
    with door.store.write() as session:
        staff = door.staff_id("worker")
        session.add(Conflict(staff_id=staff, client_id=client.id, reason="cousin", declared_at=door.now))
    found = look(door)
    assert (found.shown, found.elsewhere) == ([], [])


def test_a_merged_record_leads_to_the_one_that_counts(door: Door) -> None:
    survivor = door.client(given_name="Anastasia", family_name="Elsewhere")
    door.client("+12025550160", merged_into_id=survivor.id, **BORN)
    door.case(survivor)
    (match,) = look(door).shown
    assert (match.client_id, match.name) == (survivor.id, "Anastasia Elsewhere")


def test_a_hidden_name_stays_hidden(door: Door) -> None:
    door.case(door.client("+12025550160", hidden_name=True, **BORN))
    assert [each.name for each in look(door).shown] == ["name hidden"]


def test_a_case_that_would_be_opened_again_says_so(door: Door) -> None:
    client = door.client(**BORN)
    for days in (29, 31):
        door.case(client, status=CaseStatus.CLOSED, closed_at=door.now - timedelta(days=days))
    (match,) = look(door).shown
    assert sorted(each.reopens for each in match.cases) == [False, True]
