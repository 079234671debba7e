"""Asking Prefect's server how it is and which workers it has heard of, without importing Prefect."""

import json
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Final
from urllib.parse import quote
from urllib.request import Request, urlopen

from ops.prefect_server import known_api
from ops.settings import Settings

PATIENCE: Final = 1.0
"""Seconds after which Prefect counts as not reachable."""

MOST: Final = 50
"""Workers that are shown at most."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker of the pool, as Prefect knows it; `online` while its heartbeats come."""

    name: str
    online: bool


@dataclass(frozen=True, slots=True)
class Prefect:
    """Prefect's server: its API's address, None where none is known; whether it answers; its workers."""

    api: str | None
    reachable: bool = False
    workers: tuple[Worker, ...] = ()


def prefect_of(settings: Settings) -> Prefect:
    """How Prefect's server is now. One that does not answer within a second counts as not reachable."""
    api = known_api(settings)
    if api is None:
        return Prefect(None)
    try:
        _ask(f"{api}/health")
    except (OSError, HTTPException, ValueError):
        return Prefect(api)
    try:
        found = _ask(f"{api}/work_pools/{quote(settings.pool, safe='')}/workers/filter", {"limit": MOST})
        workers = tuple(Worker(str(each["name"]), each.get("status") == "ONLINE") for each in found)
    except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError):
        workers = ()  # a pool that nobody has made yet, or a server that has no such address
    return Prefect(api, reachable=True, workers=tuple(sorted(workers, key=lambda each: each.name)))


def _ask(address: str, body: object = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    # the address is http or https: the settings saw to it
    request = Request(address, data=data, headers={"Content-Type": "application/json"})  # noqa: S310
    with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
        return json.loads(answer.read() or b"null")
