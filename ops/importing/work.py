"""The import under way: what rows become, what is wrong with them, and whom they name."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final, Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from definitions import Vocabulary
from models import Input, InvalidInputError, Record
from ops.importing.problems import RowProblem
from ops.importing.sheet import Row
from tasks.history import Act, write_audit

R = TypeVar("R", bound=Record)
I = TypeVar("I", bound=Input)  # noqa: E741  (an input model)

MOMENTS: Final = frozenset({"confirmed_at", "expires_at", "absent_from", "absent_until"})
NOBODY: Final = "-"
"""Stands for whom a row does not name, so that its other cells are checked all the same."""

LISTS: Final = frozenset({"categories", "languages"})


@dataclass(frozen=True, slots=True)
class Made(Generic[R]):
    """A new record, the row it was made of, and the name by which rows know it."""

    name: str
    row: Row
    record: R


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when the import takes place: its day, the office's zone, the country of telephone numbers."""

    now: datetime
    zone: ZoneInfo
    region: str
    vocabulary: Vocabulary
    actor: str

    @property
    def today(self) -> date:
        """The office's day."""
        return self.now.astimezone(self.zone).date()


@dataclass(slots=True)
class Work:
    """One import inside its transaction. Rows with a problem are refused; the others become records.

    `known` has the ids of everything that a row can name, by kind and name: the database's and this import's.
    """

    session: Session
    place: Place
    problems: list[RowProblem] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)
    known: dict[tuple[str, str], str] = field(default_factory=dict)
    refused: set[tuple[str, str]] = field(default_factory=set)

    def know(self, kind: str, row_id: str, name: str | None) -> None:
        """Take what the database has: two columns of a table, the id and the name that rows know it by."""
        query = select(row_id, name).where(col(name).is_not(None))
        self.known.update({(kind, str(each)): found for found, each in self.session.exec(query)})

    def read(self, row: Row, model: type[I], values: Mapping[str, Any]) -> I | None:
        """The row as an input model; None, and a problem for each faulty field, when it does not fit."""
        try:
            return model.parse(values, today=self.place.today, region=self.place.region)
        except InvalidInputError as error:
            for problem in error.problems:
                column = problem.field.partition(".")[0]
                self.refuse(row, "" if column == "(record)" else column, problem.reason)
            return None

    def values(self, row: Row, *columns: str) -> dict[str, Any]:
        """The cells of these columns that are filled, lists split at `;`, moments with the office's zone if
        they have none.
        """
        return {column: self._value(column, row.cells[column]) for column in columns if column in row.cells}

    def refuse(self, row: Row, column: str, reason: str) -> None:
        """Note a problem of a row."""
        self.problems.append(row.problem(column, reason))

    def find(self, row: Row, column: str, kind: str) -> str | None:
        """The id of what the cell names; None, and a problem, when there is no such thing."""
        name = row.cells.get(column)
        if name is None:
            self.refuse(row, column, f"is missing; it names the {kind} of this row")
            return None
        found = self.known.get((kind, name))
        if found is None:
            refused = (kind, name) in self.refused
            why = "was refused" if refused else "is neither in the files nor in the database"
            self.refuse(row, column, f"the {kind} `{name[:60]}` {why}")
        return found

    def once(self, row: Row, column: str, seen: dict[str, int]) -> str | None:
        """The row's own id; None, and a problem, when it is missing or stands in an earlier row too."""
        name = row.cells.get(column)
        if name is None:
            self.refuse(row, column, "is missing; the same row is known by it the next time")
        elif name in seen:
            self.refuse(row, column, f"`{name[:60]}` stands in line {seen[name]} too")
        else:
            seen[name] = row.line
            return name
        return None

    def linked(self, kind: str, made: Sequence[Made[R]], link: Callable[[Row, R], bool]) -> list[Made[R]]:
        """The new records whose links lead somewhere. One that is left out is no goal for the others'
        links, so they are looked at again until nothing changes.
        """
        standing = list(made)
        while True:
            kept = []
            for each in standing:
                if link(each.row, each.record):
                    kept.append(each)
                else:
                    self.known.pop((kind, each.name), None)
                    self.refused.add((kind, each.name))
            if len(kept) == len(standing):
                return kept
            standing = kept

    def add(self, file: str, record: Record) -> None:
        """Put a new record in, and into the audit."""
        self.made[file] += 1
        self.session.add(record)
        filled = [name for name, value in record.model_dump().items() if value not in (None, "", [], ())]
        write_audit(
            self.session,
            self.place.actor,
            Act.CREATE,
            type(record).__name__,
            record.id,
            self.place.now,
            fields=filled,
            reason=f"imported from {file}",
        )

    def _value(self, column: str, cell: str) -> Any:
        if column in LISTS:
            return [part.strip() for part in cell.split(";") if part.strip()]
        return self._moment(cell) if column in MOMENTS else cell

    def _moment(self, cell: str) -> Any:
        try:
            moment = datetime.fromisoformat(cell)
        except ValueError:
            return cell  # the input model says what is wrong with it
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=self.place.zone)
