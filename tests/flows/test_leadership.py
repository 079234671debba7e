"""One process leads, another takes over, whatever becomes of the clock (engine.md R4)."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from databases import on_disk, url_of
from engine_world import World, world_on

from flows.leadership import NOBODY, Candidate
from flows.limits import Limits
from models import open_store

LIMITS = Limits()
LASTING = LIMITS.leadership.total_seconds()
OFTEN = LIMITS.leadership_renewal.total_seconds()


@dataclass
class Office:
    """Processes that would lead, in one world whose clock and watches are moved by hand."""

    world: World
    watch: float = 0.0

    def candidate(self, name: str) -> Candidate:
        return Candidate(replace(self.world.runtime, stopwatch=lambda: self.watch), name)

    def go_on(self, seconds: float, *standing: Candidate) -> None:
        """Time passes; those who stand renew as often as they should."""
        left = seconds
        while left > 0:
            step = min(OFTEN, left)
            self.watch += step
            self.world.pass_time(timedelta(seconds=step))
            left -= step
            for each in standing:
                each.stand()


@pytest.fixture
def office(world: World) -> Office:
    return Office(world)


def test_the_first_leads_and_the_others_know_it(office: Office) -> None:
    one, two = office.candidate("one"), office.candidate("two")
    assert two.standing() == NOBODY
    first, second = one.stand(), two.stand()
    assert (first.leader, first.mine, first.term) == ("one", True, 1)
    assert (second.leader, second.mine, second.term) == ("one", False, 1)
    assert (one.leads, two.leads) == (True, False)


def test_a_leader_that_renews_keeps_its_term(office: Office) -> None:
    one, two = office.candidate("one"), office.candidate("two")
    office.go_on(10 * LASTING, one, two)
    assert one.leads
    assert one.standing().term == 1
    assert not two.leads


def test_another_takes_over_from_a_dead_leader_within_15_seconds(office: Office) -> None:
    one, two = office.candidate("one"), office.candidate("two")
    office.go_on(LASTING, one, two)
    waited = 0.0
    while not two.leads:
        office.go_on(OFTEN, two)
        waited += OFTEN
    assert waited <= 15
    assert two.standing().leader == "two"
    assert two.standing().term == 2


def test_a_leader_that_was_stopped_for_long_does_not_lead_before_it_has_asked(office: Office) -> None:
    one, two = office.candidate("one"), office.candidate("two")
    one.stand()
    office.go_on(LASTING)
    assert not one.leads
    two.stand()
    assert (one.stand().leader, one.leads) == ("two", False)


def test_a_leader_that_wakes_up_before_anybody_else_asks_goes_on(office: Office) -> None:
    one = office.candidate("one")
    one.stand()
    office.go_on(3 * LASTING)
    one.stand()
    assert (one.leads, one.standing().term) == (True, 1)


def test_a_clock_that_is_set_back_keeps_no_dead_leader_in_office(office: Office) -> None:
    one, two = office.candidate("one"), office.candidate("two")
    office.go_on(LASTING, one, two)
    office.world.pass_time(timedelta(days=-365))
    office.go_on(LASTING + OFTEN, two)
    assert two.leads


def test_a_clock_that_is_set_back_does_not_disturb_a_living_leader(office: Office) -> None:
    one, two = office.candidate("one"), office.candidate("two")
    office.go_on(LASTING, one, two)
    office.world.pass_time(timedelta(hours=-1))
    office.go_on(3 * LASTING, one, two)
    assert (one.leads, two.leads, one.standing().term) == (True, False, 1)


def test_a_clock_that_is_set_forward_leaves_one_leader(office: Office) -> None:
    one, two = office.candidate("one"), office.candidate("two")
    office.go_on(LASTING, one, two)
    office.world.pass_time(timedelta(days=365))
    for each in (two, one):
        each.stand()
    assert [one.leads, two.leads] == [False, True]
    office.go_on(3 * LASTING, one, two)
    assert (one.leads, two.leads, two.standing().term) == (False, True, 2)


def test_who_gives_up_is_followed_at_once(office: Office) -> None:
    one, two = office.candidate("one"), office.candidate("two")
    for each in (one, two):
        each.stand()
    one.resign()
    assert (one.leads, two.standing()) == (False, NOBODY)
    two.stand()
    assert two.leads
    one.resign()  # it has nothing to give up any more
    assert two.standing().leader == "two"


def test_offices_have_leaders_of_their_own(office: Office) -> None:
    runtime = office.world.runtime
    one, other = Candidate(runtime, "one", "first office"), Candidate(runtime, "two", "second office")
    assert one.stand().mine
    assert other.stand().mine


def test_of_many_processes_that_stand_at_once_one_leads(tmp_path: Path) -> None:
    with on_disk(tmp_path) as store:
        url = url_of(store)
    read_end, write_end = os.pipe()
    starting_gun, go = os.pipe()
    children = [_stands(url, f"process {number}", starting_gun, write_end) for number in range(4)]
    os.write(go, b"go!!")
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * 4
    assert sorted(os.read(read_end, 100).decode().split()) == ["False", "False", "False", "True"]


def _stands(url: str, name: str, starting_gun: int, tell: int) -> int:
    def stand() -> None:
        os.read(starting_gun, 1)
        with open_store(url) as store:
            os.write(tell, f"{Candidate(world_on(store).runtime, name).stand().mine} ".encode())

    return _in_a_process(stand)


def _in_a_process(act: Callable[[], None]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        act()
        code = 0
    finally:
        os._exit(code)
