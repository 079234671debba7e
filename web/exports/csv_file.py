"""A list as CSV (RFC 4180, UTF-8 with its mark, so that spreadsheets read it right).

A spreadsheet takes a cell for a formula that begins with `=`, `+`, `-`, `@`, a tab or a line break, also in
their wide forms, and where it splits lines at semicolons also in the middle of what we wrote as one cell
(OWASP, CSV injection). An apostrophe before it makes it text.
"""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import BinaryIO, Final

from web.exports.sheet import Cell, Row, Sheet

MEDIA_TYPE: Final = "text/csv; charset=utf-8"
_ACTS: Final = re.compile(r"(^|[;\t\r\n])(\s*)(?=[=+\-@＝＋－＠])")
_BREAKS: Final = ("\t", "\r", "\n")


def inert(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    safe = _ACTS.sub(r"\1\2'", text)
    return f"'{safe}" if safe.startswith(_BREAKS) else safe


def write_csv(file: BinaryIO, sheet: Sheet, rows: Iterator[Row]) -> int:
    """Write what the list says of itself, its titles and its rows; how many rows those were."""
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([name, _cell(value)] for name, value in sheet.about)
    writer.writerow([])
    writer.writerow([column.title for column in sheet.columns])
    count = 0
    for row in rows:
        writer.writerow([_cell(each) for each in row])
        count += 1
    text.detach()
    return count


def _cell(value: Cell) -> str | int:
    match value:
        case None:
            return ""
        case datetime():
            return value.isoformat(" ", "minutes") if value.tzinfo is None else f"{value:%Y-%m-%d %H:%M %Z}"
        case date():
            return value.isoformat()
        case int():
            return value
        case _:
            return inert(value)
