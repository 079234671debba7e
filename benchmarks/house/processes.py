"""Casewright's processes as an installation has them: Prefect's server, the deployments, and workers."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import httpx

from benchmarks.place import Place

POOL: Final = "bench"
PATIENCE: Final = 120.0
"""Seconds in which a worker has to be at work."""

ENDING: Final = 30.0
"""Seconds in which a process has to end."""

ROOT: Final = Path(__file__).parents[2]


def settings_of(place: Place, api: str | None) -> dict[str, str]:
    """Casewright's variables for this place, and for a Prefect server of its own."""
    plain = {"CASEWRIGHT_HOME": str(place.home), "CASEWRIGHT_DATABASE_URL": place.url}
    return plain if api is None else {**plain, "CASEWRIGHT_PREFECT_API_URL": api, "CASEWRIGHT_POOL": POOL}


def deploy(settings: Mapping[str, str]) -> None:
    """`casewright deploy`."""
    done = subprocess.run(  # noqa: S603 - our own command
        _command("deploy"), env=_environment(settings), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"casewright deploy: {done.stderr[-2000:]}")


@contextmanager
def workers(settings: Mapping[str, str], count: int) -> Iterator[list[int]]:
    """So many `casewright worker` processes, at work; gives their process ids."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(_process(settings, "started!", "worker", "--name", f"bench-{number}"))
            for number in range(1, count + 1)
        ]


@contextmanager
def scheduler(settings: Mapping[str, str]) -> Iterator[int]:
    """`casewright scheduler`, leading; gives its process id."""
    with _process(settings, "leads", "scheduler") as pid:
        yield pid


@contextmanager
def web(settings: Mapping[str, str], port: int) -> Iterator[int]:
    """`casewright web`, serving at this port; gives its process id."""
    with _process(settings, "pages are at", "web", "--port", str(port)) as pid:
        _answering(f"http://127.0.0.1:{port}/healthz")
        yield pid


def _answering(address: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            httpx.get(address, timeout=PATIENCE)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the application does not answer")


@contextmanager
def _process(settings: Mapping[str, str], ready: str, *words: str) -> Iterator[int]:
    """A command that lives on until the block ends; it has begun when its log says `ready`."""
    log = Path(settings["CASEWRIGHT_HOME"]) / f"{'-'.join(words).replace('--', '')}.log"
    with log.open("w") as file:
        process = subprocess.Popen(  # noqa: S603 - our own command
            _command(*words), env=_environment(settings), stdout=file, stderr=file
        )
    try:
        _at_work(process, log, ready)
        yield process.pid
    finally:
        _end(process, log)


def _end(process: "subprocess.Popen[bytes]", log: Path) -> None:
    """SIGTERM; a process that does not end says where it stands, and is killed."""
    process.terminate()
    try:
        process.wait(timeout=ENDING)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        process.wait()
        sys.stderr.write(f"{log.stem} did not end within {ENDING:.0f} s: {log.read_text()[-4000:]}\n")


def _at_work(process: "subprocess.Popen[bytes]", log: Path, ready: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        if ready in log.read_text():
            return
        time.sleep(0.1)
    raise RuntimeError(f"{log.stem} did not begin: {log.read_text()[-2000:]}")


def _command(*words: str) -> Sequence[str]:
    return [sys.executable, "-m", "casewright", *words]


def _environment(settings: Mapping[str, str]) -> dict[str, str]:
    foreign = ("CASEWRIGHT_", "PREFECT_")
    plain = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    path = os.pathsep.join(filter(None, (str(ROOT), plain.get("PYTHONPATH"))))
    return {**plain, **settings, "PYTHONPATH": path, "PYTHONFAULTHANDLER": "1"}
