"""Whether the promises held, by the invariants that the crash tests ask."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from benchmarks.scale_out.crowd import Crowd
from benchmarks.scale_out.errors import ScaleOutError
from definitions import Plan
from models import DefinitionVersion, Instance, Lease, Message, MessageStatus, Timer, Wake
from ops.composition import Engine

INVARIANTS: Final = Path(__file__).parents[2] / "tests" / "support" / "invariants.py"
KINDS: Final = ("lost", "stuck", "doubled")
ALERT: Final = "safety_alert"
SENT: Final = (MessageStatus.SENDING, MessageStatus.SENT, MessageStatus.DELIVERED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found broken, and what was counted: safety alerts due and sent, messages sent again."""

    broken: Sequence[str]
    alerts: int
    alerted: int
    resends: int

    def count(self, kind: str) -> int:
        """Broken promises of this kind."""
        return sum(each.startswith(f"{kind}:") for each in self.broken)

    @property
    def others(self) -> int:
        """Broken promises of other kinds: a status that does not follow, a claim won twice."""
        return len(self.broken) - sum(self.count(kind) for kind in KINDS)


def judge(engine: Engine, crowd: Crowd) -> Verdict:
    """Ask everything that must be true of a database in which nothing is under way."""
    invariants, plans = _invariants(), _plans(engine)
    with engine.store.read() as session:
        broken = list(invariants.violations(session, plans, datetime.now(UTC)))
        resends = int(invariants.resends(session))
        alerted = set(session.exec(_alerts()))
    due = crowd.alerted
    silent = [f"lost: the safety alert of {each} was not sent" for each in sorted(due - alerted)]
    return Verdict([*crowd.missing(), *silent, *broken], len(due), len(due & alerted), resends)


def quiet(engine: Engine) -> bool:
    """Whether nothing is ready or claimed, nothing is due, and no message is about to leave."""
    with engine.store.read() as session:
        return not any(session.exec(query).one() for query in _moving())


def _moving() -> Iterator[SelectOfScalar[int]]:
    yield select(func.count()).select_from(Wake)
    claimed = select(func.count()).select_from(Lease).where(col(Lease.released_at).is_(None))
    yield claimed.where(select(Instance.id).where(Instance.lease_id == Lease.id).exists())
    now = datetime.now(UTC)
    unfired = col(Timer.fired_at).is_(None), col(Timer.withdrawn_at).is_(None), col(Timer.due_at) <= now
    yield select(func.count()).select_from(Timer).where(*unfired)
    waiting = col(Message.status).in_((MessageStatus.QUEUED, MessageStatus.SENDING))
    due = func.coalesce(Message.next_attempt_at, Message.not_before, Message.created_at) <= now
    yield select(func.count()).select_from(Message).where(waiting, due)


def _alerts() -> Any:
    return select(Message.instance_id).where(Message.template == ALERT, col(Message.status).in_(SENT))


def _plans(engine: Engine) -> Callable[[Instance], Plan]:
    with engine.store.read() as session:
        versions = {each.id: each for each in session.exec(select(DefinitionVersion))}
    return lambda instance: engine.plans.of(versions[instance.version_id])


@cache
def _invariants() -> ModuleType:
    """The module of the crash tests, which is not installed: it lies beside this repository's tests."""
    spec = spec_from_file_location("casewright_invariants", INVARIANTS)
    if spec is None or spec.loader is None or not INVARIANTS.exists():
        raise ScaleOutError(f"{INVARIANTS} is missing; run this from a checkout with its tests")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
