"""The duty rota of a week: for each rota of the vocabulary, who is on duty when, and who could be."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from definitions.time.local_time import to_moment
from models import DutyShift, Staff, StaffGroup
from web.runtime import Web


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody's duty. `away` says that they are away at some time of it."""

    id: str
    who: str
    who_id: str
    starts_at: datetime
    ends_at: datetime
    away: bool


@dataclass(frozen=True, slots=True)
class RotaWeek:
    """A rota with its duties in the order in which they begin; `people` are those of its group, by id."""

    name: str
    title: str
    group: str
    duties: tuple[Duty, ...]
    people: Mapping[str, str]

    def on(self, day: date, zone: ZoneInfo) -> list[Duty]:
        """The duties that begin on a day."""
        return [each for each in self.duties if each.starts_at.astimezone(zone).date() == day]


@dataclass(frozen=True, slots=True)
class DutyWeek:
    """A week, Monday first."""

    days: tuple[date, ...]
    rotas: tuple[RotaWeek, ...]


def week_of(session: Session, web: Web, day: date | None, now: datetime) -> DutyWeek:
    """The week in which the day lies (today's without one)."""
    wanted = day or now.astimezone(web.zone).date()
    monday = wanted - timedelta(days=wanted.weekday())
    days = tuple(monday + timedelta(days=offset) for offset in range(7))
    rotas = web.runtime.catalogue.vocabulary.rotas
    return DutyWeek(
        days,
        tuple(
            RotaWeek(
                name, rota.title, rota.group, _duties(session, web, name, days), _people(session, rota.group)
            )
            for name, rota in rotas.items()
        ),
    )


def _duties(session: Session, web: Web, rota: str, days: tuple[date, ...]) -> tuple[Duty, ...]:
    starts = to_moment(days[0], time(), web.zone.key)
    ends = to_moment(days[-1] + timedelta(days=1), time(), web.zone.key)
    query = (
        select(DutyShift, Staff)
        .join(Staff, col(Staff.id) == col(DutyShift.staff_id))
        .where(DutyShift.rota == rota, col(DutyShift.ends_at) > starts, col(DutyShift.starts_at) < ends)
        .order_by(col(DutyShift.starts_at), col(DutyShift.id))
    )
    return tuple(
        Duty(shift.id, staff.name, staff.id, shift.starts_at, shift.ends_at, _away(staff, shift))
        for shift, staff in session.exec(query)
    )


def _away(staff: Staff, shift: DutyShift) -> bool:
    if not staff.active:
        return True
    if staff.absent_from is None or staff.absent_from >= shift.ends_at:
        return False
    return staff.absent_until is None or staff.absent_until > shift.starts_at


def _people(session: Session, group: str) -> dict[str, str]:
    query = select(Staff).join(StaffGroup, col(StaffGroup.staff_id) == col(Staff.id))
    found = session.exec(query.where(StaffGroup.group == group, col(Staff.active)).order_by(col(Staff.name)))
    return {each.id: each.name for each in found}
