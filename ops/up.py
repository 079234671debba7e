"""`casewright up`: every part on this machine, one line per part as it becomes ready, one address at the end.

Parts are processes of ours, each with a log of its own. They are started in the order in which they need each
other and ended in the opposite one; when one ends by itself, the others are ended too and its log is named.
"""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import Final

from ops.errors import OpsError
from ops.pages.terminal import note, say
from ops.prefect_home import LOG
from ops.prefect_server import pages_of, serving
from ops.settings import Settings
from ops.stopping import until_stopped
from ops.turn import give_turn, waiting
from ops.web_server import HOST, address, refuse_taken

PATIENCE: Final = 120.0
"""Seconds in which a part must be ready; the first time, Prefect makes its database."""

GRACE: Final = 15.0
"""Seconds that a part gets to finish what it does."""

LOOK: Final = 0.2
"""Seconds between two looks at the parts."""

PROGRAM: Final = ("-m", "casewright")
WEB_ADDRESS: Final = "CASEWRIGHT_WEB_ADDRESS"


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
        return OpsError(
            f"{self.name} ended by itself (status {status})", action=f"its log says why: {self.log}"
        )


@dataclass(frozen=True, slots=True)
class Planned:
    """A part that is to be started: the command that is it, how one sees that it is ready, and what to say
    then.
    """

    name: str
    arguments: tuple[str, ...]
    ready: Callable[[Part], bool]
    words: str


class Occasion:
    """What is special about a start: what is prepared while Prefect's server and the modules of the other
    parts are loaded, and said at the end.
    """

    @property
    def environment(self) -> Mapping[str, str] | None:
        """The environment of the parts; None for our own."""
        return None

    def prepare(self, stopped: Event) -> str | None:
        """Do what has to be there before the other parts have their turn; what came of it, or None for
        nothing. It ends early when `stopped` is set.
        """
        del stopped
        return None

    def words(self) -> Iterable[str]:
        """Lines below the address."""
        return ()


def run_all(settings: Settings, port: int, occasion: Occasion | None = None) -> None:
    """Start all parts, say where they are, and wait for Ctrl-C or SIGTERM; then end them in order. OpsError
    when the port is taken, or when a part does not start or ends by itself.
    """
    occasion = occasion or Occasion()
    refuse_taken(HOST, port)
    with until_stopped() as stopped, ExitStack() as parts:
        _line("database", _database(settings))
        preparing = _meanwhile(occasion, stopped, parts)
        started = list(_prefect(settings, parts))
        environment = _reachable(settings, port, occasion.environment)
        plan = [
            (each, parts.enter_context(_running(settings, each, environment)))
            for each in ([] if stopped.is_set() else _plan(settings, port))
        ]
        started += [part for _, part in plan]
        prepared = preparing.result()
        if prepared is not None:
            _line("data", prepared)
        for _, part in plan if not stopped.is_set() else []:
            give_turn(part.process)
        for planned, part in plan:
            if _until(planned.ready, part, stopped):
                _line(planned.name, planned.words)
        if _until(lambda _part: _answers(port) == 200, started[-1], stopped):
            say(f"\nCasewright is ready: {address(HOST, port)}   (Ctrl-C ends it)")
            for line in occasion.words():
                say(line)
            sys.stdout.flush()
        _watch(started, stopped)
        note("ending ...")
    note("All parts have ended; what is ready waits in the database.")


def _meanwhile(occasion: Occasion, stopped: Event, parts: ExitStack) -> "Future[str | None]":
    """Prepare in a thread: Prefect's server is another process, and takes as long to start."""
    return parts.enter_context(ThreadPoolExecutor(1)).submit(occasion.prepare, stopped)


def _prefect(settings: Settings, parts: ExitStack) -> Iterator[Part]:
    """Prefect's server of this home, unless the settings name another one."""
    if settings.prefect_api_url is not None:
        _line("Prefect", f"{pages_of(settings)} (as it is set)")
        return
    api, server = parts.enter_context(serving(settings))
    _line("Prefect", pages_of(replace(settings, prefect_api_url=api)) or api)
    yield Part("Prefect's server", settings.prefect_home / LOG, server)


def _plan(settings: Settings, port: int) -> Iterator[Planned]:
    passes = f"work pool {settings.pool}, {settings.limits.passes} passes at once"
    yield Planned("worker", ("worker",), _said("started!"), passes)
    yield Planned("scheduler", ("scheduler",), _said("leads"), "fires what is due")
    web = ("web", "--port", str(port))
    yield Planned("web", web, lambda _part: _answers(port) is not None, address(HOST, port))


def _reachable(
    settings: Settings, port: int, environment: Mapping[str, str] | None
) -> Mapping[str, str] | None:
    """The environment of the parts, in which notices know where the pages are."""
    if settings.web_address is not None:
        return environment
    return {**(os.environ if environment is None else environment), WEB_ADDRESS: address(HOST, port)}


def _line(name: str, words: str) -> None:
    say(f"{name:<10} ready   {words}")
    sys.stdout.flush()


def _database(settings: Settings) -> str:
    """Bring the database to this release and publish what is known; its place and revision."""
    import migrations
    from definitions import render
    from ops.composition import open_engine, opened, publish_known
    from ops.keys import make_secret

    with opened(settings, upgrade=True):
        make_secret(settings)
    with open_engine(settings, holder="up") as engine:
        _, errors = publish_known(engine)
    for each in errors:
        note(render(each))
    where = settings.database_file or "PostgreSQL"
    return f"{where}, revision {migrations.head()}"


@contextmanager
def _running(settings: Settings, planned: Planned, environment: Mapping[str, str] | None) -> Iterator[Part]:
    """A part as a process that waits for its turn, until the block ends; then it is asked to end, and made to
    when it does not.
    """
    logs = settings.home / "logs"
    logs.mkdir(mode=0o700, parents=True, exist_ok=True)
    log = logs / f"{planned.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 (our own interpreter, no shell)
            [sys.executable, *PROGRAM, *planned.arguments],
            env=waiting(environment),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C reaches us alone; we end the parts in order
        )
    try:
        yield Part(planned.name, log, process)
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        process.kill()
        process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _until(ready: Callable[[Part], bool], part: Part, stopped: Event) -> bool:
    """Wait until a part is ready; False when it was told to end before. OpsError when it ended by itself, or
    takes too long.
    """
    deadline = time.monotonic() + PATIENCE
    while not stopped.is_set() and not ready(part):
        if part.ended:
            raise part.fault
        if time.monotonic() > deadline:
            raise OpsError(
                f"{part.name} is not ready after {PATIENCE:.0f} seconds",
                action=f"its log says why: {part.log}",
            )
        stopped.wait(LOOK)
    return not stopped.is_set()


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
