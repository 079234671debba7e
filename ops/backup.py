"""Backup and restore of an embedded (SQLite) installation: the database and the messages folder in one file.

The database is copied by SQLite's online backup while others go on writing, and checked before it counts.
Prefect's home is left out: the journal is in the database. Nothing is ever overwritten.
"""

import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ops.errors import BackupError
from ops.settings import Settings

FORMAT: Final = 1
DATABASE: Final = "casewright.db"
MANIFEST: Final = "manifest.json"
MESSAGES: Final = "messages"
PAGES: Final = 1000
"""Database pages that are copied at once; in between others may write."""

OnPages = Callable[[int, int], None]
"""Told how many pages are left, and how many there are."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds. `revision` is the database's."""

    file: Path
    revision: str
    messages: int
    size: int


def make_backup(settings: Settings, file: Path, now: datetime, on_pages: OnPages | None = None) -> BackedUp:
    """Write a backup into a new file that only its owner can read. BackupError if it exists or nothing is
    there.
    """
    source = _database_file(settings)
    if not source.is_file():
        raise BackupError(f"there is no database at {source}", action="check CASEWRIGHT_HOME")
    if file.exists():
        raise BackupError(f"{file} exists and is left as it is", action="name a new file")
    with _beside(file) as folder:
        copy = folder / DATABASE
        _copy_database(source, copy, on_pages)
        _refuse_broken(copy, "the copy of the database")
        messages = sorted(
            path for path in settings.messages.glob("*") if path.is_file() and path.suffix != ".part"
        )
        manifest = {
            "format": FORMAT,
            "made_at": now.isoformat(),
            "revision": _revision(copy),
            "database_sha256": _digest(copy),
            "messages": len(messages),
        }
        packed = folder / "packed"
        _pack(packed, copy, messages, manifest)
        try:
            os.link(packed, file)  # unlike a rename, it fails when the file has appeared meanwhile
        except FileExistsError:
            raise BackupError(f"{file} exists and is left as it is", action="name a new file") from None
    return BackedUp(file, str(manifest["revision"]), len(messages), file.stat().st_size)


def restore_backup(settings: Settings, file: Path) -> BackedUp:
    """Put a backup back into a home without a database. BackupError if there is one, or the file is not
    sound.
    """
    import migrations

    target = _database_file(settings)
    for there in (target, target.with_name(f"{target.name}-wal"), settings.messages):
        if there.exists() and not (there.is_dir() and not any(there.iterdir())):
            raise BackupError(
                f"{there} exists and is left as it is",
                action="move it away, or set CASEWRIGHT_HOME to an empty folder",
            )
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _beside(settings.home / "restored") as folder:
        manifest = _unpack(file, folder)
        copy = folder / DATABASE
        if _digest(copy) != manifest["database_sha256"]:
            raise BackupError(
                f"{file} is damaged: the database's checksum differs", action="use another backup"
            )
        _refuse_broken(copy, "the database in the backup")
        if str(manifest["revision"]) not in migrations.revisions():
            raise BackupError(
                f"{file} is of a release that this one does not know (revision {manifest['revision']})",
                action="install that release, or a later one",
            )
        restored = folder / MESSAGES
        if restored.is_dir():
            settings.messages.parent.mkdir(parents=True, exist_ok=True)
            if settings.messages.is_dir():
                settings.messages.rmdir()
            shutil.move(restored, settings.messages)
        shutil.move(copy, target)  # last: without a database the home counts as empty
    return BackedUp(file, str(manifest["revision"]), int(manifest["messages"]), file.stat().st_size)


def _database_file(settings: Settings) -> Path:
    file = settings.database_file
    if file is None:
        raise BackupError(
            "this database is a PostgreSQL server",
            action="use pg_dump and pg_restore as docs/operations.md says, and copy the messages folder",
        )
    return file


@contextmanager
def _beside(file: Path) -> Iterator[Path]:
    """A folder for unfinished work on the same disk as `file`; gone at the end."""
    parent = file.absolute().parent
    if not parent.is_dir():
        raise BackupError(f"there is no folder {parent}", action="make it first")
    with tempfile.TemporaryDirectory(prefix=".casewright-", dir=parent) as folder:
        yield Path(folder)


def _copy_database(source: Path, target: Path, on_pages: OnPages | None) -> None:
    def told(_status: int, left: int, total: int) -> None:
        if on_pages is not None:
            on_pages(left, total)

    with closing(_opened(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new, pages=PAGES, progress=told)


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=rw", uri=True)


def _refuse_broken(file: Path, what: str) -> None:
    try:
        with closing(_opened(file)) as connection:
            found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)")]
            dangling = {str(row[0]) for row in connection.execute("PRAGMA foreign_key_check")}
    except sqlite3.DatabaseError as error:
        raise BackupError(f"{what} can't be read ({error})", action="use another backup") from error
    if found != ["ok"]:
        raise BackupError(f"{what} is damaged: {'; '.join(found)}", action="use another backup")
    if dangling:
        raise BackupError(f"{what} has references to nothing, in {', '.join(sorted(dangling))}")


def _revision(file: Path) -> str:
    with closing(_opened(file)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.DatabaseError:
            row = None
    if row is None:
        raise BackupError(f"{file.name} is no database of Casewright", action="check CASEWRIGHT_DATABASE_URL")
    return str(row[0])


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _pack(packed: Path, database: Path, messages: list[Path], manifest: Mapping[str, Any]) -> None:
    folder = packed.parent
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")
    descriptor = os.open(packed, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        with tarfile.open(fileobj=opened, mode="w:gz", compresslevel=6) as archive:
            archive.add(folder / MANIFEST, MANIFEST)
            archive.add(database, DATABASE)
            for message in messages:
                archive.add(message, f"{MESSAGES}/{message.name}")
        opened.flush()
        os.fsync(opened.fileno())


def _unpack(file: Path, folder: Path) -> Mapping[str, Any]:
    """Unpack into `folder` what a backup of ours holds, and nothing else; the manifest."""
    try:
        with tarfile.open(file, "r:gz") as archive:
            for member in archive:
                _extract(archive, member, folder, file)
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (tarfile.TarError, EOFError, ValueError, FileNotFoundError) as error:
        if not file.is_file():
            raise BackupError(f"there is no file {file}", action="check the path") from error
        raise BackupError(
            f"{file} is not a backup of Casewright, or damaged", action="use another one"
        ) from error
    if manifest.get("format") != FORMAT or not (folder / DATABASE).is_file():
        raise BackupError(
            f"{file} is not a backup that this release can read", action="install a later release"
        )
    return dict(manifest)


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, file: Path) -> None:
    parts = PurePosixPath(member.name).parts
    ours = parts in ((MANIFEST,), (DATABASE,)) or (
        len(parts) == 2 and parts[0] == MESSAGES and parts[1] != ".."
    )
    opened = archive.extractfile(member) if ours and member.isreg() else None
    if opened is None:
        raise BackupError(f"{file} holds something that is not of a backup", action="use another one")
    target = folder.joinpath(*parts)
    target.parent.mkdir(mode=0o700, exist_ok=True)
    with opened, target.open("xb") as written:
        shutil.copyfileobj(opened, written)
