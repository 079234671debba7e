"""One PostgreSQL server with two databases: Casewright's, and that of Prefect's server.

It is a full PostgreSQL with `pg_trgm`, which Prefect needs. The roles, rights and extensions are those of
`ops/deployment/postgresql.sql`, which a department runs too.
"""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from benchmarks.prefect_server import free_port
from benchmarks.scale_out.errors import ScaleOutError

USER: Final = "postgres"
DEBIAN: Final = "/usr/lib/postgresql/*/bin"
SETUP: Final = Path(__file__).parents[2] / "ops" / "deployment" / "postgresql.sql"
CONNECTIONS: Final = 200
PATIENCE: Final = 20.0
"""Seconds in which a server that is told to end has ended; one that is stopped never would."""

AUTH: Final = "--auth=scram-sha-256"
MISSING: Final = (
    "PostgreSQL 15 or later with the extension pg_trgm is not installed here; on Debian and Ubuntu: "
    "apt-get install postgresql (the server it starts is not needed and not touched)"
)


@dataclass(frozen=True, slots=True)
class Server:
    """A running server. The addresses hold passwords."""

    port: int
    password: str = field(repr=False)
    casewright_password: str = field(repr=False)
    prefect_password: str = field(repr=False)

    @property
    def casewright(self) -> str:
        """The address of Casewright's database."""
        return f"postgresql+psycopg://casewright:{self.casewright_password}@127.0.0.1:{self.port}/casewright"

    @property
    def prefect(self) -> str:
        """The address of Prefect's database."""
        return f"postgresql+asyncpg://prefect:{self.prefect_password}@127.0.0.1:{self.port}/prefect"


def programs() -> Path | None:
    """The folder of the newest PostgreSQL that has `pg_trgm` and may run here; None without one."""
    if os.geteuid() == 0 and not _has_user():
        return None
    return next((each for each in _candidates() if _serves(each)), None)


@contextmanager
def postgresql(folder: Path) -> Iterator[Server]:
    """A server of its own below `folder`, ended at the end of the block. ScaleOutError where PostgreSQL is
    not installed.
    """
    found = programs()
    if found is None:
        raise ScaleOutError(MISSING)
    folder.mkdir(mode=0o700)
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        shutil.chown(folder, USER)
    server = Server(free_port(), *(secrets.token_hex(16) for _ in range(3)))
    data = folder / "data"
    password = _handed(folder / "password", server.password)
    _run([found / "initdb", "-D", data, "-U", USER, "--encoding=UTF8", "--pwfile", password, AUTH], folder)
    # no socket: the path of a folder may be longer than the name of a socket may be
    options = (
        f"-c listen_addresses=127.0.0.1 -c max_connections={CONNECTIONS} -p {server.port} "
        "-c unix_socket_directories=''"
    )
    _run([found / "pg_ctl", "-w", "-D", data, "-o", options, "start"], folder)
    pid = int((data / "postmaster.pid").read_text().split()[0])
    try:
        _set_up(found, folder, server)
        yield server
    finally:
        _end(pid)


def _end(pid: int) -> None:
    """End the server at once: what it holds is thrown away."""
    deadline = time.monotonic() + PATIENCE
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGQUIT)
        while time.monotonic() < deadline:  # it is not our child, so we can't wait for it
            os.kill(pid, 0)
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)


def _candidates() -> Iterator[Path]:
    """Where PostgreSQL's programs may lie: the search path, what `pg_config` says, Debian's folders."""
    on_path = shutil.which("initdb")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    if shutil.which("pg_config") is not None:
        yield Path(_asked("pg_config", "--bindir"))
    yield from sorted(Path("/").glob(DEBIAN.lstrip("/")), key=lambda each: _number(each.parent), reverse=True)


def _number(folder: Path) -> int:
    return int(folder.name) if folder.name.isdecimal() else 0


def _serves(folder: Path) -> bool:
    if not all((folder / name).exists() for name in ("initdb", "pg_ctl", "psql", "pg_config")):
        return False
    version = _asked(str(folder / "pg_config"), "--version").split()[1]
    shared = Path(_asked(str(folder / "pg_config"), "--sharedir"))
    has_trigrams = (shared / "extension" / "pg_trgm.control").exists()
    return int("".join(filter(str.isdecimal, version.split(".")[0])) or 0) >= 15 and has_trigrams


def _asked(*command: str) -> str:
    return subprocess.run(  # noqa: S603 - a program of PostgreSQL
        command, capture_output=True, text=True, check=True
    ).stdout.strip()


def _has_user() -> bool:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return shutil.which("runuser") is not None


def _set_up(found: Path, folder: Path, server: Server) -> None:
    """The roles and databases; passwords are in the environment, which other users can't see."""
    passwords = {
        "PGPASSWORD": server.password,
        "CASEWRIGHT_DB_PASSWORD": server.casewright_password,
        "PREFECT_DB_PASSWORD": server.prefect_password,
    }
    script = _handed(folder / "setup.sql", SETUP.read_text(encoding="utf-8"))
    where = ["-h", "127.0.0.1", "-p", server.port, "-U", USER, "-d", "postgres"]
    _run([found / "psql", "-q", "-v", "ON_ERROR_STOP=1", *where, "-f", script], folder, passwords)


def _handed(file: Path, content: str) -> Path:
    """A file with this content, for the user that PostgreSQL runs as and nobody else."""
    file.touch(mode=0o600)
    file.write_text(content, encoding="utf-8")
    if os.geteuid() == 0:
        shutil.chown(file, USER)
    return file


def _run(command: Sequence[object], folder: Path, more: Mapping[str, str] | None = None) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["runuser", "-u", USER, "--", *words]
    with (folder / "output").open("w+") as output:  # a file: the server inherits it, and a pipe would wait
        done = subprocess.run(  # noqa: S603 - a program of PostgreSQL
            words, cwd=folder, stdout=output, stderr=output, env={**os.environ, **(more or {})}, check=False
        )
        if done.returncode:
            output.seek(0)
            raise ScaleOutError(f"{words}: status {done.returncode}: {output.read()[-2000:]}")
