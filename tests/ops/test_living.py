"""What every process that lives on does besides its own work."""

import threading

import pytest

import ops.living
from flows.critical import CriticalLane
from ops.composition import Engine
from ops.living import living

PATIENCE = 10.0
"""Seconds after which the test gives up."""


def test_what_another_process_has_judged_is_dispatched_at_once(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    others_judge = threading.Event()

    class Slow(CriticalLane):
        """Looks after another process's lane has found all wakes to be ordinary: nothing is left for it."""

        def turn(self) -> int:
            assert others_judge.wait(PATIENCE)
            return 0

    monkeypatch.setattr(ops.living, "CriticalLane", Slow)
    with living(engine) as life:
        assert life.changed.wait(PATIENCE), "when a process begins there may be something to do"
        others_judge.set()
        assert life.changed.wait(PATIENCE / 2), "nobody would look before the sweep"
