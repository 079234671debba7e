"""A column that has one of many ids, as a condition whose text does not depend on how many there are.

`IN (?, ?, ...)` is another statement for each number of ids: SQLAlchemy puts its text together, SQLite
compiles it, PostgreSQL parses and plans it, again and again. Here the ids are one parameter.
"""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import BindParameter, String, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import JSON, TypeDecorator, TypeEngine


class _Ids(TypeDecorator[list[str]]):
    """An array on PostgreSQL; on SQLite, which has none, its JSON."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(JSON() if dialect.name == "sqlite" else ARRAY(String()))


_IDS: Final = _Ids()


class _Among(FunctionElement[Any]):
    """Without a type: of a boolean SQLAlchemy would ask SQLite whether it is 1, and no index would help."""

    inherit_cache = True


def among(column: Any, ids: Iterable[str] | BindParameter[Any]) -> Any:
    """Whether the column has one of these texts; none of them, where there are none. In place of the texts a
    parameter that `many` made.
    """
    values = ids if isinstance(ids, BindParameter) else bindparam(None, list(ids), type_=_IDS)
    return _Among(column, values)


def many(name: str) -> BindParameter[Any]:
    """A parameter that takes a list of texts, for statements that are made once."""
    return bindparam(name, type_=_IDS)


@compiles(_Among, "sqlite")
def _on_sqlite(element: _Among, compiler: SQLCompiler, **named: Any) -> str:
    column, values = (compiler.process(each, **named) for each in element.clauses)
    return f"{column} IN (SELECT value FROM json_each({values}))"  # noqa: S608 (both are compiled)


@compiles(_Among, "postgresql")
def _on_postgresql(element: _Among, compiler: SQLCompiler, **named: Any) -> str:
    column, values = (compiler.process(each, **named) for each in element.clauses)
    return f"{column} = ANY ({values})"
