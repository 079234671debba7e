"""Whether a process is under way for a case already, so that another cause begins no second one
(`unless_open`); and telling those who are on it.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlmodel import Session, col, select

from definitions import DefinitionError
from definitions.plan import Plan, PlanBeginning
from flows.instances import subject_of_inputs
from flows.runtime import Runtime
from flows.steps.endings import ENDED
from flows.versions import Plans
from models import (
    TASK_ENDED,
    Case,
    DefinitionVersion,
    HumanTask,
    Instance,
    InstanceStatus,
    StepRun,
    TaskKind,
    TaskPriority,
    lock_alone,
)
from tasks.people.holders import here_for
from tasks.people.human_tasks import note
from tasks.people.notices import send_notice_of

_AT_WORK: Final = (InstanceStatus.RUNNING, InstanceStatus.WAITING)
"""One that is held, or stands still until somebody decides, sees to nothing: then another one begins."""


def under_way(
    session: Session, plans: Plans, plan: Plan, beginning: PlanBeginning, inputs: Mapping[str, Any]
) -> Instance | None:
    """The instance of the process for the same case (or client, where it has no case) that has not ended the
    step that `unless_open` names. Of causes at the same moment one begins: they wait for each other.

    An instance of a version without that step counts as none: better two than none.
    """
    step = beginning.unless_open
    if step is None:
        return None
    case_id, client_id = subject_of_inputs(session, plan, inputs)
    about = case_id or client_id
    if about is None:
        return None
    lock_alone(session, [f"begin:{plan.process}:{about}"])
    past = select(StepRun.id).where(
        StepRun.instance_id == Instance.id,
        StepRun.step == step,
        StepRun.iteration == "",
        col(StepRun.status).in_(ENDED),
    )
    found = session.exec(
        select(Instance)
        .where(
            Instance.process == plan.process,
            col(Instance.client_id if case_id is None else Instance.case_id) == about,
            col(Instance.status).in_(_AT_WORK),
            ~past.exists(),
        )
        .order_by(col(Instance.id).desc())
    )
    return next((each for each in found if _has(session, plans, each.version_id, step)), None)


def _has(session: Session, plans: Plans, version_id: str, step: str) -> bool:
    try:
        plan = plans.of(session.get_one(DefinitionVersion, version_id))
    except DefinitionError:  # it can't run here, so it sees to nothing
        return False
    return any(each.id == step for each in plan.steps)


def tell_those_on_it(
    session: Session, runtime: Runtime, plan: Plan, beginning: PlanBeginning, instance: Instance
) -> None:
    """Whoever has the newest open work of the process that is under way hears that it has happened again."""
    newest = (
        select(HumanTask)
        .where(HumanTask.instance_id == instance.id, col(HumanTask.status).not_in(TASK_ENDED))
        .order_by(col(HumanTask.created_at).desc(), col(HumanTask.id).desc())
        .limit(1)
    )
    at_hand = session.exec(newest).first()
    critical = any(step.critical for step in plan.steps)
    case = None if instance.case_id is None else session.get(Case, instance.case_id)
    here = None if at_hand is None else here_for(session, at_hand.assignee_id, case, runtime.clock())
    group = None if at_hand is None else at_hand.candidate_group
    owners = plan.owner.replace("-", "_")
    notice = HumanTask(
        id=runtime.new_id(),
        kind=TaskKind.NOTICE,
        title=f"{plan.title}: it has happened again",
        description=f"{beginning.key}; one is under way for the case, so no second one has begun",
        case_id=instance.case_id,
        assignee_id=here,
        candidate_group=owners if here is None and group is None else group,
        priority=TaskPriority.STAT if critical else TaskPriority.URGENT,
        created_at=runtime.clock(),
        details={"instance": instance.id},
    )
    session.add(notice)
    note(session, notice, "created", runtime.clock())
    send_notice_of(session, notice, "told", runtime.clock(), runtime.new_id)
