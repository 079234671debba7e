"""The garbage collector of a process that lives on."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from ops.collecting import THRESHOLDS, collect_seldom


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_is_there_is_left_out_of_the_looks() -> None:
    collect_seldom()
    assert gc.get_freeze_count() > 1_000
    assert gc.get_threshold() == THRESHOLDS


def test_circles_that_come_later_are_still_found() -> None:
    class Circle:
        def __init__(self) -> None:
            self.own = self

    collect_seldom()
    gone = weakref.ref(Circle())
    gc.collect()
    assert gone() is None
