"""The cases that somebody may see, found by number, name, status or worker."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final, Self
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, false, or_, union_all
from sqlmodel import Session, col, select

from models import CASE_OPEN, Case, CaseStatus, Client, RiskLevel, Staff
from web.access import scope
from web.access.actions import Action
from web.access.actor import Actor
from web.reading.board.narrowed import Mine
from web.reading.board.opening import Opened
from web.reading.clients import client_name, like, named
from web.reading.cursor import Place, older
from web.reading.said import page_of, search_of

PAGE: Final = 50
AT_ONCE: Final = 500
"""Rows that are in memory at once where all of a list are read."""

LEVELS: Final = tuple(RiskLevel)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list was asked for. What the address says otherwise than it can counts as not said. `opened`
    is the figure of a board whose cases they are.
    """

    search: str = ""
    status: CaseStatus | None = None
    risk: RiskLevel | None = None
    mine: bool = False
    page: int = 1
    opened: Opened | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the query of an address."""
        return cls(
            search=search_of(query),
            status=next((each for each in CaseStatus if each.value == query.get("status")), None),
            risk=next((each for each in RiskLevel if each.value == query.get("risk")), None),
            mine=query.get("mine") == "1",
            page=page_of(query),
            opened=Opened.read(query),
        )

    def address(self, page: int) -> str:
        """The address of another page of the same."""
        return "/cases?" + self._query(page)

    def exported(self, form: str) -> str:
        """Where all of the list is had as a file."""
        return f"/api/v1/exports/cases?format={form}&{self._query(1)}"

    def _query(self, page: int) -> str:
        said = {
            "q": self.search,
            "status": self.status.value if self.status else "",
            "risk": self.risk.value if self.risk else "",
            "mine": "1" if self.mine else "",
            "page": str(page) if page > 1 else "",
            **(self.opened.said() if self.opened else {}),
        }
        return urlencode({name: value for name, value in said.items() if value})

    @property
    def narrowed(self) -> bool:
        """Whether anything but the page was asked for."""
        return bool(self.search or self.status or self.risk or self.mine or self.opened)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case of the list."""

    id: str
    number: str
    client: str
    status: str
    risk: str | None
    provisional: bool
    worker: str | None
    team: str | None
    received_at: datetime


def cases(
    session: Session,
    actor: Actor,
    asked: Asked,
    now: datetime,
    *,
    after: Place | None = None,
    zone: tzinfo = UTC,
) -> tuple[list[CaseRow], bool]:
    """One page of the list, the newest first, and whether there are more. Closed cases are there when they
    are asked for. With `after` it is the page that follows that place. `zone` is the office's.
    """
    query = _listed(actor, asked, now, zone)
    if after is not None:
        query = query.where(older(Case.received_at, Case.id, after))
    found = session.execute(query.offset((asked.page - 1) * PAGE).limit(PAGE + 1)).all()
    return [_row(row) for row in found[:PAGE]], len(found) > PAGE


def exported_cases(
    session: Session, actor: Actor, asked: Asked, now: datetime, zone: tzinfo
) -> Iterator[CaseRow]:
    """All of the list that the actor may take away, the newest first, read as they are asked for."""
    query = _listed(actor, asked, now, zone).where(scope.exportable(actor, now))
    for row in session.execute(query.execution_options(yield_per=AT_ONCE)):
        yield _row(row)


def _listed(actor: Actor, asked: Asked, now: datetime, zone: tzinfo) -> Select[Any]:
    query: Select[Any] = (
        _among(actor, asked, now, zone)
        .join(Client, col(Client.id) == col(Case.client_id))
        .outerjoin(Staff, col(Staff.id) == col(Case.worker_id))
        .with_only_columns(*_COLUMNS)
        .where(*_filters(actor, asked))
    )
    return query.order_by(col(Case.received_at).desc(), col(Case.id).desc())


def _among(actor: Actor, asked: Asked, now: datetime, zone: tzinfo) -> Select[Any]:
    """All that the actor may see; of a figure of the board, those that it counts, which are among these."""
    if not actor.within(Action.READ_CASE):
        return select(Case).where(false())
    if asked.opened is None and asked.search:  # few are like that; who may see them is asked of each
        return select(Case).where(_like(asked.search), scope.visible_row(actor, now))
    if asked.opened is None:
        return scope.visible_cases(actor, now)
    return select(Case).where(asked.opened.cases(Mine(actor, now, zone, asked.opened.narrowed)))


def _like(search: str) -> ColumnElement[bool]:
    """The condition that a case is found by the longest word of the search, which has the fewest: by the name
    of its client, or by its number.
    """
    about = like(max(search.split(), key=len))
    names = select(Case.id).where(col(Case.client_id).in_(select(Client.id).where(named(about))))
    numbers = select(Case.id).where(col(Case.number).ilike(about, escape="/"))
    return col(Case.id).in_(union_all(names, numbers))


_COLUMNS: Final[Any] = (
    Case.id,
    Case.number,
    Case.status,
    Case.risk_level,
    Case.risk_provisional,
    Case.team,
    Case.received_at,
    Client.given_name,
    Client.family_name,
    Client.preferred_name,
    Client.hidden_name,
    col(Staff.name).label("worker"),
)


def _filters(actor: Actor, asked: Asked) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if asked.status is not None:
        found.append(col(Case.status) == asked.status)
    elif not asked.search and asked.opened is None:
        # said like this, SQLite goes through the newest, and does not sort all that are open
        found.append(col(Case.status).not_in(set(CaseStatus) - CASE_OPEN))
    if asked.risk is not None:
        found.append(col(Case.risk_level) == asked.risk)
    if asked.mine:
        found.append(col(Case.worker_id) == actor.staff_id)
    words = [like(word) for word in asked.search.split()]
    found += [or_(col(Case.number).ilike(each, escape="/"), named(each)) for each in words]
    return found


def _row(row: Any) -> CaseRow:
    name = client_name(row.given_name, row.family_name, row.preferred_name, hidden=row.hidden_name)
    return CaseRow(
        id=row.id,
        number=row.number,
        client=name or "",
        status=row.status.value,
        risk=None if row.risk_level is None else row.risk_level.value,
        provisional=row.risk_provisional,
        worker=row.worker,
        team=row.team,
        received_at=row.received_at,
    )
