"""What is taken away: its columns, its rows, and what the file says of itself."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

Cell = str | int | date | datetime | None
Row = Sequence[Cell]

MOST_ROWS: Final = 100_000
"""Rows of one file. Whoever needs more narrows the list and takes several."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name for the audit, its title, and what stands in it for one thing."""

    name: str
    title: str
    cell: Callable[[Any], Cell]
    width: int = 16


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list that is taken away: of what (`title`), by whom, when (in the office's time), what it is narrowed
    to in words, and how moments are put into that time.
    """

    title: str
    columns: tuple[Column, ...]
    by: str
    at: datetime
    narrowed: tuple[str, ...]
    office: str

    @property
    def about(self) -> list[tuple[str, Cell]]:
        """What the file says of itself before its rows."""
        return [
            ("What", self.title),
            ("Of", self.office),
            ("When", self.at),
            ("Exported by", self.by),
            ("Narrowed to", "; ".join(self.narrowed) or "nothing: all that this account may export"),
            (
                "Handling",
                "Personal data. Keep it as safe as the case files, and delete it when it has served.",
            ),
        ]

    @property
    def file_name(self) -> str:
        """Without its ending."""
        return f"{self.title.lower().replace(' ', '-')}-{self.at:%Y-%m-%d-%H%M}"

    def row(self, thing: Any) -> Row:
        """The cells of one thing; moments in the office's time, without a zone."""
        return [self._local(column.cell(thing)) for column in self.columns]

    def _local(self, cell: Cell) -> Cell:
        if isinstance(cell, datetime):
            return cell.astimezone(self.at.tzinfo).replace(tzinfo=None, second=0, microsecond=0)
        return cell


class TooManyError(Exception):
    """A list has more rows than a file may have."""


def counted(rows: Iterator[Row]) -> Iterator[Row]:
    """The rows; TooManyError once there are more than a file may have."""
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise TooManyError(f"more than {MOST_ROWS:,} rows")
        yield row
