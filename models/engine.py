"""The journal of the engine: versions, instances, step runs, wakes, leases, timers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any, Final

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint, false, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session

from models.base import Json, Lasting, Record, RecordError, UtcDateTime, link, new_id, one_of
from models.hint import Topic, announce


class InstanceStatus(StrEnum):
    """Where an instance stands. Only `completed` and `cancelled` have ended. While it is `cancelling`, what
    it had done is undone.
    """

    RUNNING = "running"
    WAITING = "waiting"
    INCIDENT = "incident"
    HELD = "held"
    CANCELLING = "cancelling"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


INSTANCE_GIVEN_UP: Final = frozenset({InstanceStatus.CANCELLING, InstanceStatus.CANCELLED})
"""An instance that takes nothing in any more: what it had done is being undone, or is."""


class StepStatus(StrEnum):
    """Where a step run stands. `waiting` and `incident` have not ended (engine.md R1.1)."""

    WAITING = "waiting"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"
    INCIDENT = "incident"


class WaitsFor(StrEnum):
    """What a waiting step run waits for."""

    PEOPLE = "people"
    MESSAGE = "message"
    CONDITION = "condition"
    CHILD = "child"
    TIMER = "timer"
    ITERATIONS = "iterations"
    SIGNAL = "signal"
    MOMENT = "moment"


class WakeKind(StrEnum):
    """What made an instance ready."""

    START = "start"
    ANSWER = "answer"
    ITEM = "item"
    TIMER = "timer"
    RECEIPT = "receipt"
    SIGNAL = "signal"
    CHILD = "child"
    RETRY = "retry"
    RECORD = "record"
    CHANGED = "changed"


class Carrier(StrEnum):
    """What carries a pass: a plain call, a Prefect run, or the critical lane, which Prefect hears of
    afterwards.
    """

    DIRECT = "direct"
    PREFECT = "prefect"
    CRITICAL = "critical"


class TimerPurpose(StrEnum):
    """What a timer does when it is due."""

    REMIND = "remind"
    ESCALATE = "escalate"
    NOT_ACCEPTED = "not_accepted"
    SILENCE = "silence"
    DEADLINE = "deadline"
    RETRY = "retry"
    VISIT = "visit"
    REPORT = "report"
    CHASE = "chase"
    DUE = "due"
    START = "start"
    TIME_LIMIT = "time_limit"
    BEGIN = "begin"
    DATE_RULE = "date_rule"
    ORDER = "order"
    WAIT = "wait"
    CHECK_IN = "check_in"


class BeginsOn(StrEnum):
    """What a process begins on by itself."""

    DATE = "date"
    SIGNAL = "signal"
    RECORD = "record"


class DefinitionVersion(Lasting, table=True):
    """A published process definition, never changed: the content hash identifies it, the number names it."""

    __tablename__ = "definition_versions"
    __table_args__ = (
        UniqueConstraint("process", "number"),
        UniqueConstraint("process", "content_hash"),
        CheckConstraint("length(content_hash) = 64", name="ck_definition_versions_hash_length"),
    )

    process: str
    number: int
    content_hash: str = Field(max_length=64)
    title: str
    source: str = Field(sa_type=Text)
    file_name: str
    materials: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    published_at: datetime = Field(sa_type=UtcDateTime)
    published_by: str


class Lease(Record, table=True):
    """A carrier's claim on the instances that point to it. Renewal writes this row and nothing else.

    A dispatcher claims for a Prefect run that is still to start: `taken_at` says when that run took over.
    `closed_at` says since when Prefect knows how the pass ended; for a plain call there is nothing to tell.
    """

    __tablename__ = "leases"
    __table_args__ = (
        Index(
            "ix_leases_untold",
            "carrier",
            "acquired_at",
            sqlite_where=text("closed_at IS NULL AND carrier <> 'direct'"),
            postgresql_where=text("closed_at IS NULL AND carrier <> 'direct'"),
        ),
    )

    holder: str
    acquired_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    released_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    carrier: Carrier = Field(
        default=Carrier.DIRECT, sa_type=one_of(Carrier), sa_column_kwargs={"server_default": "direct"}
    )
    carrier_run_id: str | None = None
    version_id: str | None = None
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    instances: list[str] = Field(
        default_factory=list, sa_type=Json, sa_column_kwargs={"server_default": "[]"}
    )


class Instance(Record, table=True):
    """One run of a definition version for one case. `fence` rises with each claim and decides who owns it.

    `links` is how many instances stand before it in a row, each of which began the next one by what it did.
    """

    __tablename__ = "instances"
    __table_args__ = (Index("ix_instances_status_process", "status", "process"),)

    process: str = Field(index=True)
    version_id: str = Field(index=True, sa_column_args=link("definition_versions"))
    case_id: str | None = Field(default=None, index=True, sa_column_args=link("cases"))
    client_id: str | None = Field(default=None, index=True, sa_column_args=link("clients"))
    inputs: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    status: InstanceStatus = Field(default=InstanceStatus.RUNNING, sa_type=one_of(InstanceStatus))
    outcome: str | None = None
    outputs: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    fence: int = 0
    lease_id: str | None = Field(
        default=None, index=True, sa_column_args=link("leases", on_delete="SET NULL")
    )
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    parent_step_run_id: str | None = Field(default=None, index=True)
    start_key: str = Field(unique=True)
    links: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class StepRun(Record, table=True):
    """What one attempt of one step did, with the values it read and gave."""

    __tablename__ = "step_runs"
    __table_args__ = (
        UniqueConstraint("instance_id", "step", "iteration", "attempt"),
        Index("ix_step_runs_waiting", "status", "waits_for"),
    )

    instance_id: str = Field(index=True, sa_column_args=link("instances"))
    step: str
    iteration: str = ""
    attempt: int = 1
    status: StepStatus = Field(sa_type=one_of(StepStatus))
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    inputs: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    outputs: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    reason: str | None = Field(default=None, sa_type=Text)
    waits_for: WaitsFor | None = Field(default=None, sa_type=one_of(WaitsFor))
    position: str = ""
    error_code: str | None = None
    error: str | None = Field(default=None, sa_type=Text)
    generation: int = 0
    lease_id: str | None = Field(default=None)
    carrier_run_id: str | None = None


class Wake(Record, table=True):
    """A cause that made an instance ready. The pass that read it deletes it with its last step.

    `critical` says whether it makes a critical step ready (engine.md R3.2); None until somebody has looked.
    A `parked` wake of a held instance was seen and makes it ready no more, until the instance is resumed.
    """

    __tablename__ = "wakes"
    __table_args__ = (
        Index(
            "ix_wakes_unordinary",
            "kind",
            "instance_id",
            sqlite_where=text("critical IS NOT false"),
            postgresql_where=text("critical IS NOT false"),
        ),
    )

    instance_id: str = Field(index=True, sa_column_args=link("instances"))
    cause_key: str = Field(unique=True)
    kind: WakeKind = Field(sa_type=one_of(WakeKind))
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    critical: bool | None = None
    parked: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class Timer(Record, table=True):
    """Something that is due at a time. `key` makes it fire once; `wall` keeps the local time meant."""

    __tablename__ = "timers"
    __table_args__ = (
        Index(
            "ix_timers_open",
            "due_at",
            "id",
            sqlite_where=text("fired_at IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=text("fired_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    instance_id: str | None = Field(default=None, index=True, sa_column_args=link("instances"))
    step_run_id: str | None = Field(default=None, index=True)
    purpose: TimerPurpose = Field(sa_type=one_of(TimerPurpose))
    key: str = Field(unique=True)
    due_at: datetime = Field(sa_type=UtcDateTime)
    wall: str | None = None
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    fired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    handled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


def record_wake(
    session: Session,
    instance_id: str,
    cause_key: str,
    kind: WakeKind,
    detail: dict[str, Any],
    now: datetime,
    *,
    critical: bool | None = None,
) -> None:
    """Writes a wake in the caller's transaction, unless this cause already has one (engine.md R2.1).

    `critical` where the caller knows it; else the critical lane looks at it.
    """
    record_wakes(session, [NewWake(instance_id, cause_key, kind, detail, critical)], now)


@dataclass(frozen=True, slots=True)
class NewWake:
    """A wake to be written; see `record_wake`."""

    instance_id: str
    cause_key: str
    kind: WakeKind
    detail: dict[str, Any]
    critical: bool | None = None


def record_wakes(session: Session, wakes: Sequence[NewWake], now: datetime) -> None:
    """`record_wake` for many, in one statement."""
    dialect = session.get_bind().dialect.name
    if dialect not in ("sqlite", "postgresql"):
        raise RecordError(f"Wakes cannot be written to {dialect}. Use sqlite or postgresql.")
    values = [
        {
            "id": new_id(),
            "instance_id": each.instance_id,
            "cause_key": each.cause_key,
            "kind": each.kind,
            "detail": each.detail,
            "created_at": now,
            "critical": each.critical,
        }
        for each in wakes
    ]
    if values:
        # past the session: nothing that it still has to write is needed (a wake's foreign key is deferred)
        session.connection().execute(_unless_known(dialect), values)
        announce(session, Topic.WAKE)


@cache
def _unless_known(dialect: str) -> Any:
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return insert(Wake).on_conflict_do_nothing(index_elements=["cause_key"])
