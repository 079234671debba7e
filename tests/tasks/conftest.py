"""The bench on which step kinds are tried."""

from collections.abc import Iterator

import pytest
from step_bench import Bench, open_bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    """An empty bench."""
    with open_bench() as made:
        yield made
