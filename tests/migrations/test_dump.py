"""A backup of a PostgreSQL database, made and brought back as docs/operations.md says."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from databases import fresh_url, program
from sqlalchemy import make_url
from sqlmodel import select

from migrations import check, upgrade
from models import Client, open_store

pytestmark = pytest.mark.postgresql("SQLite has a backup of its own")


def run(name: str, *arguments: object) -> None:
    subprocess.run([program(name), *map(str, arguments)], check=True, capture_output=True, timeout=60)


def plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def test_what_was_dumped_comes_back_as_it_was(tmp_path: Path) -> None:
    old, new, dump = fresh_url(tmp_path), fresh_url(tmp_path, "restored"), tmp_path / "it.dump"
    with open_store(old) as store:
        upgrade(store.engine)
        with store.write() as session:
            session.add(
                Client(given_name="Ada", family_name="Example", created_at=datetime(2026, 3, 1, tzinfo=UTC))
            )
        run("pg_dump", "--format=custom", f"--file={dump}", f"--dbname={plain(old)}")
    run("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={plain(new)}", dump)
    with open_store(new) as store:
        assert check(store.engine) == []
        with store.read() as session:
            assert session.exec(select(Client.given_name)).all() == ["Ada"]
