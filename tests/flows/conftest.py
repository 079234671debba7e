"""The world that the engine's tests run in."""

from collections.abc import Iterator

import pytest
from databases import in_memory
from desk_world import GROUP, Desk, open_desk
from engine_world import World, world_on


@pytest.fixture
def world() -> Iterator[World]:
    """A fresh world in memory."""
    store = in_memory()
    yield world_on(store)
    store.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A task on the desk of its caseworker."""
    with open_desk() as made:
        yield made


@pytest.fixture
def queue() -> Iterator[Desk]:
    """A task in the queue of a group: Ana and Ben are in it, Eve is not."""
    with open_desk(GROUP, ana="referral_team", ben="referral_team", eve="intake_team") as made:
        yield made
