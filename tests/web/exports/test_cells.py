"""What people typed stays text in a spreadsheet, whatever it is."""

import csv
import io
import re
import zipfile
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.exports.csv_file import inert, write_csv
from web.exports.sheet import MOST_ROWS, Column, Sheet, TooManyError, counted
from web.exports.xlsx_file import write_xlsx

ACTS = tuple("=+-@\t\r\n＝＋－＠")
EVIL = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r\n=1",
    "a;=1",
    " =1",
    "＝1",
    "https://x.example",
]
texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30) | st.lists(
    st.sampled_from(["=", "+", "-", "@", ";", '"', ",", "\t", "\n", "'", " ", "x", "1"]), max_size=8
).map("".join)


def sheet(*columns: Column) -> Sheet:
    return Sheet(
        title="Cases",
        columns=columns or (Column("name", "Name", str),),
        by="=Vera Lead",
        at=datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("America/New_York")),
        narrowed=("status active",),
        office="Office",
    )


@given(texts)
def test_no_cell_of_a_csv_begins_like_a_formula_however_lines_are_split(text: str) -> None:
    file = io.BytesIO()
    assert write_csv(file, sheet(), iter([[text]])) == 1
    written = file.getvalue().decode("utf-8-sig")
    (*_, row) = csv.reader(io.StringIO(written, newline=""))
    assert row == [inert(text)]
    assert not inert(text).lstrip().startswith(ACTS) or inert(text) == ""
    for part in re.split(r"[;\t\r\n]", inert(text)):
        assert not part.lstrip().startswith(ACTS)


@given(st.text("abc 0123'\"éßж,.", max_size=20))
def test_harmless_words_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


def test_a_csv_says_of_what_it_is_by_whom_and_when_before_its_titles() -> None:
    file = io.BytesIO()
    write_csv(file, sheet(), iter([["Eva"]]))
    rows = list(csv.reader(io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")))
    assert ["What", "Cases"] in rows
    assert ["When", "2026-03-02 09:30 EST"] in rows
    assert ["Exported by", "'=Vera Lead"] in rows
    assert ["Narrowed to", "status active"] in rows
    assert rows[-2:] == [["Name"], ["Eva"]]


def test_a_workbook_has_no_formula_and_no_link() -> None:
    file = io.BytesIO()
    assert write_xlsx(file, sheet(), iter([[each] for each in EVIL])) == len(EVIL)
    with zipfile.ZipFile(file) as book:
        pages = {name: book.read(name).decode() for name in book.namelist()}
    listed = pages["xl/worksheets/sheet2.xml"]
    assert not any("<f>" in page or "hyperlink" in page for page in pages.values())
    assert listed.count('t="inlineStr"') == len(EVIL) + 1
    assert "<t>=1+1</t>" in listed
    assert "Exported by" in pages["xl/worksheets/sheet1.xml"]


def test_moments_are_in_the_time_of_the_office() -> None:
    columns = (Column("at", "At", lambda row: row[0]), Column("on", "On", lambda row: row[1]))
    row = sheet(*columns).row((datetime(2026, 7, 1, 3, tzinfo=UTC), date(2026, 7, 1)))
    assert row == [datetime(2026, 6, 30, 23), date(2026, 7, 1)]  # noqa: DTZ001 (a cell has no zone)


def test_a_list_that_is_too_long_is_refused() -> None:
    with pytest.raises(TooManyError):
        for _ in counted(["x"] for _ in range(MOST_ROWS + 1)):
            pass
