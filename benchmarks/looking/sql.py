"""Rows in bulk: the database makes them itself, from a series of numbers."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Final

from sqlalchemy import Connection, text

from models import Record, Store

ONE_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Writer:
    """Makes rows in one database. In an expression `n` is the number of the row, `k` that of one of several
    for each `n`; `now` is the moment that ages are counted back from.
    """

    store: Store
    now: datetime

    @property
    def sqlite(self) -> bool:
        """Whether it is SQLite."""
        return self.store.dialect == "sqlite"

    def ident(self, kind: str, number: str = "n") -> str:
        """The id of a record: four letters and a number, 26 characters."""
        if self.sqlite:
            return f"printf('{kind}%022d', {number})"
        return f"'{kind}' || lpad(({number})::text, 22, '0')"

    def ago(self, days: str) -> str:
        """The moment so many days ago; a number or an expression."""
        seconds = f"{int(self.now.timestamp())} - CAST(({days}) * {ONE_DAY} AS BIGINT)"
        if self.sqlite:
            return f"strftime('%Y-%m-%d %H:%M:%S.000000', {seconds}, 'unixepoch')"
        return f"to_timestamp({seconds})"

    def day_ago(self, days: str) -> str:
        """The day so many days ago."""
        return f"date({self.ago(days)})" if self.sqlite else f"({self.ago(days)})::date"

    def pick(self, words: Iterable[str], number: str) -> str:
        """One of these words, by a number."""
        found = list(words)
        cases = " ".join(f"WHEN {at} THEN '{word}'" for at, word in enumerate(found))
        return f"CASE ({number}) % {len(found)} {cases} END"

    def json(self, expression: str) -> str:
        """A text as a JSON value."""
        return expression if self.sqlite else f"({expression})::json"

    def fill(
        self,
        connection: Connection,
        table: type[Record],
        columns: Mapping[str, str],
        *,
        count: int,
        each: int = 1,
        where: str = "",
        given: Mapping[str, Any] | None = None,
    ) -> None:
        """So many rows, `each` times; what is not given has the default of its model."""
        values = {name: self._default(table, name) for name in table.model_fields} | dict(columns)
        names = ", ".join(f'"{name}"' for name in values)
        series = self._series("n", count) + (", " + self._series("k", each) if each > 1 else "")
        source = "series_n" + (" CROSS JOIN series_k" if each > 1 else "")
        query = f"SELECT {', '.join(values.values())} FROM {source}" + (f" WHERE {where}" if where else "")
        insert = f'INSERT INTO "{table.__tablename__}" ({names})'
        recursive = "RECURSIVE " if self.sqlite else ""
        # the colons of casts are escaped, those of parameters are not
        statement = f"{insert} WITH {recursive}{series} {query}".replace("::", "\\:\\:")
        connection.execute(text(statement), dict(given or {}))

    def _series(self, name: str, count: int) -> str:
        if self.sqlite:
            return (
                f"series_{name}({name}) AS (SELECT 0 UNION ALL SELECT {name} + 1 FROM series_{name}"
                f" WHERE {name} < {count - 1})"
            )
        return f"series_{name} AS (SELECT generate_series(0::bigint, {count - 1}) AS {name})"

    def _default(self, table: type[Record], name: str) -> str:
        field = table.model_fields[name]
        made: Any = field.default_factory() if field.default_factory is not None else field.default  # type: ignore[call-arg]
        match made:
            case bool():
                return str(int(made)) if self.sqlite else str(made).lower()
            case int():
                return str(made)
            case dict() | list():
                return self.json(f"'{json.dumps(made)}'")
            case Enum():
                return f"'{made.value}'"
            case str():
                return f"'{made}'"
            case _:
                return "NULL"
