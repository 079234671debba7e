"""How a database is compared with the records, and how a difference is written into a revision."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext
from sqlmodel.sql.sqltypes import AutoString

from models import Record
from models.base import Json, MoneyAmount, UtcDateTime


def _render(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """A revision names plain types, so that it stays what it was when the classes of `models` change."""
    if kind == "foreign_key":
        context.imports.add("from migrations.columns import link")
        return _render_link(item)
    if kind != "type":
        return False
    for ours, plain in _PLAIN_TYPES:
        if isinstance(item, ours):
            return plain
    if isinstance(item, sa.Enum):
        context.imports.add("from migrations.columns import one_of")
        return f"one_of({', '.join(repr(value) for value in item.enums)})"
    if isinstance(item, AutoString):
        return f"sa.String({item.length or ''})"
    return False


def _render_link(key: sa.ForeignKeyConstraint) -> str:
    (part,) = key.elements
    on_delete = f", on_delete={key.ondelete!r}" if key.ondelete else ""
    return f"link({part.parent.name!r}, {part.column.table.name!r}, name={key.name!r}{on_delete})"


_PLAIN_TYPES: tuple[tuple[type[Any], str], ...] = (
    (UtcDateTime, "sa.DateTime(timezone=True)"),
    (MoneyAmount, 'sa.Numeric(14, 2).with_variant(sa.BigInteger(), "sqlite")'),
    (Json, "sa.JSON()"),
)


def _of_expressions() -> set[str]:
    return {
        str(index.name)
        for table in Record.metadata.sorted_tables
        for index in table.indexes
        if any(not isinstance(each, sa.Column) for each in index.expressions)
    }


def _is_compared(_item: object, name: str | None, kind: str, _reflected: bool, _with: object) -> bool:
    return kind != "index" or name not in _of_expressions()


OPTIONS: dict[str, Any] = {
    "target_metadata": Record.metadata,
    "render_as_batch": True,  # SQLite changes a table by building it anew
    "render_item": _render,
    "compare_type": True,
    "include_object": _is_compared,
}


def differences(connection: sa.Connection) -> list[str]:
    """What the database has otherwise than the records, one line each; empty when they are equal."""
    context = MigrationContext.configure(connection, opts=OPTIONS)
    with _without_expressions():
        found = [str(difference) for difference in compare_metadata(context, Record.metadata)]
    found += _missing_expressions(connection)
    inspector = sa.inspect(connection)
    existing = set(inspector.get_table_names())
    for table in Record.metadata.sorted_tables:
        if table.name in existing:
            present = {
                str(check["name"]): check["sqltext"] for check in inspector.get_check_constraints(table.name)
            }
            found += _check_differences(table, _wanted_checks(table, connection.dialect), present)
    return found


@contextmanager
def _without_expressions() -> Iterator[None]:
    # SQLite does not read an index of expressions back, and says so each time
    with warnings.catch_warnings():
        for said in ("Skipped unsupported reflection of", "autogenerate skipping metadata-specified"):
            warnings.filterwarnings("ignore", f"{said} expression-based index")
        yield


def _missing_expressions(connection: sa.Connection) -> list[str]:
    """The indexes of expressions that the database lacks, by their names: each database writes an expression
    back in its own way, and SQLite not at all.
    """
    listed = {"sqlite": "SELECT name FROM sqlite_master", "postgresql": "SELECT indexname FROM pg_indexes"}
    present = set(connection.scalars(sa.text(listed[connection.dialect.name])))
    return [f"index {name} is missing" for name in sorted(_of_expressions() - present)]


def _wanted_checks(table: sa.Table, dialect: sa.Dialect) -> dict[str, str]:
    # the preparer, because a name made by the naming convention stands in no attribute
    return {
        str(dialect.identifier_preparer.format_constraint(check)): str(
            check.sqltext.compile(dialect=dialect, compile_kwargs={"literal_binds": True})
        )
        for check in table.constraints
        if isinstance(check, sa.CheckConstraint)
    }


def _check_differences(table: sa.Table, wanted: dict[str, str], present: dict[str, str]) -> list[str]:
    # Alembic does not compare CHECK constraints, and the value sets live in them
    found = [f"{table.name}: CHECK {name} is missing" for name in sorted(wanted.keys() - present.keys())]
    found += [f"{table.name}: CHECK {name} is not known" for name in sorted(present.keys() - wanted.keys())]
    return found + [
        f"{table.name}: CHECK {name} names other values"
        for name in sorted(wanted.keys() & present.keys())
        if _quoted(wanted[name]) != _quoted(present[name])
    ]


def _quoted(condition: str) -> set[str]:
    # each database writes a condition back in its own way; the quoted values are the same in all of them
    return set(re.findall(r"'([^']*)'", condition))
