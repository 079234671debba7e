"""Backup, restore, and the database's own commands."""

import io
import sqlite3
import sys
import tarfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from office import write_office

import migrations

pytestmark = pytest.mark.sqlite("a backup is made of its file")

Cli = Callable[..., Any]


@pytest.fixture
def filled(cli: Cli, home: Path, tmp_path: Path) -> Cli:
    """A home with records and one message."""
    cli("import", write_office(tmp_path / "in"))
    (home / "messages").mkdir()
    (home / "messages" / "20260303T150000-01.eml").write_text("To: x\n", encoding="utf-8")
    return cli


def move(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("CASEWRIGHT_HOME", str(tmp_path / "other"))
    return tmp_path / "other"


def clients(home: Path) -> int:
    with closing(sqlite3.connect(home / "casewright.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM clients").fetchone()[0])


def test_a_backup_comes_back_whole_in_another_home(
    filled: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = filled("backup", tmp_path / "b.casewright", "--json").json
    assert answer["schema"] == "casewright/backup/1"
    assert (answer["messages"], answer["revision"]) == (1, migrations.head())
    other = move(monkeypatch, tmp_path)
    filled("restore", tmp_path / "b.casewright")
    assert clients(other) == 2
    assert [file.name for file in (other / "messages").iterdir()] == ["20260303T150000-01.eml"]
    assert filled("db", "check").out == "The database is as this release needs it.\n"
    assert sorted(path.name for path in other.iterdir()) == ["casewright.db", "messages"]


def test_a_backup_holds_what_others_have_written_meanwhile(filled: Cli, home: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(home / "casewright.db", isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("UPDATE clients SET preferred_name = 'still in the WAL'")
        filled("backup", tmp_path / "b.casewright")
    with tarfile.open(tmp_path / "b.casewright") as archive:
        archive.extract("casewright.db", tmp_path / "out", filter="data")
    with closing(sqlite3.connect(tmp_path / "out" / "casewright.db")) as copy:
        assert copy.execute("SELECT DISTINCT preferred_name FROM clients").fetchall() == [
            ("still in the WAL",)
        ]


def test_only_its_owner_can_read_a_backup(filled: Cli, tmp_path: Path) -> None:
    filled("backup", tmp_path / "b.casewright")
    assert (tmp_path / "b.casewright").stat().st_mode & 0o077 == 0


def test_nothing_is_overwritten(filled: Cli, home: Path, tmp_path: Path) -> None:
    (tmp_path / "b.casewright").write_text("mine", encoding="utf-8")
    assert "left as it is" in filled("backup", tmp_path / "b.casewright", ok=False).err
    assert (tmp_path / "b.casewright").read_text(encoding="utf-8") == "mine"
    filled("backup", tmp_path / "c.casewright")
    assert "left as it is" in filled("restore", tmp_path / "c.casewright", ok=False).err
    assert clients(home) == 2
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".casewright-")]


def damaged(file: Path) -> None:
    """The last quarter is cut off."""
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * 3 // 4])


def repacked(file: Path, replace: dict[str, bytes]) -> None:
    """The same archive with other contents under some names, or further ones."""
    with tarfile.open(file) as archive:
        contents = {
            member.name: opened.read()
            for member in archive
            if (opened := archive.extractfile(member)) is not None
        }
    with tarfile.open(file, "w:gz") as archive:
        for name, content in {**contents, **replace}.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (damaged, "not a backup of Casewright, or damaged"),
        (lambda file: file.write_text("no archive"), "not a backup of Casewright, or damaged"),
        (lambda file: file.unlink(), "there is no file"),
        (lambda file: repacked(file, {"casewright.db": b"SQLite format 3\0"}), "checksum differs"),
        (lambda file: repacked(file, {"../escaped": b"x"}), "not of a backup"),
        (lambda file: repacked(file, {"messages/../../escaped": b"x"}), "not of a backup"),
        (lambda file: repacked(file, {"manifest.json": b'{"format": 99}'}), "not a backup that this release"),
    ],
)
def test_a_file_that_is_no_sound_backup_is_refused_and_leaves_nothing(
    filled: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, harm: Callable[[Path], object], says: str
) -> None:
    filled("backup", tmp_path / "b.casewright")
    harm(tmp_path / "b.casewright")
    other = move(monkeypatch, tmp_path)
    said = filled("restore", tmp_path / "b.casewright", ok=False)
    assert said.status == 1
    assert says in said.err
    assert list(other.iterdir()) == []
    assert not (tmp_path / "escaped").exists()


def test_a_broken_database_is_not_backed_up(filled: Cli, home: Path, tmp_path: Path) -> None:
    with (home / "casewright.db").open("r+b") as file:
        file.seek(3 * 4096)
        file.write(b"\xff" * 4096 * 4)
    assert filled("backup", tmp_path / "b.casewright", ok=False).status == 1
    assert not (tmp_path / "b.casewright").exists()


def test_a_server_is_backed_up_with_its_own_tool(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEWRIGHT_DATABASE_URL", "postgresql+psycopg://localhost/office")
    assert "pg_dump" in cli("backup", tmp_path / "b.casewright", ok=False).err


def test_without_a_database_there_is_nothing_to_back_up_or_to_check(cli: Cli, tmp_path: Path) -> None:
    assert "there is no database" in cli("backup", tmp_path / "b.casewright", ok=False).err
    assert "run: casewright db upgrade" in cli("db", "check", ok=False).err


def test_upgrade_makes_the_database_and_can_be_repeated(cli: Cli, home: Path) -> None:
    for _ in range(2):
        assert cli("db", "upgrade", "--json").json == {
            "schema": "casewright/db-upgrade/1",
            "revision": migrations.head(),
        }
    assert home.stat().st_mode & 0o077 == 0


def test_check_tells_what_differs(filled: Cli, home: Path) -> None:
    with closing(sqlite3.connect(home / "casewright.db")) as connection:
        connection.execute("ALTER TABLE clients ADD COLUMN nickname TEXT")
        connection.commit()
    said = filled("db", "check", "--json", ok=False)
    assert said.status == 1
    assert len(said.json["differences"]) == 1


def test_a_database_of_another_release_is_refused_with_what_to_do(filled: Cli, home: Path) -> None:
    with closing(sqlite3.connect(home / "casewright.db")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0003'")
        connection.commit()
    said = filled("tick", "--no-prefect", ok=False)
    assert "the database is at revision 0003" in said.err
    assert "casewright db upgrade" in said.err


def test_a_driver_that_can_not_be_loaded_is_named(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delitem(sys.modules, "models.postgresql", raising=False)
    monkeypatch.setenv("CASEWRIGHT_DATABASE_URL", "postgresql://localhost/office")
    assert "the driver `psycopg` of the database is not installed" in cli("db", "check", ok=False).err
