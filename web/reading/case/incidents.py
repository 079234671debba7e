"""The incidents of a case that wait for a person, with what can be decided about each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from definitions.plan import Plan
from flows.inbox.case.deciding import failed_thing
from flows.inbox.case.starting import asked_inputs
from flows.steps.endings import ENDED
from flows.steps.skipping import ended_beside, outputs_of, readers_of
from flows.versions import PlanOf
from models import TASK_ENDED, Case, DefinitionVersion, HumanTask, Instance, StepRun, TaskKind
from web.access.actions import Action
from web.access.actor import Actor
from web.access.policy import may
from web.reading.names import Names
from web.reading.process.input_fields import InputField, field_of, fields_of_inputs
from web.reading.process.words import ProcessWords


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that can't go on by itself. `about` is a `step`, `timer` or `correction`, None for a version
    that can't run; `words` is what went wrong. `workable`: this person may decide. `inputs` are those of the
    process that may be changed, `outputs` what a skipped step has to give to later ones.
    """

    task: str
    title: str
    words: str
    code: str
    position: str
    about: str | None
    since: datetime
    holder: str | None
    group: str | None
    instance: str | None
    process: str
    workable: bool
    inputs: tuple[InputField, ...]
    outputs: tuple[InputField, ...]


def incidents(
    session: Session, actor: Actor, case: Case, plan_of: PlanOf, groups: Mapping[str, str], now: datetime
) -> tuple[Incident, ...]:
    """The open incidents of a case, the oldest first."""
    query = select(HumanTask).where(
        HumanTask.case_id == case.id,
        HumanTask.kind == TaskKind.INCIDENT,
        col(HumanTask.status).not_in(TASK_ENDED),
    )
    names = Names(session)
    rows = session.exec(query.order_by(col(HumanTask.created_at), col(HumanTask.id))).all()
    return tuple(_incident(session, actor, each, plan_of, groups, names, now) for each in rows)


def _incident(
    session: Session,
    actor: Actor,
    task: HumanTask,
    plan_of: PlanOf,
    groups: Mapping[str, str],
    names: Names,
    now: datetime,
) -> Incident:
    instance = None if task.instance_id is None else session.get(Instance, task.instance_id)
    about = failed_thing(task)
    plan = None
    if instance is not None and "version" not in task.details:  # else the version can't be built here
        plan = plan_of(session.get_one(DefinitionVersion, instance.version_id))
    words = None if plan is None else ProcessWords(plan, groups)
    said = task.description if words is None else words.said(task.description)
    return Incident(
        task=task.id,
        title=task.title if words is None else words.said(task.title),
        words=said,
        code=str(task.details.get("code", "")),
        position=str(task.details.get("position", "")),
        about=about,
        since=task.created_at,
        holder=names.of(task.assignee_id),
        group=task.candidate_group,
        instance=task.instance_id,
        process="" if plan is None else plan.title,
        workable=bool(may(session, actor, Action.WORK_TASK, task, now=now)),
        inputs=() if plan is None or instance is None else _inputs(plan, instance),
        outputs=() if plan is None or about != "step" else tuple(_outputs(session, plan, task, words)),
    )


def _inputs(plan: Plan, instance: Instance) -> tuple[InputField, ...]:
    return tuple(fields_of_inputs(asked_inputs(plan), instance.inputs))


def _outputs(
    session: Session, plan: Plan, task: HumanTask, words: ProcessWords | None
) -> Iterator[InputField]:
    """What a skipped step has to give: what a later step reads and nobody else gives."""
    run = session.get(StepRun, task.step_run_id)
    if run is None or words is None:
        return
    runs = select(StepRun).where(StepRun.instance_id == run.instance_id, col(StepRun.status).in_(ENDED))
    step = plan.step(run.step)
    kinds = outputs_of(step, run.iteration)
    wanted: Mapping[str, Any] = readers_of(
        plan, step, ended_beside(plan, session.exec(runs), step, run.iteration)
    )
    for name in wanted:
        shown = (
            None
            if name not in kinds
            else field_of(name, words.said(f"{step.id}.{name}"), kinds[name], required=True)
        )
        if shown is not None:
            yield shown
