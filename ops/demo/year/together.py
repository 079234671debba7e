"""What the staff of the demo share at the end of the year: somebody is away and another covers, there is a
duty rota, and a view that each team keeps.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlmodel import select

from flows.inbox import keep_view, plan_absence, put_on_duty
from models import Staff
from ops.composition import Engine
from ops.demo.year.office import FAMILIES, INTAKE, NORTH, SOUTH

DAY = timedelta(days=1)


def share_work(engine: Engine, now: datetime) -> None:
    """Plan it, from now on."""
    with engine.store.read() as session:
        people = {each.name.split()[0]: each.id for each in session.exec(select(Staff))}
    _away(engine, people, now)
    _duty(engine, people, now)
    for supervisor, team in (("Vera", INTAKE), ("Nora", NORTH), ("Sven", SOUTH), ("Faye", FAMILIES)):
        keep_view(engine.store, "Due today", "due=soon", by=people[supervisor], now=now, group=team)
    keep_view(engine.store, "To be taken", "whose=queue", by=people["Ines"], now=now)


def _away(engine: Engine, people: Mapping[str, str], now: datetime) -> None:
    plan_absence(
        engine.store,
        people["Uma"],
        starts=now - DAY,
        ends=now + 4 * DAY,
        cover=people["Ines"],
        by=people["Vera"],
        now=now,
    )


def _duty(engine: Engine, people: Mapping[str, str], now: datetime) -> None:
    """Two who take turns, a day each, for a week."""
    rotas = engine.installation.catalogue.vocabulary.rotas
    eight = now.astimezone(engine.zone).replace(hour=8, minute=0, second=0, microsecond=0)
    eight -= DAY if eight > now else timedelta(0)
    for day in range(7):
        put_on_duty(
            engine.store,
            rotas,
            "duty_manager",
            people["Dana" if day % 2 == 0 else "Sam"],
            starts=eight + day * DAY,
            ends=eight + (day + 1) * DAY,
            by=people["Henri"],
            now=now,
        )
