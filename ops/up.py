"""`casewright up`: every part on this machine, one line per part as it becomes ready, one address at the end.

Parts are processes of ours, each with a log of its own. They are started in the order in which they need each
other and ended in the opposite one; when one ends by itself, the others are ended too and its log is named.
"""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Final

from ops.errors import OpsError
from ops.pages.terminal import note, say
from ops.prefect_server import pages_of, serving
from ops.settings import Settings
from ops.stopping import until_stopped
from ops.web_server import HOST, address, refuse_taken

PATIENCE: Final = 120.0
"""Seconds in which a part must be ready; the first time, Prefect makes its database."""

GRACE: Final = 15.0
"""Seconds that a part gets to finish what it does."""

LOOK: Final = 0.2
"""Seconds between two looks at the parts."""

PROGRAM: Final = ("-m", "casewright")


@dataclass(frozen=True, slots=True)
class Part:
    """A process of ours: its name, its log, and the process."""

    name: str
    log: Path
    process: "subprocess.Popen[bytes]"

    @property
    def ended(self) -> bool:
        """Whether it has ended by itself."""
        return self.process.poll() is not None

    @property
    def fault(self) -> OpsError:
        """What to say when it has."""
        status = self.process.returncode
        return OpsError(f"{self.name} ended by itself (status {status})", action=f"its log says why: {self.log}")


def run_all(settings: Settings, port: int) -> None:
    """Start all parts, say where they are, and wait for Ctrl-C or SIGTERM; then end them in order. OpsError
    when the port is taken, or when a part does not start or ends by itself.
    """
    refuse_taken(HOST, port)
    with until_stopped() as stopped, ExitStack() as parts:
        _line("database", _database(settings))
        api, server = parts.enter_context(serving(settings))
        with_server = replace(settings, prefect_api_url=api)
        prefect = Part("Prefect's server", settings.prefect_home, server)
        _line("Prefect", pages_of(with_server) or api)
        started = [prefect]
        for name, arguments, ready in _parts(settings, port):
            part = parts.enter_context(_running(settings, name, arguments))
            started.append(part)
            _until(ready, part, stopped)
            if stopped.is_set():
                break
            _line(name, _seen(name, settings, port))
        if not stopped.is_set():
            _until(lambda _part: _healthy(port), started[-1], stopped)
            say(f"\nCasewright is ready: {address(HOST, port)}   (Ctrl-C ends it)")
            sys.stdout.flush()
        _watch(started, stopped)
        note("ending ...")
    note("All parts have ended; what is ready waits in the database.")


def _parts(settings: Settings, port: int) -> Iterator[tuple[str, list[str], Callable[[Part], bool]]]:
    yield "worker", ["worker"], _said("started!")
    yield "scheduler", ["scheduler"], _said("leads")
    yield "web", ["web", "--port", str(port)], lambda _part: _answers(port) is not None


def _seen(name: str, settings: Settings, port: int) -> str:
    where = {
        "worker": f"work pool {settings.pool}, {settings.limits.passes} passes at once",
        "scheduler": "ticks; the worker stands by",
        "web": address(HOST, port),
    }
    return where[name]


def _line(name: str, words: str) -> None:
    say(f"{name:<10} ready   {words}")
    sys.stdout.flush()


def _database(settings: Settings) -> str:
    """Bring the database to this release and publish what is known; its place and revision."""
    import migrations
    from definitions import render
    from ops.composition import open_engine, opened, publish_known

    with opened(settings, upgrade=True):
        pass
    with open_engine(settings, holder="up") as engine:
        _, errors = publish_known(engine)
    for each in errors:
        note(render(each))
    where = settings.database_file or "PostgreSQL"
    return f"{where}, revision {migrations.head()}"


@contextmanager
def _running(settings: Settings, name: str, arguments: list[str]) -> Iterator[Part]:
    """A part as a process, until the block ends; then it is asked to end, and made to when it does not."""
    logs = settings.home / "logs"
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = logs / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (our own interpreter, no shell)
            [sys.executable, *PROGRAM, *arguments],
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches us alone; we end the parts in order
        )
    try:
        yield Part(name, log, process)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        process.kill()
        process.wait()


def _until(ready: Callable[[Part], bool], part: Part, stopped: Event) -> None:
    deadline = time.monotonic() + PATIENCE
    while not stopped.is_set() and not ready(part):
        if part.ended:
            raise part.fault
        if time.monotonic() > deadline:
            raise OpsError(
                f"{part.name} is not ready after {PATIENCE:.0f} seconds", action=f"its log says why: {part.log}"
            )
        stopped.wait(LOOK)


def _watch(parts: list[Part], stopped: Event) -> None:
    while not stopped.wait(LOOK):
        for part in parts:
            if part.ended:
                raise part.fault


def _said(words: str) -> Callable[[Part], bool]:
    """Whether a part has said these words."""
    return lambda part: words in part.log.read_text(encoding="utf-8", errors="replace")


def _answers(port: int) -> int | None:
    """The status of `/healthz`; None while nobody answers."""
    try:
        with urllib.request.urlopen(f"{address(HOST, port)}/healthz", timeout=5) as answer:  # noqa: S310 (ours)
            json.load(answer)
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except (OSError, ValueError):
        return None


def _healthy(port: int) -> bool:
    return _answers(port) == 200
