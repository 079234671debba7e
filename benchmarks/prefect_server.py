"""A Prefect server for a measurement: a process of its own, quiet, on a free port, with its own database."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

PATIENCE: Final = 120.0
"""Seconds in which a server has to answer."""


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def quiet_prefect(home: Path, api: str | None) -> Mapping[str, str]:
    """Prefect's variables for client and server: nothing is sent elsewhere, logs stay out of the API, results
    are not persisted.
    """
    address = {} if api is None else {"PREFECT_API_URL": api}
    return {
        **address,
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_LEVEL": "ERROR",
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "DO_NOT_TRACK": "1",
    }


@contextmanager
def prefect_server(home: Path, database: str | None) -> Iterator[str]:
    """A server that answers; gives the address of its API and sets Prefect's variables in this process.
    `database` is an asyncpg address, None for a file in `home`.
    """
    home.mkdir(parents=True, exist_ok=True)
    port = free_port()
    api = f"http://127.0.0.1:{port}/api"
    variables = {
        **quiet_prefect(home, api),
        "PREFECT_API_DATABASE_CONNECTION_URL": database or f"sqlite+aiosqlite:///{home / 'prefect.db'}",
        "PREFECT_UI_ENABLED": "false",
    }
    os.environ.update(variables)
    command = [sys.executable, "-m", "prefect", "server", "start", "--port", str(port), "--no-ui"]
    with (home / "server.log").open("w") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=home)  # noqa: S603 - our own command
    try:
        _until_it_answers(f"{api}/health", server, home / "server.log")
        yield api
    finally:
        server.terminate()
        server.wait(timeout=30)


def _until_it_answers(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own address
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"Prefect's server does not answer at {address}: {log.read_text()[-2000:]}")
