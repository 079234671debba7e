"""Living the year: people come, the engine runs, the staff works, and time goes on to the next morning."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from flows.inbox.task.deeds import calendar_of
from flows.instances import start
from flows.post import delivery
from flows.simulation import VirtualClock
from notifications.memory import memory_channels
from ops.composition import Engine, Published, publish_known
from ops.demo.year.chance import Chance
from ops.demo.year.names import phone
from ops.demo.year.office import open_office
from ops.demo.year.population import newcomer
from ops.demo.year.recording import Records
from ops.demo.year.services import Services
from ops.demo.year.wishing import Wishes
from ops.demo.year.working import Workers

HOURS: Final = (9, 16)
"""Between which hours of a working day something is done. What falls due at a weekend or on a holiday is done
on the next working day.
"""

CLOSELY: Final = timedelta(days=5)
"""How long before the end the days are lived in several moments, so that what is open looks as it does."""

LATELY: Final = timedelta(days=21)
"""How long before the end every working day is lived; before that it is one in `EVERY`. What became ready in
between is carried in one pass.
"""

EVERY: Final = 3

YEAR: Final = timedelta(days=365)
SEED: Final = 1
NEWER: Final = 3.5
"""How much more people come towards the end; 1 is as many all year. What is long ago costs most to live
through, and a demo is to open within a minute.
"""

Tell = Callable[[date], None]


@dataclass(frozen=True, slots=True)
class Lived:
    """What the year came to. `refused` counts commands that the engine refused, as it does in life."""

    cases: int
    commands: int
    passes: int
    refused: int


@dataclass
class _Year:
    engine: Engine
    clock: VirtualClock
    published: dict[str, Published]
    chance: Chance
    workers: Workers
    wishes: Wishes
    services: Services
    cases: int = 0
    passes: int = 0


def live_a_year(
    engine: Engine,
    clock: VirtualClock,
    until: datetime,
    cases: int,
    tell: Tell = lambda _: None,
) -> Lived:
    """A year that ends at `until`, with about this many cases. `engine` has an empty database and is told the
    time by `clock`, which stands at the beginning of the year; `tell` is told each day.
    """
    chance = Chance(SEED)
    channels = memory_channels(refuse={phone(number) for number in range(0, cases, 37)})
    engine = replace(engine, deliver=delivery(engine.runtime, channels))
    published, _ = publish_known(engine)
    with engine.store.write() as session:
        session.add_all(list(open_office(chance, clock())))
    year = _Year(
        engine,
        clock,
        dict(published),
        chance,
        Workers(engine, chance),
        Wishes(engine, published, chance),
        Services(engine, chance),
    )
    arrivals = _arrivals(chance, clock(), until, cases)
    for moment in _moments(chance, engine, clock(), until):
        while arrivals and arrivals[-1] <= moment:
            _arrive(year, arrivals.pop())
        clock.move_to(moment)
        _live(year)
        tell(moment.date())
    written = Records(engine, chance, until).write()
    year.passes += engine.run()
    return Lived(year.cases, year.workers.done + written, year.passes, year.workers.refused)


def _arrivals(chance: Chance, begin: datetime, until: datetime, cases: int) -> list[datetime]:
    """When people come, the last one first: more of them as the year goes on."""
    length = until - begin
    return sorted(
        (until - length * (chance.number(0, 10_000) / 10_000) ** NEWER for _ in range(cases)), reverse=True
    )


def _moments(chance: Chance, engine: Engine, begin: datetime, until: datetime) -> Iterator[datetime]:
    """When something is done: now and then in what is long ago, several times on each of the last days."""
    calendar, day = calendar_of(engine.runtime), begin.astimezone(engine.zone).date()
    worked = 0
    while day <= until.astimezone(engine.zone).date():
        if calendar.is_working_day(day):
            worked += 1
            for hour in _hours(chance, day, until) if _lived(day, worked, until) else ():
                moment = datetime.combine(day, time(hour, chance.number(0, 59)), engine.zone)
                if begin < moment < until:
                    yield moment
        day += timedelta(days=1)
    yield until


def _lived(day: date, worked: int, until: datetime) -> bool:
    """Whether something is done on this working day, the `worked`th of the year."""
    return day >= (until - LATELY).date() or worked % EVERY == 0


def _hours(chance: Chance, day: date, until: datetime) -> Sequence[int]:
    return range(*HOURS, 3) if day > (until - CLOSELY).date() else (chance.number(*HOURS),)


def _arrive(year: _Year, moment: datetime) -> None:
    """Somebody asks for help: their records are written, and the intake begins."""
    client, records = newcomer(year.chance, year.cases, moment)
    with year.engine.store.write() as session:
        session.add_all(records)
    year.cases += 1
    intake = year.published["intake"]
    inputs = {"client": client.id, "received_at": moment}
    start(year.engine.runtime, intake.plan, intake.version, inputs, key=f"demo:{client.reference}")


def _live(year: _Year) -> None:
    """Everything that happens at one moment, until nothing does."""
    year.passes += year.engine.run()
    given = year.workers.work() + year.wishes.fulfil() + year.services.answer()
    if given:
        year.passes += year.engine.run()
