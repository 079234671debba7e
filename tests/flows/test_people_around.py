"""The people of a case: kept with their trace, once, and what becomes unsafe holds messages."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from door_world import Door, open_door

from flows.inbox import ConflictError, InboxError
from flows.inbox.people.around import Doing
from flows.inbox.people.means import add_income, end_income, record_consent, withdraw_consent
from flows.inbox.people.reaching import Reach, add_contact_point, change_contact_point, end_contact_point
from flows.inbox.people.surrounding import (
    Part,
    add_involvement,
    add_member,
    change_involvement,
    end_involvement,
    end_member,
)
from models import (
    AuditEvent,
    Case,
    Channel,
    ChronologyEntry,
    Client,
    ClientInput,
    Consent,
    ConsentInput,
    ContactPoint,
    ContactPointInput,
    HouseholdMember,
    HouseholdRelation,
    Income,
    IncomeInput,
    InvolvementInput,
    MessageStatus,
    PhoneType,
    Safety,
    new_id,
)
from notifications.delivery import deliver_due
from notifications.memory import MemoryChannel
from notifications.outbox import Addressee, Draft, Origin, queue
from notifications.policy import Policy
from notifications.post import Post
from web.reading.case.people import People, people_of

NUMBER = "+12025550160"


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as opened:
        yield opened


@pytest.fixture
def case(door: Door) -> Case:
    return door.case(door.client(NUMBER), worker_id=door.staff_id("worker"))


def doing(door: Door, **later: Any) -> Doing:
    return Doing(door.staff_id("worker"), door.now + timedelta(**later), door.web.zone)


def people(door: Door, case: Case) -> People:
    with door.store.read() as session:
        return people_of(session, case, door.now, door.now.date(), Policy(zone="America/New_York"))


def point(door: Door) -> ContactPoint:
    (found,) = door.rows(ContactPoint)
    return found


def safe(door: Door, case: Case, safety: Safety = Safety.YES, **more: Any) -> ContactPoint:
    reach = Reach(safety, phone_type=PhoneType.CELL, **more)
    return change_contact_point(door.store, case.id, point(door).id, reach, doing(door))


def test_what_becomes_unsafe_holds_a_message_that_waits(door: Door, case: Case) -> None:
    safe(door, case)
    to = Addressee("client", NUMBER, "en", contact_point_id=point(door).id)
    draft = Draft(
        Channel.SMS, to, "reminder", "en", "", "Come at nine", "key", Origin(case.id, case.client_id)
    )
    with door.store.write() as session:
        message = queue(session, draft, door.now, new_id)
    safe(door, case, Safety.NO)
    channel = MemoryChannel(Channel.SMS)
    post = Post(door.store, {Channel.SMS: channel}, clock=lambda: door.now, policy=Policy(zone="UTC"))
    deliver_due(post)
    (kept,) = [each for each in door.rows(type(message)) if each.id == message.id]
    assert (kept.status, "not safe" in (kept.block_reason or "")) == (MessageStatus.BLOCKED, True)
    titles = [each.title for each in door.rows(ChronologyEntry) if each.significant]
    assert titles[-1] == "Telephone number marked as not safe; nothing is sent to it"


def test_a_contact_that_somebody_else_changed_is_looked_at_again(door: Door, case: Case) -> None:
    before = point(door).revision
    safe(door, case)
    with pytest.raises(ConflictError, match="look at it again"):
        change_contact_point(
            door.store, case.id, point(door).id, Reach(Safety.NO), doing(door), revision=before
        )
    assert point(door).safe is Safety.YES


def test_saying_the_same_leaves_no_trace_and_a_confirmation_is_dated(door: Door, case: Case) -> None:
    safe(door, case)
    count = len(door.rows(AuditEvent))
    safe(door, case)
    assert len(door.rows(AuditEvent)) == count
    reach = Reach(Safety.YES, confirmed=True, phone_type=PhoneType.CELL)
    change_contact_point(door.store, case.id, point(door).id, reach, doing(door, days=3))
    assert point(door).confirmed_at == door.now + timedelta(days=3)
    with pytest.raises(InboxError, match="safe times"):
        safe(door, case, safe_times="some day")


def test_a_number_is_added_once_and_ended_with_a_reason(door: Door, case: Case) -> None:
    given = ContactPointInput.parse(
        {"client_id": "x", "kind": "email", "value": "ana@example.org", "preferred": True},
        today=door.now.date(),
    )
    first, second = (add_contact_point(door.store, case.id, given, doing(door)) for _ in range(2))
    assert first.id == second.id
    end_contact_point(door.store, case.id, first.id, "it came back", doing(door))
    assert [each.counts for each in people(door, case).reached] == [True, False]
    assert add_contact_point(door.store, case.id, given, doing(door)).id != first.id


def test_nobody_changes_what_belongs_to_another_client(door: Door, case: Case) -> None:
    other = door.case(door.client("+12025550161"))
    theirs = next(each for each in door.rows(ContactPoint) if each.value == "+12025550161")
    with pytest.raises(InboxError, match="no such"):
        change_contact_point(door.store, case.id, theirs.id, Reach(Safety.YES), doing(door))
    consent = record_consent(door.store, other.id, consent_of(door), doing(door))
    with pytest.raises(InboxError, match="no such"):
        withdraw_consent(door.store, case.id, consent.id, doing(door))


def test_who_may_do_harm_gets_nothing_from_then_on(door: Door, case: Case) -> None:
    given = InvolvementInput(client_id="x", name="Max Other", role="relative")
    person = add_involvement(door.store, case.id, given, doing(door))
    assert add_involvement(door.store, case.id, given, doing(door)).id == person.id
    number = ContactPointInput.parse(
        {"client_id": "x", "involvement_id": person.id, "kind": "phone", "value": NUMBER, "safe": "yes"},
        today=door.now.date(),
    )
    add_contact_point(door.store, case.id, number, doing(door))
    safe_own = Reach(Safety.YES, phone_type=PhoneType.CELL)
    own = next(each for each in door.rows(ContactPoint) if each.involvement_id is None)
    change_contact_point(door.store, case.id, own.id, safe_own, doing(door))
    assert people(door, case).reached[0].verdict == ""
    change_involvement(door.store, case.id, person.id, Part(alleged_perpetrator=True), doing(door))
    found = people(door, case)
    assert found.around[0].alleged_perpetrator
    assert {each.verdict for each in (*found.reached, *found.around[0].reached)} == {
        "an alleged perpetrator uses it"
    }
    end_involvement(door.store, case.id, person.id, door.now.date(), doing(door))
    assert people(door, case).around[0].ended
    with pytest.raises(InboxError, match="future"):
        end_involvement(door.store, case.id, person.id, door.now.date() + timedelta(days=2), doing(door))


def test_what_is_told_of_somebody_without_a_name_of_their_own_has_words_for_them(
    door: Door, case: Case
) -> None:
    given = InvolvementInput(client_id="x", person_client_id=door.client().id, role="relative")
    person = add_involvement(door.store, case.id, given, doing(door))
    change_involvement(door.store, case.id, person.id, Part(note="works at night"), doing(door))
    assert door.rows(ChronologyEntry)[-1].title == "What is known of a client changed"


def test_a_household_is_made_with_its_first_member_and_its_income_is_never_a_guess(
    door: Door, case: Case
) -> None:
    assert people(door, case).living.total is None
    given = ClientInput(given_name="Bea", family_name="Testwell")
    member = add_member(door.store, case.id, given, HouseholdRelation.CHILD, doing(door))
    again = add_member(door.store, case.id, member.client_id, HouseholdRelation.CHILD, doing(door))
    assert (again.id, len(door.rows(HouseholdMember)), len(door.rows(Client))) == (member.id, 2, 2)
    earned = income(case.client_id, amount="100.00", frequency="weekly")
    for _ in range(2):
        add_income(door.store, case.id, earned, doing(door))
    living = people(door, case).living
    assert (str(living.total), living.currency, living.provisional) == ("433.33", "USD", True)
    add_income(door.store, case.id, income(member.client_id, amount="0.00"), doing(door))
    assert not people(door, case).living.provisional
    add_income(door.store, case.id, income(member.client_id, amount="5.00", currency="EUR"), doing(door))
    assert (people(door, case).living.total, people(door, case).living.two_currencies) == (None, True)
    with pytest.raises(InboxError, match="does not live"):
        add_income(door.store, case.id, income(door.client().id), doing(door))


def test_a_client_who_is_recorded_as_somebody_of_the_household_stands_in_the_audit(
    door: Door, case: Case
) -> None:
    given = ClientInput(given_name="Bea", family_name="Testwell")
    member = add_member(door.store, case.id, given, HouseholdRelation.CHILD, doing(door))
    (made,) = [each for each in door.rows(AuditEvent) if each.record == "Client"]
    assert (made.record_id, made.action, made.case_id, made.actor) == (
        member.client_id,
        "create",
        case.id,
        door.staff_id("worker"),
    )


def test_an_income_and_a_membership_end_on_a_day(door: Door, case: Case) -> None:
    given = ClientInput(given_name="Bea", family_name="Testwell")
    member = add_member(door.store, case.id, given, HouseholdRelation.CHILD, doing(door))
    kept = add_income(door.store, case.id, income(case.client_id, amount="7.00"), doing(door))
    for _ in range(2):
        end_income(door.store, case.id, kept.id, door.now.date() - timedelta(days=1), doing(door))
        if not door.rows(HouseholdMember, left_on=door.now.date()):
            end_member(door.store, case.id, member.id, door.now.date(), doing(door))
    living = people(door, case).living
    assert ([each.name for each in living.members], living.total) == (["Ana Testwell"], None)
    assert [each.ends_on for each in door.rows(Income)] == [door.now.date() - timedelta(days=1)]


def test_a_consent_that_is_taken_back_counts_no_more(door: Door, case: Case) -> None:
    first, second = (record_consent(door.store, case.id, consent_of(door), doing(door)) for _ in range(2))
    assert (first.id, len(door.rows(Consent))) == (second.id, 1)
    assert people(door, case).consents[0].valid
    withdraw_consent(door.store, case.id, first.id, doing(door))
    (shown,) = people(door, case).consents
    assert (shown.valid, shown.withdrawn_at) == (False, door.now)
    kinds = [each.kind for each in door.rows(ChronologyEntry)]
    assert kinds == ["consent_given", "consent_withdrawn"]
    assert {each.case_id for each in door.rows(AuditEvent)} == {case.id}


def consent_of(door: Door) -> ConsentInput:
    return ConsentInput(
        client_id="x",
        purpose="food",
        recipients=("services",),
        data_categories=("all",),
        given_by="Ana Testwell",
        given_at=door.now,
    )


def income(client_id: str, **more: Any) -> IncomeInput:
    values = {"source": "earned", "currency": "USD", "frequency": "monthly", **more}
    return IncomeInput.parse({"client_id": client_id, **values}, today=date(2026, 3, 2))
