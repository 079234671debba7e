"""What a correction would change, before anybody makes it: it is made and played on in a transaction of the
database that is rolled back, so that what is shown is what the engine would do.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from definitions import Plan
from flows.events import Observers
from flows.faults import pass_by
from flows.inbox.desk import ConflictError, zone_of
from flows.inbox.task.answering import correct
from flows.runner import run_pass
from flows.runtime import Runtime
from flows.versions import PlanOf
from flows.viewing.consequences import Consequences, consequences, scene_of
from models import (
    INSTANCE_GIVEN_UP,
    DefinitionVersion,
    HumanTask,
    Instance,
    InstanceStatus,
    Store,
    rehearsed,
)

REHEARSAL: Final = "rehearsal"
LONGEST: Final = timedelta(seconds=1)
"""How long the engine plays on at most: on SQLite nobody else writes meanwhile."""

_BUSY: Final = "this case is being moved on right now; look again in a moment"


NONE: Final = Consequences()


@dataclass(frozen=True, slots=True)
class Preview:
    """What would come of a correction. `changed` is False where the answer says that already; `held`: the
    process stands still, so the correction is taken in when it goes on; `cancelled`: it takes nothing in any
    more; `unfinished`: the engine had not come to an end after `LONGEST`, or the process is held and
    only an alert follows at once; more would follow.
    """

    value: Any
    changed: bool
    consequences: Consequences = NONE
    held: bool = False
    cancelled: bool = False
    unfinished: bool = False


def preview_correction(
    runtime: Runtime,
    task_id: str,
    item: str,
    value: object,
    *,
    by: str | None,
    now: datetime,
    plan_of: PlanOf,
    based_on: str | None = None,
) -> Preview:
    """Say what correcting this answer would change in its process and case. Nothing is kept.

    Other processes of the case are not played on. Raises what `correct` would raise, and ConflictError while
    somebody else moves the instance.
    """
    with rehearsed(runtime.store) as store:
        before_task, instance = _about(store, task_id)
        subjects = (
            None if before_task is None else before_task.case_id,
            None if instance is None else instance.id,
        )
        with store.read() as session:
            before = scene_of(session, *subjects)
        done = correct(store, task_id, item, value, reason=REHEARSAL, by=by, now=now, based_on=based_on)
        if not done.changed or instance is None or before_task is None:
            return Preview(done.value, done.changed)
        plan = _plan(store, plan_of, instance)
        unfinished = _play(runtime, store, plan, instance)
        with store.read() as session:
            after = scene_of(session, *subjects)
    found = consequences(plan, before, after, ZoneInfo(zone_of(before_task)))
    held = instance.status is InstanceStatus.HELD
    return Preview(
        done.value,
        changed=True,
        consequences=found,
        held=held and found.none,
        cancelled=instance.status in INSTANCE_GIVEN_UP,
        unfinished=unfinished or (held and not found.none),
    )


def _about(store: Store, task_id: str) -> tuple[HumanTask | None, Instance | None]:
    with store.read() as session:
        task = session.get(HumanTask, task_id)
        known = task is not None and task.instance_id is not None
        return task, session.get(Instance, task.instance_id) if task is not None and known else None


def _plan(store: Store, plan_of: PlanOf, instance: Instance) -> Plan:
    with store.read() as session:
        return plan_of(session.get_one(DefinitionVersion, instance.version_id))


def _play(runtime: Runtime, store: Store, plan: Plan, instance: Instance) -> bool:
    """Let the engine take the correction in; says whether it had more to do. Nobody is told of the pass."""
    rehearsal = replace(
        runtime,
        store=store,
        observe=Observers(),
        reach=pass_by,
        watch=None,
        holder=REHEARSAL,
        limits=replace(runtime.limits, pass_time=min(runtime.limits.pass_time, LONGEST)),
    )
    began = runtime.stopwatch()
    report = run_pass(rehearsal, plan, instance.version_id, [instance.id])
    if not report.instances:
        raise ConflictError(_BUSY)
    return runtime.stopwatch() - began >= LONGEST.total_seconds()
