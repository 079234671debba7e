"""Processes as hosts would start them: each host has a home of its own; what they share is the databases."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.scale_out.errors import ScaleOutError
from benchmarks.scale_out.postgres import Server

ROOT: Final = Path(__file__).parents[2]
PREFECT_VARIABLES: Final = ROOT / "ops" / "deployment" / "prefect.env.example"
PATIENCE: Final = 180.0
"""Seconds in which a process has to be at work; a server makes its database first."""

GRACE: Final = 15.0
"""Seconds that a process has after SIGTERM."""


@dataclass
class Process:
    """One process of a host. `words` is its command; its log is `log`."""

    name: str
    words: Sequence[str]
    log: Path
    running: "subprocess.Popen[bytes]" = field(repr=False)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.running.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self.running.poll() is None

    def said(self, words: str) -> bool:
        """Whether its log holds these words."""
        return words in self.log.read_text(errors="replace")

    def stop_here(self) -> None:
        """SIGSTOP: it stays exactly where it is."""
        self.running.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """SIGCONT."""
        self.running.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.running.kill()
        self.running.wait()

    def end(self) -> None:
        """SIGTERM; after a while SIGKILL for it and what it has started."""
        if self.alive:
            self.running.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.running.wait(GRACE)
        with suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)  # it leads a session of its own
        self.running.wait()


@dataclass(frozen=True, slots=True)
class Host:
    """A machine, as far as its processes can see: a home, and the variables of Casewright."""

    name: str
    home: Path
    variables: Mapping[str, str] = field(repr=False)

    @contextmanager
    def process(self, name: str, *words: str) -> Iterator[Process]:
        """A command of Casewright that lives on until the block ends."""
        command = [sys.executable, "-m", "casewright", *words]
        with started(f"{name} on {self.name}", command, self.home, self.environment) as process:
            yield process

    def run(self, *words: str) -> None:
        """A command of Casewright, to its end."""
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "casewright", *words],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise ScaleOutError(f"casewright {' '.join(words)}: {done.stderr[-2000:]}")

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are started with: nothing of another Casewright or Prefect."""
        return {**plain_environment(), **self.variables}


def host(name: str, folder: Path, server: Server, api: str, more: Mapping[str, str]) -> Host:
    """A host below `folder`. Its messages go into one folder for all, which stands for the provider."""
    home, messages = folder / name, folder / "messages"
    home.mkdir(mode=0o700)
    messages.mkdir(mode=0o700, exist_ok=True)
    (home / "messages").symlink_to(messages, target_is_directory=True)
    variables = {
        "CASEWRIGHT_HOME": str(home),
        "CASEWRIGHT_DATABASE_URL": server.casewright,
        "CASEWRIGHT_PREFECT_API_URL": api,
        "CASEWRIGHT_LOG": "json",
        "CASEWRIGHT_LOG_LEVEL": "debug",
        **more,
    }
    return Host(name, home, variables)


@contextmanager
def prefect_server(folder: Path, server: Server, port: int) -> Iterator[Callable[[], None]]:
    """`prefect server start` on its own database, with the variables that a department gives it. Call what it
    gives to wait until the API answers.
    """
    folder.mkdir(mode=0o700)
    api = api_at(port)
    own = {
        "PREFECT_HOME": str(folder),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": server.prefect,
        "PREFECT_SERVER_UI_API_URL": api,
    }
    environment = {**plain_environment(), **read_variables(PREFECT_VARIABLES), **own}
    address = ["--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-m", "prefect", "server", "start", *address]
    with started("prefect server", command, folder, environment) as process:
        yield lambda: until(lambda: _answers(f"{api}/health"), process)


def api_at(port: int) -> str:
    """The address of Prefect's API at this port."""
    return f"http://127.0.0.1:{port}/api"


@contextmanager
def started(
    name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str]
) -> Iterator[Process]:
    """A process until the block ends. Ctrl-C does not reach it; we end it."""
    log = folder / f"{name.replace(' ', '-')}.log"
    with log.open("ab") as output:
        running = subprocess.Popen(  # noqa: S603 - our own command
            command, cwd=folder, env=dict(environment), stdout=output, stderr=output, start_new_session=True
        )
    process = Process(name, command, log, running)
    try:
        yield process
    finally:
        process.end()


def until(true: Callable[[], bool], process: Process) -> None:
    """Wait for something that a process does; ScaleOutError with the end of its log when it does not come."""
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline or not process.alive:
            raise ScaleOutError(f"{process.name} did not begin: {process.log.read_text()[-2000:]}")
        time.sleep(0.1)  # no process tells us; we look


def plain_environment() -> dict[str, str]:
    """This process's environment without what would change another Casewright's or Prefect's settings."""
    foreign = ("CASEWRIGHT_", "PREFECT_")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    path = os.pathsep.join(filter(None, (str(ROOT), plain.get("PYTHONPATH"))))
    return {**plain, "PYTHONPATH": path}


def read_variables(file: Path) -> dict[str, str]:
    """The variables that a file for systemd or Compose sets."""
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as answer:  # noqa: S310 - our own address
            return bool(answer.status == 200)
    except OSError:
        return False
