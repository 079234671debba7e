"""`casewright audit verify`: what people are told."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, delete

from flows.sealing import seal
from models import AuditEvent
from ops.composition import Engine, open_engine
from ops.duties import DUTIES
from ops.settings import load_settings

Cli = Callable[..., Any]


@pytest.fixture
def engine(home: Path) -> Iterator[Engine]:
    """An engine with three acts in its audit, sealed."""
    with open_engine(load_settings()) as made:
        act(made, "changed")
        act(made, "read")
        act(made, "changed")
        seal(made.runtime)
        yield made


def act(engine: Engine, action: str) -> str:
    event = AuditEvent(at=datetime(2026, 3, 2, tzinfo=UTC), actor="system:test", action=action, record="Case")
    with engine.store.write() as session:
        session.add(event)
        session.flush()
        return event.id


def test_a_sound_audit_is_told_with_what_to_write_down(engine: Engine, cli: Cli) -> None:
    act(engine, "read")
    said = cli("audit", "verify").out
    assert "3 rows in 1 seal as they were sealed.\n1 row not sealed yet, the oldest of 2026-03-01" in said
    head = said.split("elsewhere: ")[1].strip()
    assert cli("audit", "verify", "--expect", head, "--json").json == {
        "schema": "casewright/audit-verify/1",
        "seals": 1,
        "rows": 3,
        "head": head,
        "unsealed": 1,
        "oldest_unsealed": "2026-03-02T00:00:00+00:00",
        "broken": None,
    }


def test_a_change_is_named_and_ends_with_an_error(engine: Engine, cli: Cli) -> None:
    with engine.store.write() as session:
        session.exec(delete(AuditEvent).where(col(AuditEvent.action) == "read"))
    said = cli("audit", "verify", ok=False)
    assert said.status == 1
    assert "the audit was changed: row 01" in said.err
    assert "of seal 1 is not there any more" in said.err
    assert cli("audit", "verify", "--json", ok=False).json["broken"]["what"] == "deleted"


def test_an_empty_audit_is_sound(cli: Cli) -> None:
    assert cli("audit", "verify").out == "0 rows in 0 seals as they were sealed.\n"


@pytest.mark.parametrize("text", ["17", "x:" + "a" * 64, "1:" + "a" * 63, "1:" + "G" * 64])
def test_what_is_not_a_seal_is_refused_with_what_to_write(text: str, cli: Cli) -> None:
    said = cli("audit", "verify", "--expect", text, ok=False)
    assert (said.status, "write NUMBER:HASH" in said.err) == (1, True)


def test_the_process_that_ticks_seals(engine: Engine) -> None:
    act(engine, "read")
    (duty,) = [each for each in DUTIES if each.name == "seal"]
    assert duty.act(engine.runtime) == 1
