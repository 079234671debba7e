"""Lists that people take away: cases, tasks and the board's figures, as CSV or as a workbook.

The file is written to the disk first, in constant memory, so that a slow connection holds no transaction open
and the audit knows how many rows there were. Nobody gets a row that the audit does not tell of.
"""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import IO, Annotated, Any, Final

from fastapi import Query
from fastapi.responses import StreamingResponse
from sqlmodel import Session
from starlette.background import BackgroundTask

from models import CaseStatus, RiskLevel, Staff, TaskStatus
from web.access import scope
from web.access.actions import Action
from web.access.policy import NO_ROLE, require
from web.access.watching import exported, watched
from web.api.declaring import Resource, Responses
from web.api.narrowing import Narrowing, Opening
from web.api.problem import ProblemError, forbidden
from web.api.visiting import Visiting
from web.exports import csv_file, xlsx_file
from web.exports.columns import FIGURE_COLUMNS, case_columns, task_columns
from web.exports.figures import figures
from web.exports.sheet import MOST_ROWS, Column, Row, Sheet, TooManyError, counted
from web.pages.wording import STATES, plain
from web.reading import cases
from web.reading.board.narrowed import PERIODS, Mine, Narrowed
from web.reading.board.whole import board
from web.reading.said import LONGEST_SEARCH
from web.reading.work import inbox
from web.reading.work.asked import Asked, DueIn, Whose
from web.visitor import Visit

router = Resource(prefix="/exports", tags=["exports"])

CHUNK: Final = 64 * 1024
SEARCHED: Final = "a search"
"""What a file and the audit say of what somebody searched for: the words themselves may be a name."""


class Format(StrEnum):
    """How the list is written."""

    CSV = "csv"
    XLSX = "xlsx"


WRITERS: Final[Mapping[Format, Callable[[Any, Sheet, Iterator[Row]], int]]] = {
    Format.CSV: csv_file.write_csv,
    Format.XLSX: xlsx_file.write_xlsx,
}
MEDIA: Final = {Format.CSV: csv_file.MEDIA_TYPE, Format.XLSX: xlsx_file.MEDIA_TYPE}
FILE: Final[Responses] = {
    200: {
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for kind in MEDIA.values()
        }
    }
}


@router.get("/cases", response_class=StreamingResponse, responses=FILE)
def of_cases(
    visit: Visiting,
    format: Format = Format.CSV,  # noqa: A002 (its name in the address)
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    status: CaseStatus | None = None,
    risk: RiskLevel | None = None,
    mine: bool = False,
    opened: Opening = None,
) -> StreamingResponse:
    """The cases that one may export, narrowed as the list of cases is; the open ones unless a status, a
    search or a figure is given.
    """
    asked = cases.Asked(search=" ".join(q.split()), status=status, risk=risk, mine=mine, opened=opened)
    said = [
        SEARCHED if asked.search else "",
        f"status {plain(status.value)}" if status else "",
        f"risk {risk.value}" if risk else "",
        "worker: me" if mine else "",
        opened.words if opened else "",
    ]
    taken = _Taken("Cases", "Case", case_columns(visit.web.groups), tuple(filter(None, said)))
    narrowed = opened.narrowed if opened else Narrowed()

    def rows(session: Session) -> Iterator[Any]:
        return cases.exported_cases(session, visit.actor, asked, visit.web.now(), visit.web.zone)

    return _file(visit, format, taken, narrowed, rows)


@router.get("/tasks", response_class=StreamingResponse, responses=FILE)
def of_tasks(
    visit: Visiting,
    format: Format = Format.CSV,  # noqa: A002
    whose: Whose = Whose.TEAM,
    due: DueIn | None = None,
    status: TaskStatus | None = None,
    process: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
) -> StreamingResponse:
    """The open tasks of the cases that one may export, narrowed as the inbox is."""
    asked = Asked(whose, due, status, process, " ".join(q.split()))
    said = [
        f"whose: {whose.value}",
        f"due: {due.value}" if due else "",
        f"state {STATES[status.value]}" if status else "",
        f"process {process}" if process else "",
        SEARCHED if asked.search else "",
    ]
    taken = _Taken("Tasks", "HumanTask", task_columns(visit.web.groups), tuple(filter(None, said)))

    def rows(session: Session) -> Iterator[Any]:
        return inbox.exported_tasks(session, visit.actor, asked, visit.web.now())

    return _file(visit, format, taken, Narrowed(), rows)


@router.get("/board", response_class=StreamingResponse, responses=FILE)
def of_board(
    visit: Visiting,
    narrowed: Narrowing,
    format: Format = Format.CSV,  # noqa: A002
) -> StreamingResponse:
    """The figures of the board, one in each row."""
    taken = _Taken("Figures", "Board", FIGURE_COLUMNS, (f"looking back over {PERIODS[narrowed.days]}",))

    def rows(session: Session) -> Iterator[Any]:
        now = visit.web.now()
        require(session, visit.actor, Action.READ_BOARD, now=now)
        mine = Mine(visit.actor, now, visit.web.zone, narrowed)
        return figures(board(session, mine, visit.web.plans.of))

    return _file(visit, format, taken, narrowed, rows)


@dataclass(frozen=True, slots=True)
class _Taken:
    """Of what: the title, the record's name for the audit, the columns, and what it is narrowed to."""

    title: str
    record: str
    columns: tuple[Column, ...]
    said: tuple[str, ...]


def _file(
    visit: Visit,
    form: Format,
    taken: _Taken,
    narrowed: Narrowed,
    things: Callable[[Session], Iterator[Any]],
) -> StreamingResponse:
    """Write the file, write down that it was taken, and send it."""
    if not scope.may_export(visit.actor):
        raise forbidden(NO_ROLE)
    web, now = visit.web, visit.web.now()
    file = tempfile.TemporaryFile()  # noqa: SIM115 (closed when it has been sent)
    try:
        with watched(web.store) as session:
            sheet = Sheet(
                title=taken.title,
                columns=taken.columns,
                by=visit.actor.name,
                at=now.astimezone(web.zone),
                narrowed=(*taken.said, *_narrowing(session, narrowed, web.groups)),
                office=web.office,
            )
            rows = counted(sheet.row(thing) for thing in things(session))
            count = WRITERS[form](file, sheet, rows)
            fields = [column.name for column in taken.columns]
            reason = "; ".join([f"{count} rows as {form.value}", *sheet.narrowed])
            exported(session, visit.actor.staff_id, taken.record, fields, now, reason)
    except TooManyError:
        file.close()
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"A file has {MOST_ROWS:,} rows at most. Narrow the list and take it in parts.",
        ) from None
    except BaseException:
        file.close()
        raise
    headers = {
        "Content-Disposition": f'attachment; filename="{sheet.file_name}.{form.value}"',
        "Content-Length": str(file.seek(0, 2)),
        "Cache-Control": "no-store",
    }
    file.seek(0)
    return StreamingResponse(
        _chunks(file), headers=headers, media_type=MEDIA[form], background=BackgroundTask(file.close)
    )


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk


def _narrowing(session: Session, narrowed: Narrowed, groups: Mapping[str, str]) -> list[str]:
    worker = session.get(Staff, narrowed.worker) if narrowed.worker else None
    said = [
        f"team {groups.get(narrowed.team, narrowed.team)}" if narrowed.team else "",
        f"worker {worker.name if worker else 'unknown'}" if narrowed.worker else "",
        f"process {narrowed.process}" if narrowed.process else "",
    ]
    return [each for each in said if each]
