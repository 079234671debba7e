"""What keeps cases to those who need them, at the end of the year: one is sealed, one was opened by somebody
of another team and waits for a review, and somebody knows a client.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import col, select

from flows.inbox.case.guarding import declare_conflict, seal_case
from models import Account, Case, CaseStatus, Staff
from ops.composition import Engine
from ops.demo.year.office import FAMILIES, NORTH, SOUTH
from web.access.actor import load_actor
from web.access.opening import break_glass


def guard_cases(engine: Engine, now: datetime) -> None:
    """Do it, with a case of each team that has one."""
    with engine.store.read() as session:
        people = {each.name.split()[0]: each.id for each in session.exec(select(Staff))}
    _seal(engine, people, now)
    _open_another_teams(engine, people, now)
    _know_a_client(engine, people, now)


def _seal(engine: Engine, people: Mapping[str, str], now: datetime) -> None:
    case = _case_of(engine, FAMILIES)
    if case is not None:
        why = "The other parent works in the building; only those who work on it see it."
        seal_case(engine.store, case.id, (), by=people["Faye"], reason=why, now=now)


def _open_another_teams(engine: Engine, people: Mapping[str, str], now: datetime) -> None:
    case = _case_of(engine, NORTH)
    with engine.store.read() as session:
        rosa = session.exec(select(Account.id).where(Account.staff_id == people["Rosa"])).one()
        actor = load_actor(session, rosa)
    if case is not None and actor is not None:
        why = (
            "The clinic called us because nobody of the other team was there; they wait for an answer today."
        )
        break_glass(engine.store, actor, case.number, why, now)


def _know_a_client(engine: Engine, people: Mapping[str, str], now: datetime) -> None:
    case = _case_of(engine, SOUTH)
    if case is not None:
        why = "We go to the same choir."
        declare_conflict(engine.store, case.id, by=people["Ivo"], reason=why, now=now, zone=engine.zone)


def _case_of(engine: Engine, team: str) -> Case | None:
    """The newest active case of a team that a caseworker has."""
    query = select(Case).where(
        Case.team == team, Case.status == CaseStatus.ACTIVE, col(Case.worker_id).is_not(None)
    )
    with engine.store.read() as session:
        return session.exec(query.order_by(col(Case.number).desc())).first()
