"""The safety alert: from "answer committed" to "provider called", while ordinary intakes are ready."""

import random
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlmodel import col, func, select

from benchmarks.further.department import Department, department
from benchmarks.further.provider import Provider, provider
from benchmarks.house.office import mobile
from benchmarks.house.processes import deploy, workers
from benchmarks.machine import percentile
from benchmarks.places import fresh_place
from benchmarks.prefect_server import prefect_server
from benchmarks.servers import Servers
from flows.inbox import answer_item
from models import HumanTask, Wake

ALERTS: Final = 50
ORDINARY: Final = 10_000
PAUSE: Final = (0.1, 0.4)
"""Seconds between two answers, by chance."""

PATIENCE: Final = 60.0
"""Seconds for which the last alert is waited for."""


def measure_alert(
    servers: Servers, folder: Path, database: str, *, alerts: int, ordinary: int, prefect: bool
) -> Mapping[str, Any]:
    """The seconds of each alert, with one worker; without `prefect` its API is stopped before the first."""
    with ExitStack() as stack:
        place = stack.enter_context(fresh_place(servers, folder, database)).place
        phone = stack.enter_context(provider())
        server = stack.enter_context(ExitStack())
        api = server.enter_context(prefect_server(place.home / "prefect-server", place.prefect_database))
        house = stack.enter_context(department(place, api, phone.settings))
        in_danger = _waiting_for_the_form(house, alerts)
        house.start(range(alerts + 1, alerts + ordinary + 1))
        deploy(house.settings)
        stack.enter_context(workers(house.settings, 1))
        if not prefect:
            server.close()
        ready = [_ready(house)]
        answered = _answer(house, in_danger)
        ready.append(_ready(house))
        took = _called(phone, answered)
    return {
        "database": database,
        "prefect": prefect,
        "alerts": alerts,
        "called": len(took),
        "ready": ready,
        "p50_s": round(percentile(took, 0.5), 3),
        "p95_s": round(percentile(took, 0.95), 3),
        "worst_s": round(max(took), 3),
    }


def _waiting_for_the_form(house: Department, alerts: int) -> dict[int, str]:
    """Cases whose form is open; returns the human task of each."""
    instances = house.start(range(1, alerts + 1))
    house.engine.run()
    house.people.act()  # they book
    house.engine.run()
    query = select(HumanTask.instance_id, HumanTask.id).where(HumanTask.step == "assessment")
    with house.engine.store.read() as session:
        tasks = dict(session.exec(query).all())
    return {number: tasks[instance] for number, instance in instances.items()}


def _ready(house: Department) -> int:
    with house.engine.store.read() as session:
        return session.exec(select(func.count(col(Wake.instance_id).distinct()))).one()


def _answer(house: Department, tasks: Mapping[int, str]) -> dict[int, float]:
    """Somebody is in danger, one case after the other; when each answer's commit had returned."""
    chance, answered = random.Random(1), {}  # noqa: S311 - pauses, not secrets
    for number, task in tasks.items():
        answer_item(house.engine.store, task, "immediate_danger", "yes", by=None, now=datetime.now(UTC))
        answered[number] = time.time()
        time.sleep(chance.uniform(*PAUSE))
    return answered


def _called(phone: Provider, answered: Mapping[int, float]) -> Sequence[float]:
    """The seconds until the provider was called; an alert that never left counts as `PATIENCE`."""
    deadline = time.monotonic() + PATIENCE
    numbers = {number: mobile(number) for number in answered}
    while time.monotonic() < deadline and any(each not in phone.called for each in numbers.values()):
        time.sleep(0.1)
    return [
        phone.called[numbers[number]] - at if numbers[number] in phone.called else PATIENCE
        for number, at in answered.items()
    ]
