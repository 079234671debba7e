"""A store on PostgreSQL: its sessions, its transactions, and what its errors say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from databases import fresh_url, url_of
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlmodel import func, select

from models import Client, RecordError, Store, open_store, postgresql

pytestmark = pytest.mark.postgresql("its sessions and errors")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(fresh_url(tmp_path)) as opened:
        opened.create_tables()
        yield opened


def client(now: datetime, name: str = "Ada") -> Client:
    return Client(given_name=name, family_name="Lovelace", created_at=now)


def shown(store: Store, setting: str) -> str:
    with store.write() as session:
        return str(session.execute(text(f"SHOW {setting}")).scalar_one())


def names(store: Store) -> list[str]:
    with store.read() as session:
        return list(session.exec(select(Client.given_name).order_by(Client.given_name)))


# -- sessions


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("transaction_isolation", "read committed"),
        ("synchronous_commit", "on"),
        ("timezone", "UTC"),
        ("lock_timeout", "15s"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("application_name", "casewright"),
    ],
)
def test_a_session_has_the_settings_that_the_engine_needs(store: Store, setting: str, value: str) -> None:
    assert shown(store, setting).lower() == value.lower()


@pytest.mark.parametrize(
    ("default", "value"), [("off", "on"), ("local", "local"), ("remote_apply", "remote_apply")]
)
def test_a_commit_is_on_disk_and_what_waits_for_more_stays(store: Store, default: str, value: str) -> None:
    database = store.engine.url.database
    with store.write() as session:
        session.execute(text(f'ALTER DATABASE "{database}" SET synchronous_commit = {default}'))
    with open_store(url_of(store)) as again:
        assert shown(again, "synchronous_commit") == value


def test_the_driver_need_not_be_named(store: Store, now: datetime) -> None:
    plain = make_url(url_of(store)).set(drivername="postgresql")
    with open_store(plain.render_as_string(hide_password=False)) as again:
        with again.write() as session:
            session.add(client(now))
        assert names(store) == ["Ada"]


def test_the_url_can_name_the_application(store: Store) -> None:
    named = make_url(url_of(store)).update_query_dict({"application_name": "office"})
    with open_store(named.render_as_string(hide_password=False)) as again:
        assert shown(again, "application_name") == "office"


def test_a_server_that_has_cut_its_connections_is_found_again(store: Store, now: datetime) -> None:
    with store.write() as session:
        session.add(client(now))
    with open_store(url_of(store)) as other:
        cut_off(other)
    assert names(store) == ["Ada"]


def test_a_connection_is_asked_whether_it_is_alive_only_after_a_rest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asking costs as much as a statement."""
    asked: list[object] = []
    dialect = type(store.engine.dialect)
    ping = dialect.do_ping

    def counted(self: Any, connection: Any) -> bool:
        asked.append(connection)
        return ping(self, connection)

    monkeypatch.setattr(dialect, "do_ping", counted)
    with open_store(url_of(store)) as other:
        for _ in range(3):
            names(other)
        assert asked == []
        monkeypatch.setattr(postgresql, "FRESH", -1.0)
        names(other)
        assert len(asked) == 1


def test_a_connection_that_is_lost_in_a_transaction_undoes_it(store: Store, now: datetime) -> None:
    def lose() -> None:
        with open_store(url_of(store)) as other, store.write() as session:
            session.add(client(now))
            session.flush()
            cut_off(other)

    with pytest.raises(OperationalError) as lost:
        lose()
    assert lost.value.connection_invalidated
    assert names(store) == []


def cut_off(store: Store) -> None:
    """End all other sessions of the database, as a restart of the server does."""
    with store.write() as session:
        session.execute(
            text(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).all()


# -- transactions


def test_a_reading_transaction_sees_one_moment(store: Store, now: datetime) -> None:
    with store.read() as session:
        before = session.exec(select(func.count()).select_from(Client)).one()
        with store.write() as other:
            other.add(client(now))
        assert session.exec(select(func.count()).select_from(Client)).one() == before == 0
    assert names(store) == ["Ada"]


def test_a_connection_that_has_read_writes_again(store: Store, now: datetime) -> None:
    """The pool gives the same connection to both."""
    for name in ("Ada", "Ben"):
        names(store)
        with store.write() as session:
            session.add(client(now, name))
    assert names(store) == ["Ada", "Ben"]


def test_a_transaction_whose_error_was_swallowed_is_not_taken_for_committed(
    store: Store, now: datetime
) -> None:
    """The server would answer the COMMIT by rolling back, and the driver would not say so."""

    def swallow() -> None:
        with store.write() as session:
            session.add(client(now))
            session.flush()
            with suppress(DBAPIError):
                session.execute(text("SELECT 1/0"))

    with pytest.raises(RecordError, match="nothing of it can be committed"):
        swallow()
    assert names(store) == []


# -- errors


@pytest.mark.parametrize(
    "change",
    [
        {"living_situation": "castle"},  # a CHECK; the server would quote the whole row
        {"id": "known"},  # a key
        {"family_name": None},
    ],
    ids=str,
)
def test_an_error_does_not_quote_the_row_that_is_refused(
    store: Store, now: datetime, change: dict[str, Any]
) -> None:
    with store.write() as session:
        known = client(now)
        known.id = "known"
        session.add(known)
    refused = client(now, "Grace")
    for name, value in change.items():
        setattr(refused, name, value)
    with pytest.raises(IntegrityError) as caught, store.write() as session:
        session.add(refused)
    told = f"{caught.value} {caught.value.orig}"
    assert "Grace" not in told
    assert "known" not in told
    assert "constraint" in told


def test_an_error_does_not_quote_a_value_of_the_wrong_kind(store: Store) -> None:
    with pytest.raises(DataError) as caught, store.read() as session:
        session.execute(text("SELECT CAST(:value AS integer)"), {"value": "Lovelace"})
    assert "Lovelace" not in f"{caught.value} {caught.value.orig}"


def test_nobody_there_is_said_soon_and_without_the_password() -> None:
    url = "postgresql://office:dbsecret@127.0.0.1:1/office"
    with open_store(url) as store, pytest.raises(OperationalError) as caught:
        names(store)
    assert "dbsecret" not in str(caught.value)


def test_a_store_does_not_connect_before_it_is_used() -> None:
    with open_store("postgresql://127.0.0.1:1/nowhere") as store:
        assert isinstance(store.engine, Engine)
