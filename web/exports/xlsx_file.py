"""A list as a workbook: a sheet that says what it is, and one with the rows.

Everything that people typed is written as text and nothing else, so that no cell is a formula or a link. Rows
go to a file of their own as they come (XlsxWriter, `constant_memory`).
"""

import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO, Final

import xlsxwriter

from web.exports.sheet import Cell, Row, Sheet

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS: Final = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
LONGEST: Final = 32_000
"""Characters of a cell; a spreadsheet holds 32,767."""


def write_xlsx(file: BinaryIO, sheet: Sheet, rows: Iterator[Row]) -> int:
    """Write the workbook; how many rows it has."""
    with (
        tempfile.TemporaryDirectory() as folder,
        xlsxwriter.Workbook(file, {**OPTIONS, "tmpdir": folder}) as book,
    ):
        formats = {
            "bold": book.add_format({"bold": True}),
            "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        }
        about, listed = book.add_worksheet("About"), book.add_worksheet(sheet.title[:31])
        count = _rows(listed, sheet, rows, formats)
        _about(about, [*sheet.about, ("Rows", count)], formats)
        listed.activate()
    return count


def _about(page: Any, said: list[tuple[str, Cell]], formats: dict[str, Any]) -> None:
    page.set_column(0, 0, 16)
    page.set_column(1, 1, 80)
    for at, (name, value) in enumerate(said):
        page.write_string(at, 0, name, formats["bold"])
        moment = isinstance(value, datetime)
        _write(page, at, 1, f"{value:%Y-%m-%d %H:%M %Z}" if moment else value, formats)


def _rows(page: Any, sheet: Sheet, rows: Iterator[Row], formats: dict[str, Any]) -> int:
    for at, column in enumerate(sheet.columns):
        page.set_column(at, at, column.width)
    page.freeze_panes(1, 0)
    for at, column in enumerate(sheet.columns):
        page.write_string(0, at, column.title, formats["bold"])
    count = 0
    for count, row in enumerate(rows, 1):
        for at, value in enumerate(row):
            _write(page, count, at, value, formats)
    page.autofilter(0, 0, count, len(sheet.columns) - 1)
    return count


def _write(page: Any, row: int, at: int, value: Cell, formats: dict[str, Any]) -> None:
    match value:
        case None | "":
            pass
        case datetime():
            page.write_datetime(row, at, value, formats["moment"])
        case date():
            page.write_datetime(row, at, value, formats["day"])
        case int():
            page.write_number(row, at, value)
        case _:
            page.write_string(row, at, value[:LONGEST])
