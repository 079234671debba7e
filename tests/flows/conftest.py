"""The world that the engine's tests run in."""

from collections.abc import Iterator

import pytest
from engine_world import World, world_on

from models import in_memory


@pytest.fixture
def world() -> Iterator[World]:
    """A fresh world in memory."""
    store = in_memory()
    yield world_on(store)
    store.close()
