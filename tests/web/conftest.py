"""Fixtures of the tests of the web application."""

from collections.abc import Iterator

import pytest
from account_world import People, open_people


@pytest.fixture
def people() -> Iterator[People]:
    """An office where nobody works yet."""
    with open_people() as opened:
        yield opened
