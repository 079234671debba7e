"""Notices of new work: to who wants them, once, without a word about whom it is."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from databases import in_memory
from intake_world import catalogue
from sqlmodel import select

from flows.inbox import choose_notices
from flows.inbox.desk import InboxError
from flows.new_work import tell_new_work
from flows.runtime import Runtime
from models import (
    Case,
    Channel,
    Client,
    Conflict,
    HumanTask,
    Message,
    MessagePriority,
    Staff,
    StaffGroup,
    Store,
    TaskKind,
    TaskPriority,
    TaskStatus,
    Wanted,
)
from tasks.people.human_tasks import note
from tasks.people.notices import send_notice_of
from tasks.registry import load_kinds

NOON = datetime(2026, 3, 3, 17, tzinfo=UTC)
"""A Tuesday, twelve o'clock at the office in New York."""


@dataclass
class Office:
    store: Store
    ana: str
    ben: str
    now: datetime = NOON

    @property
    def runtime(self) -> Runtime:
        made = Runtime(self.store, load_kinds(), catalogue(), lambda: self.now)
        return replace(made, address="https://cases.example")

    def wish(self, who: str, wanted: Wanted, channel: Channel = Channel.EMAIL) -> None:
        choose_notices(self.store, wanted, channel, by=who, now=self.now)

    def task(self, who: str | None, by: str | None = None, **fields: object) -> str:
        made = HumanTask(
            kind=TaskKind.CHECKLIST, title="Eva Example is in danger", assignee_id=who, created_at=self.now
        )
        for name, value in fields.items():
            setattr(made, name, value)
        with self.store.write() as session:
            session.add(made)
            note(session, made, "created", self.now, by=by)
        return made.id

    def tell(self) -> list[Message]:
        """What the next look queues."""
        before = {each.id for each in self._messages()}
        tell_new_work(self.runtime)
        return [each for each in self._messages() if each.id not in before]

    def _messages(self) -> list[Message]:
        with self.store.read() as session:
            return list(session.exec(select(Message)))


@pytest.fixture
def office() -> Iterator[Office]:
    with in_memory() as store:
        ana = Staff(name="Ana", email="ana@office.example", phone="+12025550101")
        ben = Staff(name="Ben", email="ben@office.example")
        with store.write() as session:
            session.add_all([ana, ben])
            session.add_all([StaffGroup(staff_id=each.id, group="intake_team") for each in (ana, ben)])
        yield Office(store, ana.id, ben.id)


def test_a_new_task_is_told_once_with_a_link_and_nothing_else(office: Office) -> None:
    office.wish(office.ana, Wanted.AT_ONCE)
    task = office.task(office.ana)
    (told,) = office.tell()
    assert told.body == f"You have a new task: https://cases.example/tasks/{task}"
    assert (told.subject, told.address) == ("You have a new task", "ana@office.example")
    assert (told.case_id, told.client_id, told.not_before) == (None, None, None)
    assert office.tell() == []
    office.now += timedelta(hours=1)
    assert office.tell() == []


def test_who_has_said_nothing_or_no_is_not_told(office: Office) -> None:
    office.wish(office.ben, Wanted.NONE)
    for who in (office.ana, office.ben):
        office.task(who, priority=TaskPriority.STAT)
    assert office.tell() == []


def test_by_sms_to_who_has_a_number(office: Office) -> None:
    office.wish(office.ana, Wanted.AT_ONCE, Channel.SMS)
    office.task(office.ana, priority=TaskPriority.STAT)
    (told,) = office.tell()
    assert (told.channel, told.address, told.segments) == (Channel.SMS, "+12025550101", 1)
    assert told.priority is MessagePriority.CRITICAL
    assert told.body.startswith("You have a new urgent task: ")
    with pytest.raises(InboxError, match="telephone number"):
        office.wish(office.ben, Wanted.AT_ONCE, Channel.SMS)


def test_at_night_only_what_is_urgent_is_told(office: Office) -> None:
    office.now = NOON.replace(hour=4)
    office.wish(office.ana, Wanted.AT_ONCE)
    office.task(office.ana)
    office.task(office.ana, priority=TaskPriority.URGENT)
    waits = {each.subject: each.not_before for each in office.tell()}
    morning = NOON.replace(hour=13)
    assert waits == {"You have a new task": morning, "You have a new urgent task": None}


def test_a_queue_is_told_to_those_who_are_here_and_may_have_it(office: Office) -> None:
    for who in (office.ana, office.ben):
        office.wish(who, Wanted.AT_ONCE)
    with office.store.write() as session:
        ben = session.get_one(Staff, office.ben)
        ben.absent_from = NOON - timedelta(days=1)
        session.add(ben)
    office.task(None, candidate_group="intake_team")
    assert [each.staff_id for each in office.tell()] == [office.ana]


def test_what_one_has_given_oneself_accepted_or_done_is_not_new(office: Office) -> None:
    office.wish(office.ana, Wanted.AT_ONCE)
    office.task(office.ana, by=office.ana)
    office.task(office.ana, accepted_at=NOON)
    office.task(office.ana, status=TaskStatus.COMPLETED)
    assert office.tell() == []


def test_what_is_older_than_the_wish_is_not_told(office: Office) -> None:
    office.task(office.ana)
    office.now += timedelta(minutes=1)
    office.wish(office.ana, Wanted.AT_ONCE)
    assert office.tell() == []
    office.task(office.ana)
    assert len(office.tell()) == 1


def test_nobody_hears_of_a_task_of_somebody_they_know(office: Office) -> None:
    client = Client(given_name="Eva", family_name="Example", created_at=NOON)
    case = Case(number="1", client_id=client.id, received_at=NOON, created_at=NOON)
    with office.store.write() as session:
        session.add_all([client, case])
        session.add(Conflict(staff_id=office.ana, client_id=client.id, reason="aunt", declared_at=NOON))
    for who in (office.ana, office.ben):
        office.wish(who, Wanted.AT_ONCE)
    office.task(None, candidate_group="intake_team", case_id=case.id)
    assert [each.staff_id for each in office.tell()] == [office.ben]


def test_the_summary_comes_once_on_a_working_morning_and_urgent_ones_at_once(office: Office) -> None:
    office.wish(office.ana, Wanted.MORNING)
    office.task(office.ana, due_at=NOON + timedelta(hours=1))
    office.task(office.ana)
    assert office.tell() == []
    office.task(office.ana, priority=TaskPriority.STAT)
    assert [each.subject for each in office.tell()] == ["You have a new urgent task"]
    office.now = NOON + timedelta(hours=20)  # 8 o'clock on Wednesday
    (told,) = office.tell()
    assert told.body == "You have 3 tasks that you have not begun, 1 overdue: https://cases.example/"
    office.now += timedelta(minutes=5)
    assert office.tell() == []
    office.now = NOON + timedelta(days=4, hours=-4)  # Saturday
    assert office.tell() == []


def test_somebody_who_had_another_message_about_the_task_is_not_told_again(office: Office) -> None:
    office.wish(office.ana, Wanted.AT_ONCE)
    task = office.task(office.ana, priority=TaskPriority.STAT)
    with office.store.write() as session:
        send_notice_of(session, session.get_one(HumanTask, task), "told", NOON, office.runtime.new_id)
    assert office.tell() == []
