"""What somebody sees of a page that failed."""

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from fastapi import Request

from web.pages.failed import page_failed


def _request(path: str, query: str) -> Request:
    web = SimpleNamespace(
        zone=ZoneInfo("America/New_York"), now=lambda: datetime(2026, 3, 2, 14, 5, tzinfo=UTC), version="1"
    )
    return Request(
        {
            "type": "http",
            "path": path,
            "query_string": query.encode(),
            "headers": [],
            "state": {"web": web, "nonce": "n"},
        }
    )


def test_a_page_that_failed_tells_when_and_nothing_of_the_error() -> None:
    failed = page_failed(_request("/cases/1", "q=a&b=%22"), ValueError("Eva Placeholder lives there"))
    answer = asyncio.run(failed)
    page = bytes(answer.body).decode()
    assert answer.status_code == 500
    assert "Placeholder" not in page
    assert "ValueError" not in page
    assert "Mon 2 Mar, 09:05" in page
    assert 'href="/cases/1?q=a&amp;b=%22"' in page
