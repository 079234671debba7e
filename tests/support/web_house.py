"""A house for a browser: a home with a small department, its accounts, and the web application in a process.

Nothing runs passes by itself there: `move` does, so that a test decides when the engine goes on.
"""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from account_world import GOOD, keys
from office import write_office
from served import ROOT, until
from sqlmodel import select

from flows.instances import start
from models import Client, HumanTask, Role, Staff
from ops.composition import Engine, open_engine, publish_known
from ops.importing import import_folder
from ops.settings import load_settings
from web.accounts.commands import make_account

SECRET = "a secret for the browser's tests, long enough"
PATIENCE = 30_000
"""Milliseconds that a page may take on a busy machine."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser_path() -> str | None:
    """Where the system's Chromium is."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


IN_CHROMIUM = [
    pytest.mark.sqlite("a browser sees the same on both databases"),
    pytest.mark.skipif(
        browser_path() is None and not os.environ.get("CI"),
        reason="THE PAGES ARE NOT TESTED: there is no Chromium here; install the package `chromium`",
    ),
]
"""The marks of a module that drives pages."""


@dataclass
class Server:
    """The web application as a process that can be ended and started again."""

    address: str
    environment: dict[str, str]
    folder: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "web.log"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith("CASEWRIGHT_")}
        with self.log.open("ab") as output:
            self.process = process = subprocess.Popen(
                [sys.executable, "-m", "casewright", "web", "--port", self.address.rsplit(":", 1)[1]],
                env={**plain, **self.environment, "PYTHONPATH": str(ROOT)},
                stdout=output,
                stderr=output,
                cwd=self.folder,
            )
        until(lambda: process.poll() is not None or answers(self.address), "the application")

    def stop(self) -> None:
        """End it."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)


@dataclass(frozen=True)
class House:
    """Where the application is, and the home behind it."""

    address: str
    environment: dict[str, str]
    server: Server

    @contextmanager
    def engine(self) -> Iterator[Engine]:
        """The engine of this home, in the test's process."""
        with open_engine(load_settings(self.environment)) as engine:
            yield engine

    def move(self) -> None:
        """Let everything move as far as it comes now."""
        with self.engine() as engine:
            engine.run()

    def tasks(self, **where: Any) -> list[HumanTask]:
        """The human tasks with these fields, oldest first."""
        with self.engine() as engine, engine.store.read() as session:
            rows = session.exec(select(HumanTask).filter_by(**where))
            return sorted(rows, key=lambda task: task.created_at)


def furnish(environment: dict[str, str]) -> None:
    """A department with its accounts, and the intake of one client begun."""
    home = Path(environment["CASEWRIGHT_HOME"])
    with open_engine(load_settings(environment)) as engine:
        import_folder(engine, write_office(home.parent / "in"))
        known, _ = publish_known(engine)
        with engine.store.read() as session:
            people = {each.email.split("@")[0]: each.id for each in session.exec(select(Staff))}
            client = session.exec(select(Client).where(Client.reference == "C-1")).one()
        for name, role in (("ann", Role.CASEWORKER), ("vera", Role.SUPERVISOR)):
            make_account(
                engine.store,
                keys().passwords,
                people[name],
                (role,),
                by="test",
                now=engine.runtime.clock(),
                password=GOOD,
                login=name,
            )
        intake = known["intake"]
        given = {"client": client.id, "received_at": datetime.now(UTC).isoformat()}
        start(engine.runtime, intake.plan, intake.version, given)
        engine.run()


@contextmanager
def open_house(folder: Path) -> Iterator[House]:
    """The house, until the block ends."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    environment = {
        "CASEWRIGHT_HOME": str(folder / "home"),
        "CASEWRIGHT_SECRET": SECRET,
        "CASEWRIGHT_HOOK_HOSTS": "127.0.0.1",
    }
    furnish(environment)
    server = Server(f"http://127.0.0.1:{port}", environment, folder)
    try:
        server.start()
        yield House(server.address, environment, server)
    except BaseException as error:
        error.add_note(server.log.read_text()[-3000:])
        raise
    finally:
        server.stop()


def answers(address: str) -> bool:
    """Whether the application answers, in whatever way."""
    try:
        return httpx.get(f"{address}/healthz", timeout=5).status_code in (200, 503)
    except httpx.HTTPError:
        return False
