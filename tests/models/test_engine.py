from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from models import (
    Client,
    DefinitionVersion,
    Instance,
    Lease,
    RecordError,
    StepRun,
    StepStatus,
    Store,
    Timer,
    TimerPurpose,
    Wake,
    WakeKind,
    record_wake,
)


@pytest.fixture
def instance(store: Store, now: datetime) -> Instance:
    version = DefinitionVersion(
        process="intake",
        number=1,
        content_hash="0" * 64,
        title="Intake",
        source="process: intake",
        file_name="intake.yaml",
        published_at=now,
        published_by="nadia",
    )
    made = Instance(process="intake", version_id=version.id, started_at=now, start_key="intake:1")
    with store.write() as session:
        session.add_all([version, made])
    return made


def wakes(store: Store) -> list[tuple[str, WakeKind]]:
    with store.read() as session:
        return [
            (wake.cause_key, wake.kind) for wake in session.exec(select(Wake).order_by(col(Wake.cause_key)))
        ]


def test_the_same_cause_wakes_once(store: Store, instance: Instance, now: datetime) -> None:
    for _ in range(2):
        with store.write() as session:
            record_wake(session, instance.id, "answer:1", WakeKind.ANSWER, {"item": "housing"}, now)
            record_wake(session, instance.id, "answer:1", WakeKind.ITEM, {}, now)
            record_wake(session, instance.id, "answer:2", WakeKind.ANSWER, {}, now)
    assert wakes(store) == [("answer:1", WakeKind.ANSWER), ("answer:2", WakeKind.ANSWER)]


def test_a_wake_goes_with_its_transaction(store: Store, instance: Instance, now: datetime) -> None:
    def wake_and_fail() -> None:
        with store.write() as session:
            record_wake(session, instance.id, "answer:1", WakeKind.ANSWER, {}, now)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        wake_and_fail()
    assert wakes(store) == []


def test_a_wake_for_no_instance_is_refused(store: Store, now: datetime) -> None:
    with pytest.raises(IntegrityError), store.write() as session:
        record_wake(session, "nobody", "answer:1", WakeKind.ANSWER, {}, now)


def test_an_attempt_of_a_step_is_journalled_once(store: Store, instance: Instance, now: datetime) -> None:
    def run(**changed: object) -> StepRun:
        values = {
            "instance_id": instance.id,
            "step": "risk",
            "status": StepStatus.COMPLETED,
            "started_at": now,
        }
        return StepRun(**{**values, **changed})

    with store.write() as session:
        session.add_all([run(), run(attempt=2), run(iteration="0"), run(step="visits")])
    with pytest.raises(IntegrityError, match=r"(?i)unique"), store.write() as session:
        session.add(run())


def test_a_start_key_starts_one_instance(store: Store, instance: Instance, now: datetime) -> None:
    with pytest.raises(IntegrityError, match="start_key"), store.write() as session:
        session.add(
            Instance(
                process="intake", version_id=instance.version_id, started_at=now, start_key=instance.start_key
            )
        )


def test_a_lease_that_is_deleted_frees_its_instances(store: Store, instance: Instance, now: datetime) -> None:
    lease = Lease(holder="worker", acquired_at=now, expires_at=now + timedelta(seconds=60))
    with store.write() as session:
        session.add_all([lease, instance])
        instance.lease_id = lease.id
    with store.write() as session:
        session.execute(delete(Lease))
    with store.read() as session:
        assert session.exec(select(Instance.lease_id)).one() is None


def test_a_timer_key_is_used_once(store: Store, now: datetime) -> None:
    def timer() -> Timer:
        return Timer(purpose=TimerPurpose.REMIND, key="task:1:remind:0", due_at=now, created_at=now)

    with store.write() as session:
        session.add(timer())
    with pytest.raises(IntegrityError, match=r"timers[._]key"), store.write() as session:
        session.add(timer())


def test_a_published_version_is_never_changed(store: Store, instance: Instance) -> None:
    with store.read() as session:
        version = session.get_one(DefinitionVersion, instance.version_id)
    version.source = "process: other"
    with pytest.raises(RecordError, match="never changed"), store.write() as session:
        session.add(version)


def test_the_query_for_due_timers_uses_their_index(store: Store) -> None:
    explain = "EXPLAIN QUERY PLAN" if store.dialect == "sqlite" else "EXPLAIN"
    with store.read() as session:
        if store.dialect == "postgresql":  # on an empty table it would not take any index
            session.execute(text("SET LOCAL enable_seqscan = off"))
        plan = session.connection().exec_driver_sql(
            f"{explain} SELECT id FROM timers"
            " WHERE due_at <= '2026-01-01' AND fired_at IS NULL AND withdrawn_at IS NULL"
        )
        assert any("ix_timers_open" in str(row) for row in plan)


def test_names_of_clients_are_not_needed_to_start(store: Store, instance: Instance, now: datetime) -> None:
    ada = Client(given_name="Ada", family_name="Example", created_at=now)
    with store.write() as session:
        session.add_all([ada, instance])
        instance.client_id = ada.id
    with store.read() as session:
        assert session.exec(select(Instance.client_id)).one() == ada.id
