"""What the command line writes: text for people, and JSON for programs.

Each JSON answer is one object with a `schema` such as `casewright/check/1`; the number rises when a key
changes its meaning or goes away. What a person has to know about goes to the standard error, so that
answers can be piped.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDE = 200
"""Columns of a table that is written into a file or a pipe."""


def say(text: str = "") -> None:
    """Write a line of the answer."""
    sys.stdout.write(f"{text}\n")


def note(text: str) -> None:
    """Write a line for the person who gave the command, beside the answer."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def say_json(schema: str, content: Mapping[str, Any], *, line: bool = False) -> None:
    """Write the answer as one JSON object; `schema` is its name and number, such as `check/1`. With `line` it
    is one line of many.
    """
    answer = {"schema": f"casewright/{schema}", **content}
    say(json.dumps(answer, ensure_ascii=False, indent=None if line else 2, default=_plain))


def console() -> "Console":
    """Where tables go; without colours when nobody looks at it."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else WIDE
    return Console(file=sys.stdout, highlight=False, width=width)


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Write rows under headings. Texts are taken as they are, never as markup."""
    console().print(made_table(headings, rows, title))


def made_table(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> "Table":
    """Rows under headings, to be written; texts are taken as they are."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    made = Table(
        box=box.SIMPLE_HEAD, title=Text(title, style="bold") if title else None, title_justify="left"
    )
    for heading in headings:
        made.add_column(heading, overflow="fold")
    for row in rows:
        made.add_row(*(Text(safe(each)) for each in row))
    return made


def safe(text: str) -> str:
    """A text that came from outside, without characters that would move the cursor or hide something."""
    from definitions.diagnostics import printable

    return "\n".join(printable(line) for line in text.split("\n"))


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 file`, `2 files`; `many` where the plural is not made with an s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def at(moment: datetime | None, zone: ZoneInfo) -> str:
    """A moment in a zone, as `2026-03-02 09:00`; empty for none."""
    return "" if moment is None else moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _plain(value: object) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    raise TypeError(f"{type(value).__name__} is not written as JSON")
