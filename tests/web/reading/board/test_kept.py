"""Boards are counted once, one after the other, and kept for a while."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from threading import Event
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from account_world import MORNING

from models import Role
from web.access.actor import Actor
from web.reading.board.kept import AT_ONCE, FRESH, LASTS, Kept, Shown
from web.reading.board.narrowed import Mine, Narrowed
from web.reading.board.whole import Board, Choices

ACTOR = Actor("a", "lea", "Lea", frozenset({Role.SUPERVISOR}), frozenset({"intake"}), frozenset({"intake"}))
MINE = Mine(ACTOR, MORNING, ZoneInfo("America/New_York"))
PATIENCE = 10.0


class Counting:
    """Counts a board when it is let, and remembers how often it was asked to."""

    def __init__(self) -> None:
        self.begun: list[Mine] = []
        self.let = Event()
        self.busy = Event()

    def of(self, mine: Mine) -> Callable[[], Shown]:
        def count() -> Shown:
            self.begun.append(mine)
            if len(self.begun) == AT_ONCE:
                self.busy.set()
            assert self.let.wait(PATIENCE)
            return shown(mine)

        return count


@pytest.fixture
def counting() -> Iterator[Counting]:
    made = Counting()
    yield made
    made.let.set()


def shown(mine: Mine) -> Shown:
    nothing: Any = ()
    figures = dict.fromkeys(Board.__slots__, nothing) | {"at": mine.now, "narrowed": mine.narrowed}
    return Shown(Board(**cast(dict[str, Any], figures)), Choices((), {}, {}))


def later(much: timedelta) -> Mine:
    return replace(MINE, now=MORNING + much)


def test_a_board_that_is_asked_for_twice_is_counted_once(counting: Counting) -> None:
    boards = Kept()
    first = boards.counted(MINE, counting.of(MINE))
    again = later(timedelta(seconds=1))
    second = boards.counted(again, counting.of(again))
    assert not first.done()
    counting.let.set()
    assert second.result(PATIENCE) is first.result(PATIENCE)
    assert counting.begun == [MINE]


def test_however_many_boards_are_asked_for_they_are_counted_one_after_the_other(counting: Counting) -> None:
    boards = Kept()
    asked = [replace(MINE, narrowed=Narrowed(team=f"team {at}")) for at in range(5 * AT_ONCE)]
    found = [boards.counted(each, counting.of(each)) for each in asked]
    assert counting.busy.wait(PATIENCE)
    assert len(counting.begun) == AT_ONCE
    counting.let.set()
    assert [each.result(PATIENCE).board.narrowed for each in found] == [each.narrowed for each in asked]


def test_what_was_counted_is_shown_for_a_while_and_counted_again(counting: Counting) -> None:
    boards = Kept()
    counting.let.set()
    made = boards.counted(MINE, counting.of(MINE)).result(PATIENCE)
    almost = later(FRESH - timedelta(seconds=1))
    assert boards.counted(almost, counting.of(almost)).result(PATIENCE) is made
    by_now = later(FRESH)
    assert boards.last(by_now) is made
    new = boards.counted(by_now, counting.of(by_now)).result(PATIENCE)
    assert boards.last(by_now) is new
    assert new.board.at == by_now.now
    assert boards.last(later(FRESH + LASTS)) is None
    assert counting.begun == [MINE, by_now]


def test_what_goes_wrong_is_told_to_everybody_who_waits_and_tried_again(counting: Counting) -> None:
    boards = Kept()

    def fail() -> Shown:
        assert counting.let.wait(PATIENCE)
        raise RuntimeError("the database is gone")

    waiting = [boards.counted(MINE, fail), boards.counted(MINE, fail)]
    counting.let.set()
    for each in waiting:
        with pytest.raises(RuntimeError, match="is gone"):
            each.result(PATIENCE)
    assert boards.last(MINE) is None
    assert boards.counted(MINE, counting.of(MINE)).result(PATIENCE).board.at == MORNING


def test_who_no_longer_waits_takes_the_figures_from_nobody(counting: Counting) -> None:
    boards = Kept()
    found = boards.counted(MINE, counting.of(MINE))
    assert not found.cancel()
    counting.let.set()
    assert found.result(PATIENCE).board.at == MORNING


def test_what_boards_are_narrowed_to_is_found_once_for_all_of_somebody() -> None:
    boards, asked = Kept(), list[Mine]()

    def choices(mine: Mine) -> Choices:
        def find() -> Choices:
            asked.append(mine)
            return Choices((str(len(asked)),), {}, {})

        return boards.choices(mine, find)

    of_team = replace(later(FRESH - timedelta(seconds=1)), narrowed=Narrowed(team="intake"))
    somebody = replace(MINE, actor=replace(ACTOR, staff_id="ada"))
    by_now = later(FRESH)
    assert choices(MINE) is choices(of_team)
    assert choices(somebody) is not choices(MINE)
    assert choices(by_now).teams == ("3",)
    assert asked == [MINE, somebody, by_now]
