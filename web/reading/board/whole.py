"""The whole board: all figures of one moment, and what it can be narrowed to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import Case, DefinitionVersion, Staff
from web.reading.board import bands, caseload, due, incidents, messages, ready, referrals, visits, waiting
from web.reading.board.narrowed import Mine, Narrowed


@dataclass(frozen=True, slots=True)
class Board:
    """Every figure as it stood `at` a moment."""

    at: datetime
    narrowed: Narrowed
    caseload: caseload.Caseload
    due: due.DueTasks
    ready: tuple[ready.Ready, ...]
    waiting: tuple[waiting.Waiting, ...]
    referrals: referrals.Referrals
    visits: visits.Visits
    bands: tuple[bands.Bands, ...]
    incidents: tuple[incidents.Incidents, ...]
    messages: tuple[messages.Undelivered, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the board can be narrowed to: teams by their names in the vocabulary, workers and processes with
    their titles.
    """

    teams: tuple[str, ...]
    workers: Mapping[str, str]
    processes: Mapping[str, str]


def board(session: Session, mine: Mine, plan_of: waiting.PlanOf) -> Board:
    """All figures. Whoever shows them leaves a trace in the audit."""
    return Board(
        at=mine.now,
        narrowed=mine.narrowed,
        caseload=caseload.read(session, mine),
        due=due.read(session, mine),
        ready=ready.read(session, mine),
        waiting=waiting.read(session, mine, plan_of),
        referrals=referrals.read(session, mine),
        visits=visits.read(session, mine),
        bands=bands.read(session, mine),
        incidents=incidents.read(session, mine),
        messages=messages.read(session, mine),
    )


def choices(session: Session, mine: Mine) -> Choices:
    """What there is to choose from, among the open cases that count without anything chosen."""
    everything = Mine(mine.actor, mine.now, mine.zone)
    columns: Any = (Case.team, Staff.id, Staff.name)
    query = (
        select(*columns)
        .outerjoin(Staff, col(Staff.id) == col(Case.worker_id))
        .where(everything.cases(everything.is_open()))
        .distinct()
    )
    found: Any = session.execute(query).all()
    titled: Any = (DefinitionVersion.process, func.max(DefinitionVersion.title))
    titles = session.execute(select(*titled).group_by(col(DefinitionVersion.process)))
    workers = sorted({(name, ident) for _, ident, name in found if ident is not None})
    return Choices(
        teams=tuple(sorted({team for team, _, _ in found if team is not None})),
        workers={ident: name for name, ident in workers},
        processes={process: title for title, process in sorted((row[1], row[0]) for row in titles)},
    )
