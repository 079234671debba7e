"""Sending a signal: once per key, to every process of one case that waits for it, and to those that begin on
it. All of it lies in the transaction of whoever sends it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from definitions.vocabulary import Vocabulary
from models import (
    Beginning,
    BeginsOn,
    Case,
    Instance,
    InstanceStatus,
    NewWake,
    Signal,
    StepRun,
    StepStatus,
    Timer,
    TimerPurpose,
    WaitsFor,
    WakeKind,
    lock_shared,
    record_wakes,
)
from tasks.encoding import decode
from tasks.history import Happening, add_entry
from tasks.insert_once import insert_once
from tasks.records.record_view import LiveRecord

ALERTED: Final = "alerted"
"""Beside what a signal carries: whether the process that asked alerts somebody of the staff by itself."""

_ENDED = (InstanceStatus.COMPLETED, InstanceStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Sent:
    """A signal to be sent: its name and title, about which case, with which values as JSON, by whom.

    `alerted`: the process whose question sends it alerts somebody of the staff by itself.
    """

    name: str
    title: str
    case_id: str
    key: str
    by: str
    zone: str
    carried: Mapping[str, Any] = field(default_factory=dict)
    instance: Instance | None = None
    alerted: bool = False


def send(session: Session, sent: Sent, now: datetime, new_id: str) -> Signal:
    """The signal, written down once per key, with the wakes and the timers that it sets going."""
    lock_shared(session, [place_of(sent.case_id)])
    links = 0 if sent.instance is None else sent.instance.links
    signal = Signal(
        id=new_id,
        name=sent.name,
        case_id=sent.case_id,
        carried={**sent.carried, **({ALERTED: "yes"} if sent.alerted else {})},
        sent_at=now,
        sent_by=sent.by,
        instance_id=None if sent.instance is None else sent.instance.id,
        key=sent.key,
        links=links,
    )
    if not insert_once(session, signal, "key"):
        return session.exec(select(Signal).where(Signal.key == sent.key)).one()
    _wake(session, signal, now)
    _begin(session, signal, now)
    add_entry(
        session,
        sent.case_id,
        Happening.SIGNAL_SENT,
        f"Signal: {sent.title}",
        now=now,
        zone=ZoneInfo(sent.zone),
        by=sent.by,
        record=("Signal", signal.id),
    )
    return signal


def place_of(case_id: str) -> str:
    """What a sender shares and whoever begins to wait has alone: neither can miss the other."""
    return f"signal:{case_id}"


def signal_value(session: Session, vocabulary: Vocabulary, signal: Signal) -> dict[str, object]:
    """A signal as expressions read it: what it carries, whom it is about, when and by whom it was sent, and
    whether somebody is alerted anyway.
    """
    words = vocabulary.signals[signal.name]
    case = session.get(Case, signal.case_id)
    values = {name: decode(kind, signal.carried.get(name), session) for name, kind in words.carries.items()}
    about: dict[str, object] = {"case": LiveRecord("Case", signal.case_id, session)}
    if case is not None:
        about["client"] = LiveRecord("Client", case.client_id, session)
    alerted = signal.carried.get(ALERTED, "no")
    return {**values, **about, "sent_at": signal.sent_at, "sent_by": signal.sent_by, ALERTED: alerted}


def _wake(session: Session, signal: Signal, now: datetime) -> None:
    """Every process of the case that waits for a signal looks whether it is this one."""
    waiting = session.exec(
        select(StepRun.instance_id)
        .join(Instance, col(Instance.id) == StepRun.instance_id)
        .where(
            Instance.case_id == signal.case_id,
            col(Instance.status).not_in(_ENDED),
            StepRun.status == StepStatus.WAITING,
            StepRun.waits_for == WaitsFor.SIGNAL,
        )
        .distinct()
    )
    detail = {"signal": signal.name}
    wakes = [NewWake(each, f"signal:{signal.id}:{each}", WakeKind.SIGNAL, detail) for each in waiting]
    record_wakes(session, wakes, now)


def _begin(session: Session, signal: Signal, now: datetime) -> None:
    rows = session.exec(
        select(Beginning).where(
            Beginning.begins_on == BeginsOn.SIGNAL,
            Beginning.name == signal.name,
            col(Beginning.stopped_at).is_(None),
        )
    )
    for row in rows:
        key = f"begin:{row.process}:{row.key}:{signal.id}"
        detail = {
            "process": row.process,
            "beginning": row.key,
            "signal": signal.id,
            "key": key,
            "links": signal.links + 1,
        }
        session.add(Timer(purpose=TimerPurpose.BEGIN, key=key, due_at=now, detail=detail, created_at=now))
