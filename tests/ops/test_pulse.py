"""Doing things again and again, also when somebody sets the clock."""

import threading
import time
from datetime import UTC, datetime, timedelta, tzinfo

import pytest

from ops import pulse
from ops.pulse import Pulse, pulsing

SOON = timedelta(milliseconds=10)
PATIENCE = 60.0
"""Seconds after which a test gives up; it never waits that long when all is well."""


def fail(name: str, error: Exception) -> None:
    raise AssertionError(f"{name} failed") from error


class Turns:
    """Counts turns, and lets a test wait for some more of them."""

    def __init__(self) -> None:
        self._more = threading.Semaphore(0)
        self.begun = self.running = self.most = 0

    def __call__(self) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        self.begun += 1
        self._more.release()
        self.running -= 1

    def wait(self, count: int) -> bool:
        return all(self._more.acquire(timeout=PATIENCE) for _ in range(count))

    def forget(self) -> None:
        while self._more.acquire(blocking=False):
            pass


class Clock:
    """A time of day that a test sets."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.set_by = timedelta(0)
        clock, real = self, time.time

        class Shifted(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:
                return datetime.now(tz) + clock.set_by

        monkeypatch.setattr("apscheduler.schedulers.base.datetime", Shifted)
        monkeypatch.setattr(pulse, "datetime", Shifted)
        monkeypatch.setattr(pulse.time, "time", lambda: real() + clock.set_by.total_seconds())


def test_it_is_done_at_once_and_again() -> None:
    turns = Turns()
    with pulsing([Pulse("turn", SOON, turns)], fail):
        assert turns.wait(3)
    after = turns.begun
    assert after >= 3
    assert turns.most == 1


def test_the_first_turn_does_not_wait_for_the_interval() -> None:
    turns = Turns()
    with pulsing([Pulse("turn", timedelta(days=1), turns)], fail):
        assert turns.wait(1)
    assert turns.begun == 1


@pytest.mark.parametrize("set_by", [timedelta(hours=-1), timedelta(days=400)], ids=["back", "forward"])
def test_a_clock_that_is_set_stops_nothing(set_by: timedelta, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, turns = Clock(monkeypatch), Turns()
    monkeypatch.setattr(pulse, "LOOK", 0.01)
    with pulsing([Pulse("turn", SOON, turns)], fail):
        assert turns.wait(2)
        clock.set_by = set_by
        turns.forget()
        assert turns.wait(3)


def test_an_error_of_one_turn_does_not_end_the_others() -> None:
    troubles: list[tuple[str, str]] = []
    turns = Turns()

    def act() -> None:
        turns()
        if turns.begun == 1:
            raise ZeroDivisionError

    with pulsing([Pulse("act", SOON, act)], lambda name, error: troubles.append((name, str(error)))):
        assert turns.wait(3)
    assert troubles == [("act", "")]


def test_a_slow_one_does_not_keep_another_waiting() -> None:
    turns, let_go = Turns(), threading.Event()
    slow = Pulse("slow", SOON, lambda: let_go.wait(PATIENCE))
    with pulsing([slow, Pulse("turn", SOON, turns)], fail):
        assert turns.wait(3)
        let_go.set()


def test_what_is_under_way_is_finished_before_the_block_ends() -> None:
    begun, finished = threading.Event(), []

    def act() -> None:
        begun.set()
        datetime.now(UTC)
        finished.append(True)

    with pulsing([Pulse("act", timedelta(days=1), act)], fail):
        assert begun.wait(PATIENCE)
    assert finished == [True]
