"""The database's way from one release to the next (Alembic)."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from migrations.comparison import differences

__all__ = ["MigrationError", "check", "current", "head", "revisions", "upgrade"]

_UPGRADE_LOCK = 0x43575550  # any number, the same for all who upgrade


class MigrationError(Exception):
    """The database could not be brought to this release. The message says what stands in the way."""


def head() -> str:
    """The revision that this release needs."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise MigrationError("There is no revision in migrations/versions. The installation is incomplete.")
    return revision


def revisions() -> frozenset[str]:
    """Every revision that this release knows, from the first to `head()`."""
    return frozenset(each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions())


def current(engine: Engine) -> str | None:
    """The revision of the database; None when it is empty."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine) -> str:
    """Brings the database to `head()` in one transaction and returns that revision.

    Two processes that upgrade at once wait for each other. Raises MigrationError when the database is of a
    newer release, or when a reference would lead nowhere afterwards.
    """
    known = revisions()
    with engine.connect() as connection:
        _foreign_keys(connection, on=False)
        try:
            with connection.begin():
                _wait_for_others(connection)
                present = MigrationContext.configure(connection).get_current_revision()
                if present is not None and present not in known:
                    raise MigrationError(
                        f"The database is at revision {present}, which this release does not know. "
                        "Install the release that wrote it, or a later one."
                    )
                if present != head():
                    _run(connection)
        finally:
            _foreign_keys(connection, on=True)
    return head()


def check(engine: Engine) -> list[str]:
    """What the database has otherwise than this release needs, one line each; empty when all is well."""
    found: list[str] = []
    present, needed = current(engine), head()
    if present != needed:
        found.append(f"The database is at revision {present}; this release needs {needed}. Upgrade it.")
    with engine.connect() as connection:
        return found + differences(connection)


def _run(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    _refuse_dangling(connection)


def _config() -> Config:
    config = Config()
    # a percent sign in the path would be read as a reference to another option
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return config


def _foreign_keys(connection: Connection, *, on: bool) -> None:
    # A table that is built anew is dropped in between, which references to it must survive. SQLite takes this
    # switch only outside a transaction, so it goes to the driver, which does not begin one.
    driver = connection.connection.dbapi_connection
    if connection.dialect.name == "sqlite" and driver is not None:
        driver.cursor().execute(f"PRAGMA foreign_keys = {'ON' if on else 'OFF'}")


def _wait_for_others(connection: Connection) -> None:
    # on SQLite, BEGIN IMMEDIATE has already waited
    if connection.dialect.name == "postgresql":
        # as long as the other one takes; a table that others use is waited for no longer than usual
        usual: str = connection.execute(text("SHOW lock_timeout")).scalar_one()
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # revisions compute
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADE_LOCK})
        connection.execute(text("SELECT set_config('lock_timeout', :usual, true)"), {"usual": usual})


def _refuse_dangling(connection: Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    dangling = {row[0] for row in connection.execute(text("PRAGMA foreign_key_check"))}
    if dangling:
        raise MigrationError(f"References lead nowhere after the upgrade, in {', '.join(sorted(dangling))}.")
