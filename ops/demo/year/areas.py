"""Where a case goes once it is active: to which team, and to whom of it."""

from datetime import datetime
from typing import Final

from sqlalchemy import func
from sqlmodel import Session, col, select

from models import (
    CASE_OPEN,
    Case,
    Client,
    ContactKind,
    ContactPoint,
    GroupRole,
    Staff,
    StaffGroup,
)
from ops.demo.year.names import STREETS
from ops.demo.year.office import FAMILIES, NORTH, SOUTH

NORTHERN: Final = STREETS[:3]
"""The streets of the northern area; all others are southern."""

_A_YEAR: Final = 365.25
_GROWN_UP: Final = 18


def team_for(session: Session, case: Case, now: datetime) -> str:
    """The specialists for children and where there is violence at home, else the team of the area."""
    client = session.get_one(Client, case.client_id)
    born = client.date_of_birth
    child = born is not None and (now.date() - born).days / _A_YEAR < _GROWN_UP
    if child or client.domestic_violence:
        return FAMILIES
    query = select(ContactPoint.address_1).where(
        ContactPoint.client_id == client.id, ContactPoint.kind == ContactKind.ADDRESS
    )
    street = session.exec(query).first() or ""
    return NORTH if street.endswith(NORTHERN) else SOUTH


def worker_for(session: Session, case: Case, team: str, now: datetime) -> str | None:
    """Whoever of the team has the fewest open cases, of those who speak the client's language if anybody
    does; None when nobody is there.
    """
    query = select(Staff).join(StaffGroup, col(StaffGroup.staff_id) == col(Staff.id))
    members = query.where(StaffGroup.group == team, StaffGroup.role == GroupRole.MEMBER)
    here = [each for each in session.exec(members.order_by(col(Staff.id))) if each.is_available(now)]
    language = session.get_one(Client, case.client_id).language
    same = [each.id for each in here if each.language == language]
    wanted = same or [each.id for each in here]
    counted = select(col(Case.worker_id), func.count()).where(
        col(Case.worker_id).in_(wanted), col(Case.status).in_(CASE_OPEN)
    )
    load = dict(session.exec(counted.group_by(col(Case.worker_id))).all())
    return min(wanted, key=lambda each: (load.get(each, 0), each), default=None)
