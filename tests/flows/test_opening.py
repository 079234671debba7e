"""A new contact becomes a client with a process, once; what waits is looked at by one person."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from door_world import ANA, Door, open_door

from flows.errors import NotFoundError
from flows.inbox import ConflictError, InboxError, reassign
from flows.inbox.people.opening import Opened, Opening, open_contact
from flows.inbox.people.waiting_contacts import leave_contact, set_aside_contact
from models import (
    AuditEvent,
    Case,
    CaseStatus,
    ChronologyEntry,
    Client,
    ContactOrigin,
    ContactPoint,
    ContactStanding,
    FirstContact,
    HumanTask,
    Instance,
    Message,
    Safety,
    Staff,
    StaffGroup,
    TaskPriority,
    TaskStatus,
)
from web.forms.contact import told_of


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as opened:
        yield opened


def told(door: Door, **more: Any) -> Any:
    return told_of({**ANA, **more}, door.now.date(), "US")


def begin(
    door: Door,
    key: str = "k",
    said: Any = None,
    by: str = "worker",
    others: dict[str, str] | None = None,
    **more: Any,
) -> Opened:
    fields = {"process": "intake", "told": said or told(door), "received_at": door.now, **more}
    web = door.web
    return open_contact(
        web.runtime,
        web.plans,
        Opening(**fields),
        lambda _session: others or {},
        by=door.staff_id(by),
        now=door.now,
        key=key,
    )


def leave(door: Door, key: str = "k", **more: Any) -> FirstContact:
    return leave_contact(
        door.web.runtime,
        told(door, **more),
        "intake_team",
        origin=ContactOrigin.PUBLIC_FORM,
        by=None,
        now=door.now,
        key=key,
    )


def test_a_new_contact_becomes_a_client_a_safe_number_and_a_case_with_its_reason(door: Door) -> None:
    begin(door)
    door.move()
    (client,), (point,), (case,) = door.rows(Client), door.rows(ContactPoint), door.rows(Case)
    assert (client.given_name, str(client.date_of_birth)) == ("Ana", "1991-04-12")
    assert (point.value, point.safe, point.confirmed_at) == ("+12025550160", Safety.YES, door.now)
    assert (case.client_id, case.reason, case.worker_id) == (
        client.id,
        "Nothing to eat since Friday",
        door.staff_id("worker"),
    )
    story = [each.title for each in door.rows(ChronologyEntry, case_id=case.id)]
    assert story.index("Case allocated to a caseworker") < story.index("Asked for help")
    (contact,) = door.rows(FirstContact)
    assert (contact.standing, contact.case_id) == (ContactStanding.TAKEN, case.id)


def test_the_same_key_begins_it_once(door: Door) -> None:
    first, second = begin(door), begin(door)
    assert (first.new, second.new) == (True, False)
    assert first.contact.id == second.contact.id
    assert [len(door.rows(each)) for each in (Client, Instance, FirstContact)] == [1, 1, 1]


def test_a_known_person_is_not_made_anew_and_a_number_that_we_have_gets_no_twin(door: Door) -> None:
    client = door.client("+12025550160")
    begin(door, client_id=client.id)
    assert len(door.rows(Client)) == 1
    (point,) = door.rows(ContactPoint)
    assert point.safe is Safety.YES


def test_what_is_told_anew_never_makes_an_unsafe_number_safe(door: Door) -> None:
    client = door.client("+12025550160")
    begin(door, "one", told(door, phone_safe="no"), client_id=client.id)
    begin(door, "two", told(door, phone_safe="yes"), client_id=client.id)
    (point,) = door.rows(ContactPoint)
    assert point.safe is Safety.NO


@pytest.mark.parametrize(
    ("known", "anew", "left"),
    [
        (None, "mon-fri 09:00-12:00", (Safety.YES, "mon-fri 09:00-12:00")),
        ("mon-fri 09:00-17:00", "tue 10:00-12:00", (Safety.YES, "tue 10:00-12:00")),
        ("tue 10:00-12:00", None, (Safety.YES, "tue 10:00-12:00")),
        ("mon 09:00-12:00", "mon 12:00-18:00", (Safety.UNKNOWN, "mon 09:00-12:00")),
    ],
)
def test_safe_times_that_are_told_anew_narrow_those_that_are_known(
    door: Door, known: str | None, anew: str | None, left: tuple[Safety, str]
) -> None:
    client = door.client("+12025550160")
    begin(door, "one", told(door, safe_times=known or ""), client_id=client.id)
    begin(door, "two", told(door, safe_times=anew or ""), client_id=client.id)
    (point,) = door.rows(ContactPoint)
    assert (point.safe, point.safe_times) == left
    assert (point.confirmed_at is None) is (point.safe is Safety.UNKNOWN)


def test_whoever_stands_in_for_a_worker_who_has_left_hears_that_their_client_came_again(door: Door) -> None:
    client = door.client()
    gone, supervisor = door.staff_id("specialist"), door.staff_id("supervisor")
    case = door.case(client, worker_id=gone, supervisor_id=supervisor)
    with door.store.write() as session:
        session.get_one(Staff, gone).active = False
    begin(door, others={client.id: "same birth date"})
    (task,) = door.rows(HumanTask, case_id=case.id)
    assert (task.title, task.assignee_id) == ("A new contact may be this client", supervisor)


def test_a_case_that_was_closed_lately_is_opened_again(door: Door) -> None:
    client = door.client("+12025550160")
    closed = door.now - timedelta(days=12)
    case = door.case(client, status=CaseStatus.CLOSED, closed_at=closed, worker_id=door.staff_id("worker"))
    begin(door, client_id=client.id)
    door.move()
    (found,) = door.rows(Case)
    assert (found.id, found.status) == (case.id, CaseStatus.PENDING)


def test_nothing_is_made_where_something_is_wrong(door: Door) -> None:
    with pytest.raises(NotFoundError, match="no process"):
        begin(door, process="welfare-check")
    with pytest.raises(InboxError, match="safe times"):
        begin(door, said=told(door, safe_times="after lunch"))
    with pytest.raises(InboxError, match="no such client"):
        begin(door, client_id="nobody")
    merged = door.client(merged_into_id=door.client().id)
    with pytest.raises(InboxError, match="merged"):
        begin(door, client_id=merged.id)
    assert (door.rows(Instance), door.rows(FirstContact), door.rows(ContactPoint)) == ([], [], [])


def test_a_contact_that_waits_has_a_task_and_begins_nothing(door: Door) -> None:
    contact = leave(door)
    (task,) = door.rows(HumanTask)
    assert (task.candidate_group, task.priority, task.due_at is not None) == (
        "intake_team",
        TaskPriority.ROUTINE,
        True,
    )
    assert "Ana" not in task.title + task.description
    assert (door.rows(Client), door.rows(Instance), contact.standing) == ([], [], ContactStanding.WAITING)
    leave(door)
    assert len(door.rows(HumanTask)) == 1


def test_somebody_in_danger_is_looked_at_at_once(door: Door) -> None:
    leave(door, in_danger=True)
    (task,) = door.rows(HumanTask)
    assert (task.priority, task.due_at) == (TaskPriority.STAT, door.now)


def test_the_team_is_written_to_once_when_somebody_is_in_danger(door: Door) -> None:
    leave(door, "ordinary")
    assert door.rows(Message) == []
    for _ in range(2):
        leave(door, in_danger=True)
    told = door.rows(Message)
    team = {each.staff_id for each in door.rows(StaffGroup, group="intake_team")}
    assert sorted(each.staff_id for each in told) == sorted(team)
    assert team
    assert not [each for each in told if "Ana" in each.subject + each.body]


def test_taking_a_contact_ends_its_task_and_nobody_else_takes_it(door: Door) -> None:
    contact = leave(door)
    taken = begin(door, "t", waiting_id=contact.id)
    assert (taken.contact.id, taken.contact.standing) == (contact.id, ContactStanding.TAKEN)
    assert not begin(door, "again", waiting_id=contact.id).new
    with pytest.raises(ConflictError, match="meanwhile"):
        begin(door, "other", by="supervisor", waiting_id=contact.id)
    (task,) = [each for each in door.rows(HumanTask) if each.step.startswith("contact:")]
    assert (task.status, task.completed_by) == (TaskStatus.COMPLETED, door.staff_id("worker"))
    assert len(door.rows(Client)) == 1


def test_taking_a_contact_ends_its_task_also_where_that_was_given_to_somebody_else(door: Door) -> None:
    contact = leave(door)
    (task,) = door.rows(HumanTask)
    reassign(door.store, task.id, by=None, to=door.staff_id("worker"), now=door.now)
    begin(door, "t", waiting_id=contact.id)
    (task,) = [each for each in door.rows(HumanTask) if each.step.startswith("contact:")]
    assert task.status is TaskStatus.COMPLETED


def test_setting_a_contact_aside_keeps_why(door: Door) -> None:
    contact = leave(door)
    with pytest.raises(InboxError, match="why"):
        set_aside_contact(door.store, contact.id, by=None, reason="  ", now=door.now)
    done = set_aside_contact(
        door.store, contact.id, by=door.staff_id("worker"), reason="wrong number", now=door.now
    )
    assert (done.standing, done.reason) == (ContactStanding.SET_ASIDE, "wrong number")
    (task,) = door.rows(HumanTask)
    assert task.status is TaskStatus.COMPLETED
    acts = [each.action for each in door.rows(AuditEvent) if each.record == "FirstContact"]
    assert acts == ["create", "set_aside"]
    with pytest.raises(ConflictError):
        begin(door, waiting_id=contact.id)
