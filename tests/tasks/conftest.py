"""The bench on which step kinds are tried."""

from collections.abc import Iterator

import pytest
from casework_bench import contact
from message_world import TEMPLATES
from step_bench import Bench, open_bench

from models import Client, Safety


@pytest.fixture
def bench() -> Iterator[Bench]:
    """An empty bench."""
    with open_bench() as made:
        yield made


@pytest.fixture
def shipped_templates(bench: Bench) -> None:
    """The templates that a step may name."""
    bench.templates = TEMPLATES


@pytest.fixture
def client(bench: Bench) -> Client:
    """A client with a safe telephone number."""
    found = bench.client()
    contact(bench, found, "+12125550100", safe=Safety.YES, confirmed_at=bench.now)
    return found
