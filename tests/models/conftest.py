from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from databases import in_memory

from models import Store


@pytest.fixture
def now() -> datetime:
    return datetime(2026, 3, 28, 22, 30, tzinfo=UTC)


@pytest.fixture
def store() -> Iterator[Store]:
    with in_memory() as opened:
        yield opened
