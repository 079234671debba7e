"""The columns of each list that can be taken away. Their names stand in the audit: they are never values."""

from collections.abc import Mapping
from typing import Final

from web.exports.figures import Figure
from web.exports.sheet import Column
from web.pages.wording import STATES, plain
from web.reading.cases import CaseRow
from web.reading.work.inbox import TaskRow


def case_columns(groups: Mapping[str, str]) -> tuple[Column, ...]:
    """Of the list of cases; `groups` are the titles of the vocabulary's groups."""

    def team(row: CaseRow) -> str | None:
        return None if row.team is None else groups.get(row.team, row.team)

    return (
        Column("number", "Case", lambda row: row.number),
        Column("client", "Client", lambda row: row.client, 26),
        Column("status", "Status", lambda row: plain(row.status)),
        Column("risk_level", "Risk", lambda row: row.risk or "not assessed"),
        Column("risk_provisional", "Provisional", lambda row: "yes" if row.risk and row.provisional else ""),
        Column("worker", "Worker", lambda row: row.worker or "nobody yet", 22),
        Column("team", "Team", team, 20),
        Column("received_at", "Received", lambda row: row.received_at),
    )


def task_columns(groups: Mapping[str, str]) -> tuple[Column, ...]:
    """Of the list of tasks."""

    def queue(row: TaskRow) -> str | None:
        return None if row.group is None else groups.get(row.group, row.group)

    return (
        Column("title", "Task", lambda row: row.title, 36),
        Column("status", "State", lambda row: STATES[row.status]),
        Column("priority", "Priority", lambda row: row.priority),
        Column("due_at", "Due", lambda row: row.due_at),
        Column("book_by", "Book by", lambda row: row.book_by),
        Column("holder", "With", lambda row: row.holder or "nobody yet", 22),
        Column("group", "Queue", queue, 20),
        Column("number", "Case", lambda row: row.case),
        Column("client", "Client", lambda row: row.client, 26),
        Column("process", "Process", lambda row: row.process, 26),
    )


FIGURE_COLUMNS: Final[tuple[Column, ...]] = (
    Column("figure", "Figure", lambda row: _of(row).figure, 26),
    Column("of", "Of", lambda row: _of(row).of, 30),
    Column("part", "What", lambda row: _of(row).part, 36),
    Column("since", "Since", lambda row: _of(row).since),
    Column("count", "How many", lambda row: _of(row).count),
)
"""Of the board's figures."""


def _of(row: Figure) -> Figure:
    return row
