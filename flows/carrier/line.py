"""A thread's own line to Prefect's API, which may be slow, away or hung at any time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Final, Self, TypeVar

import httpx
from prefect.client.orchestration import PrefectClient

from flows.carrier.calling import client_of
from flows.errors import FlowError

T = TypeVar("T")

PATIENCE: Final = 45.0
"""Seconds that one question may take, retries included."""

BUSY: Final = 429
"""HTTP: ask again later. From 500 on the server is in trouble itself."""

CLOSED: Final = (401, 403)
"""HTTP: not without a password, or not with this one."""


class PrefectAwayError(FlowError):
    """Prefect's API does not answer. Nothing is lost: what it should have carried is ready again."""


class Line:
    """One event loop and one client, kept from question to question. It belongs to one thread.

    A question that gets no answer in `patience` seconds ends with PrefectAwayError; the next one calls anew.
    """

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._loop = asyncio.Runner()
        self._open = AsyncExitStack()
        self._client: PrefectClient | None = None

    def ask(self, question: Callable[[PrefectClient], Awaitable[T]]) -> T:
        """What the API answers. PrefectAwayError when it does not; its refusals are raised as they are."""
        try:
            return self._loop.run(self._ask(question))
        except (httpx.TransportError, TimeoutError) as error:
            self._hang_up()
            raise PrefectAwayError(f"Prefect's API does not answer ({type(error).__name__})") from error
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            if status in CLOSED:
                raise PrefectAwayError(
                    f"Prefect's API does not let us in ({status}); set CASEWRIGHT_PREFECT_AUTH"
                ) from error
            if status != BUSY and status < 500:
                raise
            raise PrefectAwayError(f"Prefect's API answers {status}") from error

    async def _ask(self, question: Callable[[PrefectClient], Awaitable[T]]) -> T:
        async with asyncio.timeout(self._patience):
            if self._client is None:
                self._client = await self._open.enter_async_context(client_of(PrefectClient))
            return await question(self._client)

    def _hang_up(self) -> None:
        self._client = None
        with suppress(Exception):  # the connection is broken anyhow
            self._loop.run(self._open.aclose())
        self._open = AsyncExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hang_up()
        self._loop.close()
