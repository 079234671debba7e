"""Threads of a worker share its interpreter in short turns."""

import sys

from ops.switching import INTERVAL, switch_often


def test_a_thread_that_waits_for_the_interpreter_gets_it_sooner() -> None:
    before = sys.getswitchinterval()
    try:
        switch_often()
        assert abs(sys.getswitchinterval() - INTERVAL) < 1e-6
        assert before > INTERVAL
    finally:
        sys.setswitchinterval(before)
