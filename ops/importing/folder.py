"""Importing a folder: all its files in one transaction."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from definitions import suggest
from models import Store
from ops.composition import Engine, operator
from ops.errors import NotThereError, OpsError
from ops.importing import clients, contacts, households, incomes, services, staff
from ops.importing.problems import RowProblem
from ops.importing.sheet import Layout, Row, Sheet, read_sheet
from ops.importing.work import Place, Work

MOST_IN_A_MESSAGE: Final = 20


@dataclass(frozen=True, slots=True)
class Table:
    """A file of the import: its layout, and what makes records of its rows."""

    layout: Layout
    take: Callable[[Work, str, Iterable[Row]], None]


TABLES: Final[Mapping[str, Table]] = {
    "staff.csv": Table(staff.LAYOUT, staff.take),
    "services.csv": Table(services.LAYOUT, services.take),
    "clients.csv": Table(clients.LAYOUT, clients.take),
    "households.csv": Table(households.LAYOUT, households.take),
    "incomes.csv": Table(incomes.LAYOUT, incomes.take),
    "contacts.csv": Table(contacts.LAYOUT, contacts.take),
}
"""The files in the order in which they name each other."""


class ImportRefusedError(OpsError):
    """Rows are faulty, so nothing was imported. `problems` holds every one."""

    def __init__(self, problems: Iterable[RowProblem]) -> None:
        self.problems = tuple(problems)
        shown = "\n".join(str(each) for each in self.problems[:MOST_IN_A_MESSAGE])
        rest = len(self.problems) - MOST_IN_A_MESSAGE
        more = f"\nand {rest} more" if rest > 0 else ""
        count = len(self.problems)
        super().__init__(f"{count} problem{'' if count == 1 else 's'}, nothing was imported\n{shown}{more}")


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, by file: records that are `made`, rows that were `present` before and stay as
    they were, and the problems of rows that were skipped.
    """

    made: Mapping[str, int]
    present: Mapping[str, int]
    problems: tuple[RowProblem, ...]
    sheets: Mapping[str, Sheet]

    @property
    def total(self) -> int:
        """All records that were made."""
        return sum(self.made.values())

    def __str__(self) -> str:
        skipped = len({(each.file, each.line) for each in self.problems})
        words = [f"{self.total} records made", f"{sum(self.present.values())} there already"]
        return ", ".join([*words, *([f"{skipped} rows skipped"] if skipped else [])])


def import_folder(engine: Engine, folder: Path, *, skip_bad: bool = False) -> Imported:
    """Import the CSV files of a folder in one transaction.

    Raises ImportRefusedError with every problem of every file, unless `skip_bad` leaves faulty rows out
    (and what names them). Raises NotThereError when the folder has none of the files.
    """
    sheets, problems = _read(folder)
    place = Place(
        now=engine.runtime.clock(),
        zone=engine.zone,
        region=engine.settings.country,
        vocabulary=engine.installation.catalogue.vocabulary,
        actor=operator(),
    )
    made, present, found = _write(engine.store, place, sheets, problems, skip_bad=skip_bad)
    return Imported(made, present, found, sheets)


def _read(folder: Path) -> tuple[dict[str, Sheet], list[RowProblem]]:
    if not folder.is_dir():
        raise NotThereError(f"there is no folder {folder}", action="name a folder with CSV files")
    files = {file.name: file for file in folder.iterdir() if file.suffix.lower() == ".csv"}
    sheets = {name: read_sheet(files[name], table.layout) for name, table in TABLES.items() if name in files}
    problems = [problem for sheet in sheets.values() for problem in sheet.problems]
    for name in sorted(files.keys() - TABLES.keys()):
        meant = suggest(name, TABLES)
        hint = f"did you mean {meant}?" if meant else f"the files are {', '.join(TABLES)}"
        problems.append(RowProblem(name, 1, "", f"no such file is imported; {hint}"))
    if not sheets and not problems:
        raise NotThereError(f"{folder} has no CSV file", action=f"the files are {', '.join(TABLES)}")
    return sheets, problems


def _write(
    store: Store, place: Place, sheets: Mapping[str, Sheet], problems: list[RowProblem], *, skip_bad: bool
) -> tuple[dict[str, int], dict[str, int], tuple[RowProblem, ...]]:
    """One transaction, which a problem undoes unless bad rows are skipped."""
    with store.write() as session, session.no_autoflush:
        work = Work(session, place, problems)
        for know in (staff.know, services.know, clients.know, households.know):
            know(work)
        for name, sheet in sheets.items():
            TABLES[name].take(work, name, sheet.rows)
        order = list(TABLES)
        found = sorted(work.problems, key=lambda each: (_rank(order, each.file), each))
        if found and not skip_bad:
            raise ImportRefusedError(found)
    return dict(work.made), dict(work.present), tuple(found)


def _rank(order: list[str], file: str) -> int:
    return order.index(file) if file in order else len(order)
