"""Which tasks the inbox shows, in which order, and how many."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from account_world import MORNING
from databases import in_memory

from models import (
    Case,
    Client,
    Delegation,
    HumanTask,
    Role,
    Staff,
    Store,
    TaskKind,
    TaskPriority,
    TaskStatus,
    new_id,
)
from web.access.actor import Actor
from web.reading.work.asked import Asked, DueIn, Whose
from web.reading.work.inbox import inbox, next_task, stamp, tasks_after
from web.reading.work.task_place import TaskPlace

NOW = MORNING


@dataclass
class Office:
    store: Store
    people: dict[str, Actor] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)

    def person(self, name: str, *teams: str, leads: tuple[str, ...] = ()) -> None:
        row = Staff(name=name.capitalize(), email=f"{name}@office.example")
        self.add(row)
        roles = frozenset({Role.SUPERVISOR if leads else Role.CASEWORKER})
        groups = frozenset(teams + leads)
        self.people[name] = Actor(new_id(), row.id, row.name, roles, groups, frozenset(leads))

    def case(self, name: str, number: str, **fields: Any) -> str:
        client = Client(given_name="Eva", family_name=name, created_at=NOW)
        case = Case(number=number, client_id=client.id, received_at=NOW, created_at=NOW, **fields)
        self.add(client, case)
        return case.id

    def task(self, title: str, who: str | None = None, hours: float | None = None, **fields: Any) -> str:
        task = HumanTask(
            kind=TaskKind.CHECKLIST,
            title=title,
            created_at=NOW,
            assignee_id=None if who is None else self.people[who].staff_id,
            due_at=None if hours is None else NOW + timedelta(hours=hours),
            **fields,
        )
        self.add(task)
        self.made[title] = task.id
        return task.id

    def add(self, *rows: Any) -> None:
        with self.store.write() as session:
            session.add_all(rows)

    def titles(self, who: str, **asked: Any) -> list[str]:
        with self.store.read() as session:
            return [row.title for row in inbox(session, self.people[who], Asked(**asked), NOW).rows]


@pytest.fixture
def office() -> Iterator[Office]:
    with in_memory() as store:
        found = Office(store)
        found.person("ana", "intake")
        found.person("ben", "intake")
        found.person("lea", leads=("intake",))
        yield found


def test_mine_and_what_my_groups_offer_the_most_urgent_first(office: Office) -> None:
    office.task("later", "ana", 100)
    office.task("overdue", "ana", -5)
    office.task("no date", "ana")
    office.task("at once", "ana", 200, priority=TaskPriority.STAT)
    office.task("offered", None, 1, candidate_group="intake")
    office.task("of others", "ben", 1, candidate_group="intake")
    office.task("another queue", None, 1, candidate_group="referral")
    office.task("done", "ana", 1, status=TaskStatus.COMPLETED)
    assert office.titles("ana") == ["at once", "overdue", "offered", "later", "no date"]
    assert office.titles("ana", whose=Whose.MINE) == ["at once", "overdue", "later", "no date"]
    assert office.titles("ana", whose=Whose.QUEUE) == ["offered"]


def test_a_lead_finds_what_is_with_others_of_the_team(office: Office) -> None:
    office.task("of ben", "ben", 1, candidate_group="intake")
    assert office.titles("lea", whose=Whose.TEAM) == ["of ben"]
    assert office.titles("ana", whose=Whose.TEAM) == []


def test_it_is_narrowed_by_date_and_state(office: Office) -> None:
    office.task("overdue", "ana", -1)
    office.task("soon", "ana", 5, status=TaskStatus.IN_PROGRESS)
    office.task("this week", "ana", 60)
    office.task("no date", "ana")
    assert office.titles("ana", due=DueIn.OVERDUE) == ["overdue"]
    assert office.titles("ana", due=DueIn.SOON) == ["soon"]
    assert office.titles("ana", due=DueIn.WEEK) == ["soon", "this week"]
    assert office.titles("ana", due=DueIn.NO_DATE) == ["no date"]
    assert office.titles("ana", status=TaskStatus.IN_PROGRESS) == ["soon"]


def test_it_is_searched_by_task_case_and_client_and_signs_are_no_wildcards(office: Office) -> None:
    case = office.case("Placeholder", "2026-000007", team="intake")
    office.task("100% sure", "ana", case_id=case)
    office.task("other", "ana")
    for words in ("placeh", "000007", "100%", "eva 2026"):
        assert office.titles("ana", search=words) == ["100% sure"]
    assert office.titles("ana", search="1%e") == []


def test_a_task_of_a_sealed_case_is_there_and_whose_it_is_is_not(office: Office) -> None:
    case = office.case("Secret", "2026-000009", team="intake", sealed=True)
    office.task("look", "ana", case_id=case)
    with office.store.read() as session:
        (row,) = inbox(session, office.people["ana"], Asked(), NOW).rows
    assert (row.title, row.case, row.client, row.case_id) == ("look", None, None, None)
    assert office.titles("ana", search="Secret") == []
    assert office.titles("ana", search="000009") == []


def test_the_figures_count_whatever_was_asked_for(office: Office) -> None:
    office.task("overdue", "ana", -1)
    office.task("soon", "ana", 5)
    office.task("offered", None, -2, candidate_group="intake")
    with office.store.read() as session:
        counts = inbox(session, office.people["ana"], Asked(search="nothing"), NOW).counts
    assert (counts.mine, counts.queue, counts.overdue, counts.soon) == (2, 1, 2, 1)


def test_a_page_has_fifty_and_says_that_there_are_more(office: Office) -> None:
    for number in range(51):
        office.task(f"{number:02}", "ana", number + 1)
    with office.store.read() as session:
        first = inbox(session, office.people["ana"], Asked(), NOW)
        second = inbox(session, office.people["ana"], Asked(page=2), NOW)
    assert (len(first.rows), first.more) == (50, True)
    assert ([row.title for row in second.rows], second.more) == (["50"], False)


def test_the_stamp_changes_when_work_comes_or_changes_hands(office: Office) -> None:
    def now() -> str:
        with office.store.read() as session:
            return stamp(session, office.people["ana"], NOW)

    seen = [now()]
    office.task("new", None, candidate_group="intake")
    seen.append(now())
    with office.store.write() as session:
        task = session.get_one(HumanTask, office.made["new"])
        task.assignee_id = office.people["ana"].staff_id
        session.add(task)
    seen.append(now())
    assert len(set(seen)) == 3
    assert now() == seen[-1]


def test_the_next_task_is_ones_own_before_one_to_take_and_not_the_one_just_done(office: Office) -> None:
    office.task("offered", None, -9, candidate_group="intake")
    office.task("own", "ana", 50)

    def following(after: str | None = None) -> str | None:
        with office.store.read() as session:
            return next_task(session, office.people["ana"], NOW, after=after)

    assert following() == office.made["own"]
    assert following(office.made["own"]) == office.made["offered"]


def test_an_address_that_asks_for_what_is_not_there_asks_for_nothing() -> None:
    odd = {"whose": "x", "due": "y", "status": "completed", "page": "-1", "q": "  a \n b "}
    assert Asked.read(odd) == Asked(search="a b")
    asked = Asked(whose=Whose.MINE, due=DueIn.SOON, search="a&b", page=3)
    assert asked.address() == "/?whose=mine&due=soon&q=a%26b"


def test_tasks_of_those_whom_one_covers_are_there_while_they_are_away_and_no_longer(office: Office) -> None:
    office.task("ben's", "ben", 1)
    with office.store.write() as session:
        ben = session.get_one(Staff, office.people["ben"].staff_id)
        ben.cover_id = office.people["ana"].staff_id
        session.add(ben)
    assert office.titles("ana") == []
    for starts, ends, shown in ((-2, -1, []), (-1, 1, ["ben's"]), (1, 2, []), (-1, None, ["ben's"])):
        with office.store.write() as session:
            ben = session.get_one(Staff, office.people["ben"].staff_id)
            ben.absent_from = NOW + timedelta(days=starts)
            ben.absent_until = None if ends is None else NOW + timedelta(days=ends)
            session.add(ben)
        assert office.titles("ana", whose=Whose.MINE) == shown
        with office.store.read() as session:
            counted = inbox(session, office.people["ana"], Asked(), NOW).counts
            assert counted.mine == len(shown)


def test_what_others_do_for_one_is_found_among_nothing_else(office: Office) -> None:
    task = office.task("delegated", "ben")
    office.task("ben's own", "ben")
    mine, theirs = office.people["ana"].staff_id, office.people["ben"].staff_id
    office.add(Delegation(task_id=task, from_id=mine, to_id=theirs, delegated_at=NOW))
    assert office.titles("ana", whose=Whose.DELEGATED) == ["delegated"]
    assert office.titles("ana") == []


def test_a_booked_appointment_is_no_longer_to_be_booked(office: Office) -> None:
    """The date to book by has passed: that is told until the task is begun, which booking does."""
    passed = NOW - timedelta(hours=3)
    office.task("not booked", "ana", 100, book_by=passed)
    office.task("booked", "ana", 90, book_by=passed, status=TaskStatus.IN_PROGRESS)
    office.task("sooner", "ana", 50)
    assert office.titles("ana") == ["not booked", "sooner", "booked"]
    assert office.titles("ana", due=DueIn.OVERDUE) == ["not booked"]
    with office.store.read() as session:
        assert inbox(session, office.people["ana"], Asked(), NOW).counts.overdue == 1


def test_what_comes_and_goes_between_two_pages_shifts_nothing(office: Office) -> None:
    for hours in (1, 1, 2, 3, None, None, 4):
        office.task(f"in {hours} hours, {len(office.made)}", "ana", hours)
    office.task("at once", "ana", 9, priority=TaskPriority.STAT)

    def page(after: str | None) -> tuple[list[str], str | None]:
        place = None if after is None else TaskPlace.read(after)
        with office.store.read() as session:
            rows, more = tasks_after(session, office.people["ana"], Asked(), NOW, place, size=3)
        return [row.title for row in rows], None if more is None else more.text()

    whole = office.titles("ana")
    first, after = page(None)
    office.task("now at the top", "ana", -1)
    with office.store.write() as session:
        done = session.get_one(HumanTask, office.made[first[0]])
        done.status = TaskStatus.COMPLETED
        session.add(done)
    second, after = page(after)
    third, end = page(after)
    assert (first + second + third, end) == (whole, None)
