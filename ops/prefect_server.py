"""Prefect's server of this home: started by `casewright server`, found by everything else."""

import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from ops.errors import OpsError
from ops.prefect_home import LOG, make_home, server_environment
from ops.settings import Settings

ADDRESS: Final = "server.json"
HOST: Final = "127.0.0.1"
PATIENCE: Final = 120.0
"""Seconds in which a server must have started; the first time it makes its database."""


def known_api(settings: Settings) -> str | None:
    """The address of Prefect's API: the one that is set, or that of the server of this home."""
    if settings.prefect_api_url is not None:
        return settings.prefect_api_url
    try:
        return str(json.loads(_file(settings).read_text(encoding="utf-8"))["api"])
    except (OSError, ValueError, KeyError):
        return None


def needed_api(settings: Settings) -> str:
    """`known_api`; OpsError where there is none."""
    api = known_api(settings)
    if api is None:
        raise OpsError(
            "no Prefect server is known here",
            action="start one with `casewright server`, or set CASEWRIGHT_PREFECT_API_URL",
        )
    return api


def pages_of(settings: Settings) -> str | None:
    """The address of Prefect's pages, where a server is known."""
    api = known_api(settings)
    return None if api is None else api.rstrip("/").removesuffix("/api")


@contextmanager
def serving(
    settings: Settings, port: int | None = None, host: str = HOST
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Prefect's server of this home and its API's address, until the block ends. It keeps its port from one
    start to the next where that is free. OpsError when it does not start, its log says why; or when others
    than this machine could reach it without a password.
    """
    _refuse_open_door(settings, host)
    make_home(settings)
    port = port or _last_port(settings) or _free_port()
    api = f"http://{_called(host, everywhere=HOST)}:{port}/api"
    seen_at = f"http://{_called(host, everywhere=socket.gethostname())}:{port}/api"
    log = settings.prefect_home / LOG
    with log.open("ab") as output:
        server = subprocess.Popen(  # noqa: S603 (our own interpreter, no shell)
            [sys.executable, "-m", "prefect", "server", "start", "--host", host, "--port", str(port)],
            env={**_plain_environment(), **server_environment(settings, api, seen_at)},
            cwd=settings.prefect_home,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches us alone; we end the server when we are done
        )
    try:
        _until_healthy(api, server, log)
        _file(settings).write_text(json.dumps({"api": api}), encoding="utf-8")
        yield api, server
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(8)
        server.kill()
        server.wait()


def _refuse_open_door(settings: Settings, host: str) -> None:
    if settings.prefect_auth is None and not ip_address(host).is_loopback:
        raise OpsError(
            f"at {host} everybody who reaches this machine could use Prefect's server",
            action="set CASEWRIGHT_PREFECT_AUTH to NAME:PASSWORD, here and where workers run",
        )


def _called(host: str, *, everywhere: str) -> str:
    """The address as part of a URL; `everywhere` stands for that of all networks."""
    address = ip_address(host)
    if address.is_unspecified:
        return everywhere
    return f"[{address}]" if address.version == 6 else str(address)


def _plain_environment() -> dict[str, str]:
    import os

    from ops.prefect_home import PREFIX

    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def _until_healthy(api: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise OpsError(
                f"Prefect's server ended at once (status {server.returncode})", action=f"read {log}"
            )
        if _answers(api):
            return
        time.sleep(0.1)
    raise OpsError(f"Prefect's server does not answer after {PATIENCE:.0f} seconds", action=f"read {log}")


def _answers(api: str) -> bool:
    try:
        with urllib.request.urlopen(f"{api}/health", timeout=2) as answer:  # noqa: S310 (http, our own)
            return bool(answer.status == 200)
    except OSError:
        return False


def _file(settings: Settings) -> Path:
    return settings.prefect_home / ADDRESS


def _last_port(settings: Settings) -> int | None:
    try:
        api = json.loads(_file(settings).read_text(encoding="utf-8"))["api"]
        port = int(api.rsplit(":", 1)[1].split("/")[0])
        with socket.create_server((HOST, port)):
            return port
    except (OSError, ValueError, KeyError, IndexError):
        return None


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as free:
        return int(free.getsockname()[1])
