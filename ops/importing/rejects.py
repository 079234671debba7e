"""The rows that were skipped, as files of the same layout: to be corrected and imported again."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ops.importing.folder import Imported
from ops.importing.problems import RowProblem
from ops.importing.sheet import FORMULA_STARTS, NOTE_COLUMN, Sheet


def write_rejects(imported: Imported, folder: Path) -> tuple[Path, ...]:
    """Write a file per file with skipped rows into a new folder; the last column says why. Returns the files.

    A cell that a spreadsheet would calculate begins with an apostrophe; the import takes it off again.
    """
    written = []
    for name, sheet in imported.sheets.items():
        reasons = _by_line(each for each in imported.problems if each.file == name)
        if sheet.columns and reasons:
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / name, sheet, reasons)
            written.append(folder / name)
    return tuple(written)


def _by_line(problems: Iterable[RowProblem]) -> dict[int, list[str]]:
    reasons: dict[int, list[str]] = {}
    for each in problems:
        reasons.setdefault(each.line, []).append(
            f"{each.column}: {each.reason}" if each.column else each.reason
        )
    return reasons


def _write(file: Path, sheet: Sheet, reasons: Mapping[int, Sequence[str]]) -> None:
    columns = [column for column in sheet.columns if column != NOTE_COLUMN]
    whole = {row.line: [row.cells.get(column, "") for column in columns] for row in sheet.rows}
    with file.open("w", encoding="utf-8-sig", newline="") as opened:  # the mark tells Excel that it is UTF-8
        writer = csv.writer(opened)
        writer.writerow([*columns, NOTE_COLUMN])
        for line in sorted(reasons):
            cells = whole.get(line, sheet.broken.get(line))
            if cells is not None:
                writer.writerow([*map(_harmless, cells), "; ".join(reasons[line])])


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
