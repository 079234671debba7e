"""What a batch does for many is what would have been done for each alone (engine.md R2.7).

The shipped intake is run for the same people twice: all in one batch, and each in transactions of its own.
Ids, and numbers that are given in turn, are the only things that may differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from databases import in_memory
from intake_world import IntakeWorld, answers, client, open_world, services, staff
from sqlmodel import col, select

from flows.script import Script
from models import (
    AuditEvent,
    Case,
    Channel,
    ChronologyEntry,
    Client,
    HumanTask,
    Instance,
    Message,
    Record,
    ReferralEvent,
    Safety,
    StepRun,
    Store,
    Timer,
)
from notifications.memory import MemoryChannel

ID = re.compile(r"[0-9a-f]{64}|[0-9A-HJKMNP-TV-Z]{26}|\b20\d\d-\d{6}\b", re.IGNORECASE)
IN_TURN = re.compile(r'"cases": \d+|"open_cases": \[[^]]*\]')
"""How many cases a report had when one joined, and whether a client had a case already when the profile was
read: that depends on who came first.
"""
TABLES: list[type[Record]] = [StepRun, HumanTask, Timer, Message, ChronologyEntry, AuditEvent, ReferralEvent]
PEOPLE = 5


def scripts() -> list[Script]:
    """What happens in each intake: nothing special, danger, two needs, a client who comes twice."""
    told = {"appointment_email": {"complete": True}, "safety_alert": {"complete": True}}
    return [
        answers("no"),
        answers("yes", **told),
        answers("no", ("food-insecurity", "housing-instability")),
        answers("doesnt_know", **told),
        answers("no"),
        answers("no", ("housing-instability",)),
    ]


def done(store: Store, batch: int) -> list[str]:
    """Everything that the intakes left behind, in words without ids, sorted; `batch` instances at once."""
    channels = {kind: MemoryChannel(kind) for kind in Channel}
    with store.write() as session:
        session.add_all([*staff(), *services()])
        for number in range(PEOPLE):
            safe = Safety.NO if number == 1 else Safety.YES
            session.add_all(client(number, email_safe=safe))
    world = open_world(store, channels)
    limits = replace(world.runtime.limits, batch=batch, transaction_batch=batch)
    world = IntakeWorld(replace(world.runtime, limits=limits), world.plans, world.channels, world.policy)
    with store.read() as session:
        found = session.exec(select(Client).order_by(col(Client.family_name))).all()
        people = [*(person.id for person in found), found[0].id]  # the first comes a second time
    ids = [world.begin(person, f"intake-{number}") for number, person in enumerate(people)]
    world.drive(dict(zip(ids, scripts(), strict=True)))
    return left(store)


def left(store: Store) -> list[str]:
    with store.read() as session:
        who = {each.id: each.family_name for each in session.exec(select(Client))}
        cases = {each.id: who[each.client_id] for each in session.exec(select(Case))}
        runs = {each.id: cases[str(each.case_id)] for each in session.exec(select(Instance))}
        found = [
            f"{_owner(row, cases, runs)} {table.__tablename__} {_words(row)}"
            for table in TABLES
            for row in session.exec(select(table))
        ]
    return sorted(found)


def _owner(row: Any, cases: dict[str, str], runs: dict[str, str]) -> str:
    return runs.get(
        getattr(row, "instance_id", None) or "", cases.get(getattr(row, "case_id", None) or "", "-")
    )


def _words(row: Record) -> str:
    kept = {
        name: value
        for name, value in row.model_dump(mode="json").items()
        if name not in {"id", "revision", "lease_id", "carrier_run_id", "seal"}
    }
    masked = ID.sub("#", json.dumps(kept, sort_keys=True, ensure_ascii=False))
    return IN_TURN.sub("#", masked)


@pytest.fixture
def another() -> Callable[[], Store]:
    return in_memory


def test_a_batch_leaves_what_each_alone_leaves(another: Callable[[], Store]) -> None:
    with another() as together, another() as alone:
        batched, single = done(together, 100), done(alone, 1)
    assert [each for each in batched if each not in single] == []
    assert [each for each in single if each not in batched] == []
    assert len(batched) == len(single) > 200
