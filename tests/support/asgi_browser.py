"""A browser without a screen: requests to an application in this process, with the cookies that it gives."""

import asyncio
from collections.abc import Mapping
from typing import Any

import httpx


class Browser:
    """Sends requests to an application and keeps its cookies; redirects are not followed."""

    def __init__(self, application: Any, headers: Mapping[str, str] | None = None) -> None:
        self._application = application
        self._headers = dict(headers or {})
        self.cookies = httpx.Cookies()

    def request(self, method: str, address: str, **more: Any) -> httpx.Response:
        """One request, and its answer."""
        return asyncio.run(self._request(method, address, more))

    async def _request(self, method: str, address: str, more: dict[str, Any]) -> httpx.Response:
        headers = {**self._headers, **more.pop("headers", {})}
        transport = httpx.ASGITransport(self._application)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://testserver", cookies=self.cookies
        ) as client:
            answer = await client.request(method, address, headers=headers, **more)
            self.cookies = client.cookies
            return answer

    def get(self, address: str, **more: Any) -> httpx.Response:
        """Look at something."""
        return self.request("GET", address, **more)

    def post(self, address: str, **more: Any) -> httpx.Response:
        """Send something."""
        return self.request("POST", address, **more)

    def put(self, address: str, **more: Any) -> httpx.Response:
        """Replace something."""
        return self.request("PUT", address, **more)

    def delete(self, address: str, **more: Any) -> httpx.Response:
        """Take something away."""
        return self.request("DELETE", address, **more)
