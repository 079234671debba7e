"""A CSV file as rows with their places. Reading never raises for what a file holds: it collects problems."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from definitions import suggest
from ops.importing.problems import RowProblem

MOST_BYTES: Final = 64 * 1024 * 1024
NOTE_COLUMN: Final = "rejected_because"
"""A column of rejects files; it may stay when the corrected file is imported."""

FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t")
"""What a spreadsheet takes for the beginning of a formula. An apostrophe in front keeps it a text."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns that a file may have, and those that it must have."""

    columns: tuple[str, ...]
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it begins, and its cells that are not empty, by column."""

    file: str
    line: int
    cells: Mapping[str, str]

    def problem(self, column: str, reason: str) -> RowProblem:
        """A problem of this row."""
        return RowProblem(self.file, self.line, column, reason)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file as read. `problems` are those of the file and of rows that could not be read."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[RowProblem, ...]
    broken: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """The cells, in their order, of rows that could not be read, by line."""


def read_sheet(path: Path, layout: Layout) -> Sheet:
    """Read a CSV file: UTF-8, with or without a byte order mark, commas or semicolons, headings in the
    first row.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        return _refused(path.name, 1, f"the file can't be read ({error.strerror})")
    if len(content) > MOST_BYTES:
        return _refused(path.name, 1, f"the file is larger than {MOST_BYTES >> 20} MiB; split it")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _refused(path.name, 1, "the file is UTF-16; save it as `CSV UTF-8`")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_utf8(path.name, content, error.start)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return _refused(path.name, line, "the file has a NUL character; it is not a CSV file")
    return _rows(path.name, text, layout)


def _rows(name: str, text: str, layout: Layout) -> Sheet:
    lines = _cells(name, text)
    first = next(lines, None)
    if first is None:
        return _refused(name, 1, "the file is empty; its first row has the headings")
    if isinstance(first, RowProblem):
        return Sheet((), (), (first,))
    columns, problems = _headings(name, first[1], layout)
    if problems:
        return Sheet(columns, (), tuple(problems))
    rows: list[Row] = []
    broken: dict[int, Sequence[str]] = {}
    for found in lines:
        if isinstance(found, RowProblem):
            problems.append(found)
            continue
        line, cells = found
        if len(cells) != len(columns):
            reason = (
                f"the row has {len(cells)} cells, the heading has {len(columns)}; quote cells with commas"
            )
            problems.append(RowProblem(name, line, "", reason))
            broken[line] = cells
        else:
            rows.append(Row(name, line, _filled(columns, cells)))
    return Sheet(columns, tuple(rows), tuple(problems), broken)


def _cells(name: str, text: str) -> Iterator[tuple[int, list[str]] | RowProblem]:
    """The rows that are not blank, each with the line on which it begins."""
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield RowProblem(name, line, "", f"the row can't be read ({error}); look at its quotation marks")
            return  # after that nobody knows where a row begins
        if any(cell.strip() for cell in cells):
            yield line, cells


def _headings(name: str, cells: Sequence[str], layout: Layout) -> tuple[tuple[str, ...], list[RowProblem]]:
    columns = tuple("_".join(cell.strip().casefold().split()) for cell in cells)
    problems = []
    for index, column in enumerate(columns):
        if column in columns[:index]:
            problems.append(RowProblem(name, 1, column, "the column stands twice; keep one"))
        elif column not in layout.columns and column != NOTE_COLUMN:
            meant = suggest(column, layout.columns)
            known = f"did you mean {meant}?" if meant else f"the columns are {', '.join(layout.columns)}"
            problems.append(
                RowProblem(name, 1, column[:60] or "(empty)", f"there is no such column; {known}")
            )
    missing = [column for column in layout.required if column not in columns]
    problems += [RowProblem(name, 1, column, "the column is missing; add it") for column in missing]
    return columns, problems


def _filled(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    pairs = ((column, _text(cell.strip())) for column, cell in zip(columns, cells, strict=True))
    return {column: cell for column, cell in pairs if cell and column != NOTE_COLUMN}


def _text(cell: str) -> str:
    """The cell without the apostrophe that kept a spreadsheet from calculating it."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] in FORMULA_STARTS and cell[1:] else cell


def _not_utf8(name: str, content: bytes, start: int) -> Sheet:
    line = content.count(b"\n", 0, start) + 1
    column = start - (content.rfind(b"\n", 0, start) + 1) + 1
    return _refused(name, line, f"byte {column} is not UTF-8; save the file as `CSV UTF-8`")


def _refused(name: str, line: int, reason: str) -> Sheet:
    return Sheet((), (), (RowProblem(name, line, "", reason),))
