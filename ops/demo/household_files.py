"""The demo's CSV files, brought to the day on which it is played.

The files that come with Casewright are as of one day. Ages, ends of absences and confirmations of contacts
are meant relative to it, so all dates are moved by as many days as have passed since.
"""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Final

SHIPPED_DATA: Final = Path(__file__).parent / "data"
"""The folder of the CSV files, in the format of `casewright import`."""

AS_OF: Final = date(2026, 1, 5)
"""The day that the shipped files are about."""

_DATE: Final = re.compile(r"(?<![^,\n])(\d{4}-\d{2}-\d{2})(?=[,\nT])")
"""A date that fills a field, or begins one that is a moment."""


def write_files(folder: Path, today: date, source: Path = SHIPPED_DATA) -> bool:
    """Write the files into `folder` with their dates moved to `today`; False if the folder is there already.

    The folder appears complete or not at all.
    """
    if folder.exists():
        return False
    unfinished = folder.with_name(f"{folder.name}.part")
    unfinished.mkdir(parents=True, exist_ok=True)
    for file in sorted(source.glob("*.csv")):
        moved = moved_dates(file.read_text(encoding="utf-8"), today - AS_OF)
        (unfinished / file.name).write_text(moved, encoding="utf-8")
    unfinished.rename(folder)
    return True


def moved_dates(text: str, by: timedelta) -> str:
    """The CSV text with every date moved; times of day stay as they are."""
    return _DATE.sub(lambda found: (date.fromisoformat(found[1]) + by).isoformat(), text)
