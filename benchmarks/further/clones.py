"""A full store within minutes: the rows of one waiting instance, again and again with new ids.

The database copies the rows itself. Every id of the template that a value contains, also inside JSON, gets
the clone's number in its first six places; what must be unique and contains no id gets it at its end.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Column, Connection, Table, UniqueConstraint, or_, select, text

from models import Instance, Record, Store

KEPT: Final = frozenset(
    {
        "definition_versions",
        "household_members",
        "households",
        "leases",
        "report_members",
        "reports",
        "services",
        "staff",
        "staff_groups",
    }
)
"""Tables whose rows the clones share."""

SUBJECTS: Final = ("instance_id", "case_id", "client_id")
AT_ONCE: Final = 10_000
"""Clones of one transaction."""

Row = Mapping[str, Any]
Found = list[tuple[Table, Row]]


def clone(store: Store, instance_id: str, first: int, count: int) -> None:
    """Make so many clones of an instance, numbered from `first` on: a number is used once in a store."""
    with store.engine.connect() as connection:
        rows = _template(connection, instance_id)
    ids = {str(row["id"]) for _, row in rows}
    statements = [_statement(store.dialect, table, row, ids) for table, row in rows]
    end = first + count
    for at in range(first, end, AT_ONCE):
        with store.engine.connect() as connection:
            if store.dialect == "sqlite":
                connection.connection.cursor().execute("PRAGMA foreign_keys = OFF")
            with connection.begin():
                for statement, name in statements:
                    given = {"first": at, "last": min(at + AT_ONCE, end) - 1, "row": name}
                    connection.execute(statement, given)
            connection.invalidate()  # this connection goes, and with it what was set on it
    with store.engine.connect() as connection:
        if store.dialect == "postgresql":
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))


def _template(connection: Connection, instance_id: str) -> Found:
    """The rows that belong to an instance alone, parents first."""
    instances = Record.metadata.tables["instances"]
    instance = connection.execute(select(instances).where(instances.c.id == instance_id)).mappings().one()
    ids = {instance_id, str(instance["case_id"]), str(instance["client_id"])}
    rows: dict[str, tuple[Table, Row]] = {}
    grown = True
    while grown:
        before = len(rows)
        for table in Record.metadata.sorted_tables:
            for row in _of(connection, table, ids):
                rows[str(row["id"])] = (table, row)
        ids |= set(rows)
        grown = len(rows) > before
    order = {table.name: place for place, table in enumerate(Record.metadata.sorted_tables)}
    return sorted(rows.values(), key=lambda found: order[found[0].name])


def _of(connection: Connection, table: Table, ids: set[str]) -> list[Row]:
    if table.name in KEPT:
        return []
    owners = [table.c.id] if table.name in ("instances", "cases", "clients") else []
    owners += [column for column in table.columns if _points(column)]
    if not owners:
        return []
    query = select(table).where(or_(*(column.in_(ids) for column in owners)))
    return [dict(row) for row in connection.execute(query).mappings()]


def _points(column: Column[Any]) -> bool:
    """Whether a column says whom its row belongs to."""
    if column.name in SUBJECTS:
        return True
    return any(key.column.table.name not in KEPT for key in column.foreign_keys)


def _statement(dialect: str, table: Table, row: Row, ids: set[str]) -> tuple[Any, str]:
    number = "printf('%06d', n)" if dialect == "sqlite" else "lpad(n::text, 6, '0')"
    columns = [f'"{column.name}"' for column in table.columns]
    values = [_value(dialect, column, row[column.name], ids, number) for column in table.columns]
    series = (
        "WITH RECURSIVE series(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM series WHERE n < :last)"
        if dialect == "sqlite"
        else "WITH series AS (SELECT generate_series(CAST(:first AS int), CAST(:last AS int)) AS n)"
    )
    name = f'"{table.name}"'
    insert = f"INSERT INTO {name} ({', '.join(columns)})"
    query = f"SELECT {', '.join(values)} FROM {name} AS t CROSS JOIN series WHERE t.id = :row"
    # PostgreSQL takes WITH on either side, SQLite after INSERT
    return text(f"{insert} {series} {query}"), str(row["id"])


def _value(dialect: str, column: Column[Any], value: Any, ids: set[str], number: str) -> str:
    name = f't."{column.name}"'
    if column.table.name == "cases" and column.name == "number":
        return f"'2025-' || {number}"
    found = sorted(each for each in ids if value is not None and each in str(value))
    if not found:
        return f"{name} || '-' || {number}" if isinstance(value, str) and _alone(column) else name
    is_json = dialect == "postgresql" and not isinstance(value, str)
    text_ = f"{name}::text" if is_json else name
    for each in found:
        text_ = f"replace({text_}, '{each}', {number} || '{each[6:]}')"
    return f"({text_})::json" if is_json else text_


def _alone(column: Column[Any]) -> bool:
    """Whether the column alone has to be unique."""
    return bool(column.unique) or any(list(each.columns) == [column] for each in _unique(column.table))


def _unique(table: Table) -> Iterator[UniqueConstraint]:
    return (each for each in table.constraints if isinstance(each, UniqueConstraint))


def instances(store: Store) -> int:
    """How many instances a store has."""
    with store.read() as session:
        return len(session.execute(select(Instance.__table__.c.id)).all())  # type: ignore[attr-defined]
