from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from databases import fresh_url, in_memory
from sqlalchemy import inspect, text
from sqlmodel import Session, select

from migrations import MigrationError, check, current, head, upgrade
from models import Client, Record, Store, WakeKind, open_store


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Store]:
    with open_store(fresh_url(tmp_path, "a 100% new folder")) as store:
        yield store


def test_an_empty_database_is_brought_to_the_newest_revision(empty: Store) -> None:
    assert current(empty.engine) is None
    assert upgrade(empty.engine) == head() == current(empty.engine)


def test_an_upgraded_database_equals_the_records(empty: Store) -> None:
    upgrade(empty.engine)
    assert check(empty.engine) == []


# those of SQLite are compared by `check`
@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")
def test_an_upgrade_builds_what_a_database_in_memory_has(empty: Store) -> None:
    upgrade(empty.engine)
    with in_memory() as made:
        wanted, present = inspect(made.engine), inspect(empty.engine)
        for table in Record.metadata.tables:
            for part in ("columns", "foreign_keys", "indexes", "unique_constraints", "check_constraints"):
                assert described(present, part, table) == described(wanted, part, table), (table, part)


def described(inspector: object, part: str, table: str) -> list[str]:
    items = getattr(inspector, f"get_{part}")(table)
    return sorted(str({**item, "dialect_options": shown(item.get("dialect_options", {}))}) for item in items)


def shown(options: dict[str, object]) -> dict[str, str]:
    return {name: str(value) for name, value in options.items()}


def test_upgrading_twice_changes_nothing(empty: Store) -> None:
    upgrade(empty.engine)
    with empty.write() as session:
        session.add(
            Client(given_name="Ada", family_name="Example", created_at=datetime(2026, 1, 1, tzinfo=UTC))
        )
    upgrade(empty.engine)
    with empty.read() as session:
        assert session.exec(select(Client.given_name)).one() == "Ada"


def test_two_upgrades_at_once_wait_for_each_other(empty: Store) -> None:
    done: list[str] = []
    both = [threading.Thread(target=lambda: done.append(upgrade(empty.engine))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert done == [head(), head()]
    assert check(empty.engine) == []


@pytest.mark.sqlite("its foreign keys are switched off meanwhile")
def test_foreign_keys_hold_again_after_an_upgrade(empty: Store) -> None:
    upgrade(empty.engine)
    with empty.read() as session:
        assert session.connection().exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_check_says_that_a_database_was_not_upgraded(empty: Store) -> None:
    found = check(empty.engine)
    assert found[0] == f"The database is at revision None; this release needs {head()}. Upgrade it."
    assert any("add_table" in line and "clients" in line for line in found)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("ALTER TABLE clients ADD COLUMN nickname VARCHAR", "nickname"),
        ("ALTER TABLE clients DROP COLUMN other_names", "other_names"),
        ("DROP INDEX ix_timers_open", "ix_timers_open"),
        ("DROP INDEX ix_human_tasks_urgent", "ix_human_tasks_urgent"),
        ("DROP TABLE wakes", "wakes"),
    ],
)
def test_check_names_what_differs(empty: Store, statement: str, expected: str) -> None:
    upgrade(empty.engine)
    with empty.write() as session:
        session.execute(text(statement))
    assert any(expected in line for line in check(empty.engine))


def test_check_sees_a_value_set_that_lacks_a_value(empty: Store) -> None:
    upgrade(empty.engine)
    with empty.write() as session:
        (_without_start if empty.dialect == "sqlite" else _without_start_on_postgresql)(session)
    assert check(empty.engine) == ["wakes: CHECK ck_wakes_kind names other values"]


def _without_start(session: Session) -> None:
    """SQLite changes a CHECK by building the table anew."""
    made = session.execute(text("SELECT name, sql FROM sqlite_master WHERE tbl_name = 'wakes' AND sql <> ''"))
    statements = dict(tuple(row) for row in made)
    session.execute(text("DROP TABLE wakes"))
    session.execute(text(statements.pop("wakes").replace("'start', ", "")))
    for statement in statements.values():
        session.execute(text(statement))


def _without_start_on_postgresql(session: Session) -> None:
    kinds = ", ".join(f"'{kind}'" for kind in WakeKind if kind is not WakeKind.START)
    session.execute(text("ALTER TABLE wakes DROP CONSTRAINT ck_wakes_kind"))
    session.execute(text(f"ALTER TABLE wakes ADD CONSTRAINT ck_wakes_kind CHECK (kind IN ({kinds}))"))


def test_a_database_of_a_newer_release_is_left_alone(empty: Store) -> None:
    upgrade(empty.engine)
    with empty.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(MigrationError, match="9999"):
        upgrade(empty.engine)
    assert current(empty.engine) == "9999"


def test_a_failed_upgrade_leaves_the_database_as_it_was(empty: Store) -> None:
    with empty.write() as session:
        session.execute(text("CREATE TABLE visits (id INTEGER)"))  # the last revision stumbles over it
    with pytest.raises(Exception, match="visits"):
        upgrade(empty.engine)
    assert current(empty.engine) is None
    assert inspect(empty.engine).get_table_names() == ["visits"]


@pytest.mark.sqlite("its foreign keys are switched off meanwhile")
def test_an_upgrade_that_leaves_a_reference_to_nothing_is_undone(empty: Store) -> None:
    with empty.engine.connect() as connection:
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.cursor().execute("PRAGMA foreign_keys = OFF")
        with connection.begin():
            connection.execute(text("CREATE TABLE parents (id INTEGER PRIMARY KEY)"))
            connection.execute(text("CREATE TABLE children (parent INTEGER REFERENCES parents (id))"))
            connection.execute(text("INSERT INTO children VALUES (1)"))
    with pytest.raises(MigrationError, match="in children"):
        upgrade(empty.engine)
    assert current(empty.engine) is None
