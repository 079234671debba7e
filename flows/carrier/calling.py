"""Clients of Prefect's API that ask again at once.

On SQLite, Prefect's server answers 503 when two of its own transactions meet ("database is locked"). Its
client then waits 2, 4, 8 seconds, though what was in the way is over after some milliseconds.
"""

import asyncio
import ssl
from functools import cache
from typing import Any, Final, TypeVar

import httpx
from prefect.client.orchestration import PrefectClient
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_API_KEY,
    PREFECT_API_SSL_CERT_FILE,
    PREFECT_API_TLS_INSECURE_SKIP_VERIFY,
    PREFECT_API_URL,
)

C = TypeVar("C", bound=PrefectClient)

UNAVAILABLE: Final = 503
"""HTTP: the server can't do it now."""

PAUSES: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Seconds before each further try. What is still refused after these is left to Prefect's own patience."""


class AskingAgain(httpx.AsyncBaseTransport):
    """Sends what `inner` sends, and repeats at once what the server could not do just now."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer, or the last of several refusals. Only a body that can be sent again is."""
        pauses = PAUSES if isinstance(request.stream, httpx.ByteStream) else ()
        for pause in pauses:
            answer = await self._inner.handle_async_request(request)
            if answer.status_code != UNAVAILABLE or "Retry-After" in answer.headers:
                return answer
            await answer.aclose()
            await asyncio.sleep(pause)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def client_of(kind: type[C]) -> C:
    """A client for the API that the settings name. Enter it before use."""
    settings: dict[str, Any] = {} if PREFECT_API_TLS_INSECURE_SKIP_VERIFY else {"verify": _trusted()}
    client = kind(
        PREFECT_API_URL.value(),
        api_key=PREFECT_API_KEY.value(),
        auth_string=PREFECT_API_AUTH_STRING.value(),
        httpx_settings=settings,
    )
    http = client._client
    http._transport = AskingAgain(http._transport)  # as Prefect does: given before, it would know no proxies
    return client


@cache
def _trusted() -> ssl.SSLContext:
    """What Prefect's client trusts; reading the certificates takes longer than a step, so it is done once."""
    own = PREFECT_API_SSL_CERT_FILE.value()
    return ssl.create_default_context(cafile=own) if own else httpx.create_ssl_context()
