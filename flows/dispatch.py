"""Bringing ready instances to a carrier: in batches by version, until nothing is ready.

The carrier is a function: `run_pass` itself, or one that calls the compiled Prefect flow (`flows.carrier`).
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from definitions import DefinitionError
from definitions.plan import Plan
from flows.incidents import ask_about_version
from flows.leases import lease_now, ready
from flows.runner import PassReport, run_pass
from flows.runtime import Runtime
from flows.timers import tick
from flows.versions import Plans
from models import DefinitionVersion, Instance

log = logging.getLogger(__name__)

Carry = Callable[[Runtime, Plan, DefinitionVersion, Sequence[str]], PassReport]
"""Runs one pass of these instances and says what it did."""

Deliver = Callable[[], int]
"""Sends and follows what lies in the outbox; returns how many messages changed."""

OnPass = Callable[[Plan, PassReport], None]
"""Told after each pass; for progress."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Ready instances of one version, in id order."""

    version: DefinitionVersion
    instances: tuple[str, ...]


def directly(runtime: Runtime, plan: Plan, version: DefinitionVersion, ids: Sequence[str]) -> PassReport:
    """The carrier without Prefect."""
    return run_pass(runtime, plan, version.id, ids)


def ready_batches(runtime: Runtime) -> list[Batch]:
    """What is ready now, by version; at most `limits.batch` instances each."""
    by_version: dict[str, list[str]] = {}
    with runtime.store.read() as session:
        now = lease_now(runtime, session)
        query = select(Instance.version_id, Instance.id).where(ready(now)).order_by(col(Instance.id))
        for version_id, instance_id in session.exec(query):
            by_version.setdefault(version_id, []).append(instance_id)
        versions = session.exec(
            select(DefinitionVersion).where(col(DefinitionVersion.id).in_(by_version))
        ).all()
    return [Batch(each, tuple(by_version[each.id][: runtime.limits.batch])) for each in versions]


def run_ready(runtime: Runtime, plans: Plans, carry: Carry, on_pass: OnPass | None = None) -> int:
    """One pass for everything that is ready now; returns the number of passes.

    Instances of a version that can't run here keep their wakes, and a person is asked; the others go on.
    """
    run = 0
    for batch in ready_batches(runtime):
        try:
            plan = plans.of(batch.version)
        except DefinitionError as error:  # the program is another one than it was published with
            log.error("%s v%s can't run here: %s", batch.version.process, batch.version.number, error)
            ask_about_version(runtime, batch.version, batch.instances, error)
            continue
        run += 1
        report = carry(runtime, plan, batch.version, batch.instances)
        if on_pass is not None:
            on_pass(plan, report)
    return run


def run_until_quiet(
    runtime: Runtime,
    plans: Plans,
    *,
    carry: Carry = directly,
    deliver: Deliver | None = None,
    on_pass: OnPass | None = None,
) -> int:
    """Fire what is due, run what is ready, send what is queued, until nothing moves any more. Returns the
    passes run.
    """
    passes = 0
    while True:
        fired = tick(runtime, plans)
        run = run_ready(runtime, plans, carry, on_pass)
        sent = deliver() if deliver is not None else 0
        passes += run
        if not (fired or run or sent):
            return passes
