"""The duty rota: who is on duty when."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Query, Response
from pydantic import BaseModel, Field

from definitions.time.local_time import to_moment
from flows import inbox as commands
from web.access.actions import Action
from web.api.declaring import Resource
from web.api.problem import ProblemError
from web.api.sent import Sent
from web.api.visiting import Visiting, allowed_now
from web.reading.office.duty import Duty, week_of

router = Resource(prefix="/duty", tags=["duty"])

LONGEST: Final = timedelta(days=31)


class Shift(Sent):
    """Who is on duty for which rota, by the office's clocks. An `until` that lies before `starts` is that of
    the next day; `last` is the last day on which the same duty begins, for several days at once.
    """

    rota: str = Field(min_length=1, max_length=60)
    who: str = Field(min_length=1, max_length=60)
    day: date
    last: date | None = None
    starts: time
    until: time


@dataclass(frozen=True, slots=True)
class DutyLine:
    """Somebody's duty. `away` says that they are away at some time of it."""

    id: str
    who: str
    starts_at: datetime
    ends_at: datetime
    away: bool


@dataclass(frozen=True, slots=True)
class RotaDuties:
    """A rota with its duties."""

    rota: str
    title: str
    group: str
    duties: tuple[DutyLine, ...]


class RotaList(BaseModel):
    """The duties of a week, from its Monday to its Sunday."""

    since: date = Field(serialization_alias="from")
    to: date
    rotas: tuple[RotaDuties, ...]


@dataclass(frozen=True, slots=True)
class DutiesMade:
    """The ids of the duties that were planned."""

    duties: list[str]


@router.get("")
def rota(visit: Visiting, day: Annotated[date | None, Query()] = None) -> RotaList:
    """The duties of the week in which the day lies, by rota; that of today without one."""
    now = allowed_now(visit, Action.SEE_DUTY)
    with visit.web.store.read() as session:
        found = week_of(session, visit.web, day, now)
    rotas = tuple(
        RotaDuties(each.name, each.title, each.group, tuple(map(_line, each.duties))) for each in found.rotas
    )
    return RotaList(since=found.days[0], to=found.days[-1], rotas=rotas)


@router.post("", status_code=HTTPStatus.CREATED)
def put_on(visit: Visiting, sent: Shift) -> DutiesMade:
    """Put somebody on duty, on one day or on each of several."""
    now, zone = allowed_now(visit, Action.PLAN_DUTY), visit.web.zone.key
    last = sent.last or sent.day
    if not sent.day <= last <= sent.day + LONGEST:
        raise ProblemError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "The last day comes after the first, within a month; correct the days.",
            errors=[{"item": "last", "reason": "lies before the first day, or too far off"}],
        )
    made = []
    for offset in range((last - sent.day).days + 1):
        day = sent.day + timedelta(days=offset)
        ends = day + timedelta(days=1) if sent.until <= sent.starts else day
        duty = commands.put_on_duty(
            visit.web.store,
            visit.web.runtime.catalogue.vocabulary.rotas,
            sent.rota,
            sent.who,
            starts=to_moment(day, sent.starts, zone),
            ends=to_moment(ends, sent.until, zone),
            by=visit.actor.staff_id,
            now=now,
        )
        made.append(duty.id)
    return DutiesMade(made)


@router.delete("/{duty_id}", status_code=HTTPStatus.NO_CONTENT)
def take_off(visit: Visiting, duty_id: str) -> Response:
    """A duty does not take place; one that has begun ends now."""
    now = allowed_now(visit, Action.PLAN_DUTY)
    commands.take_off_duty(visit.web.store, duty_id, by=visit.actor.staff_id, now=now)
    return Response(status_code=HTTPStatus.NO_CONTENT)


def _line(duty: Duty) -> DutyLine:
    return DutyLine(duty.id, duty.who, duty.starts_at, duty.ends_at, duty.away)
