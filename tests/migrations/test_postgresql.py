"""The revisions as PostgreSQL gets them, without a server: their statements, compared with the records."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

import migrations
from models import Record

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


@pytest.fixture(scope="module")
def statements() -> list[str]:
    written = io.StringIO()
    context = MigrationContext.configure(
        dialect_name="postgresql",
        opts={"as_sql": True, "output_buffer": written, "target_metadata": Record.metadata},
    )
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    with Operations.context(context):
        for revision in reversed(list(scripts.walk_revisions())):
            revision.module.upgrade()
    return [statement.strip() for statement in written.getvalue().split(";") if statement.strip()]


def parts(statement: str) -> set[str]:
    return {re.sub(r"\s+", " ", line).strip().rstrip(",") for line in statement.splitlines()} - {""}


def added(statements: list[str], table: str) -> set[str]:
    """What later revisions added to the table, and no revision after them took away again."""
    form = rf"ALTER TABLE {table} ADD (?:COLUMN )?(.*)"
    return {
        match[1]
        for place, one in enumerate(statements)
        if (match := re.match(form, one, re.DOTALL))
        and not match[1].startswith(dropped(statements[place:], table) or ("\n",))
    }


def dropped(statements: list[str], table: str) -> tuple[str, ...]:
    """How the parts begin that later revisions took away, to put others in their place."""
    form = rf"ALTER TABLE {table} DROP CONSTRAINT (\w+)"
    return tuple(f"CONSTRAINT {match[1]} " for one in statements if (match := re.match(form, one)))


@pytest.mark.parametrize("table", sorted(Record.metadata.tables))
def test_the_revisions_make_each_table_as_the_records_have_it(statements: list[str], table: str) -> None:
    (made,) = [one for one in statements if one.startswith(f"CREATE TABLE {table} ")]
    gone = dropped(statements, table)
    kept = {part for part in parts(made) if not part.startswith(gone)}
    assert kept | added(statements, table) == parts(
        str(CreateTable(Record.metadata.tables[table]).compile(dialect=DIALECT))
    )


def test_the_revisions_make_the_same_indexes(statements: list[str]) -> None:
    made: dict[str, str] = {}
    for one in statements:  # in their order: what was dropped may be made anew with other columns
        if dropped := re.match(r"DROP INDEX (\w+)", one):
            made.pop(dropped[1])
        elif index := re.match(r"CREATE (?:UNIQUE )?INDEX (\w+)", one):
            made[index[1]] = one
    wanted = {
        str(CreateIndex(index).compile(dialect=DIALECT))
        for table in Record.metadata.tables.values()
        for index in table.indexes
    }
    assert set(made.values()) == wanted


def test_a_table_is_made_before_those_that_refer_to_it(statements: list[str]) -> None:
    order = [match[1] for one in statements if (match := re.match(r"CREATE TABLE (\w+) ", one))]
    for name, table in Record.metadata.tables.items():
        for key in table.foreign_keys:
            assert order.index(key.column.table.name) <= order.index(name)
