"""The command line as people use it, with a home of its own."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from databases import chosen, copy_of, fresh_url
from office import write_office
from typer.testing import CliRunner

from ops.composition import Engine, open_engine
from ops.importing import import_folder
from ops.main import app
from ops.settings import load_settings


@dataclass(frozen=True)
class Said:
    """What a command answered."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer of `--json`."""
        return json.loads(self.out)


Cli = Callable[..., Said]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that does not exist yet."""
    import os

    for name in [each for each in os.environ if each.startswith("CASEWRIGHT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("CASEWRIGHT_HOME", str(tmp_path / "home"))
    if chosen() == "postgresql":
        monkeypatch.setenv("CASEWRIGHT_DATABASE_URL", fresh_url(tmp_path))
    return tmp_path / "home"


@pytest.fixture
def cli(home: Path) -> Cli:
    """Runs a command in this process: `cli("check", path)`; fails on any exception that was not told in
    words.
    """

    def run(*arguments: object, ok: bool = True) -> Said:
        result = CliRunner().invoke(app, [str(each) for each in arguments])
        said = Said(result.exit_code, result.stdout, result.stderr)
        if ok:
            assert said.status == 0, said.err or said.out
        assert "Traceback" not in said.err
        assert "nobody foresaw" not in said.err
        return said

    return run


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    """The engine of that home."""
    with open_engine(load_settings()) as opened:
        yield opened


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file below the test's folder: `write("in/clients.csv", text)`."""

    def put(name: str, text: str) -> Path:
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return put


@pytest.fixture
def tuesday(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands take place on a Tuesday morning at the office; time goes on as it does."""
    began = datetime.now(UTC)
    morning = datetime(2026, 3, 3, 15, tzinfo=UTC)
    monkeypatch.setattr("ops.composition.system_clock", lambda: morning + (datetime.now(UTC) - began))


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home into which the department's files were imported, made once."""
    folder = tmp_path_factory.mktemp("imported")
    environment = {"CASEWRIGHT_HOME": str(folder / "home")}
    if chosen() == "postgresql":
        environment["CASEWRIGHT_DATABASE_URL"] = fresh_url(folder)
        (folder / "url").write_text(environment["CASEWRIGHT_DATABASE_URL"])
    with open_engine(load_settings(environment)) as engine:
        import_folder(engine, write_office(folder / "in"))
    return folder / "home"


@pytest.fixture
def office(cli: Cli, home: Path, imported: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line of a department whose files are imported."""
    shutil.copytree(imported, home)
    if chosen() == "postgresql":
        url = (imported.parent / "url").read_text()
        monkeypatch.setenv("CASEWRIGHT_DATABASE_URL", copy_of(url, home))
    return cli
