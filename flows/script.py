"""An answers script: what people do with an instance's tasks, written down beforehand.

`casewright run --answers`, the demo and `simulate` feed it to the same commands that people use, each as
soon as its task is open. A script is a mapping of step ids to what is done there, and `plan`:

    assessment:
      book: {in: 2 working days, time: "10:00", place: Office}
    findings:
      first: {immediate_danger: no}     # answered on its own, before the form is sent
      answers: {identity_verified: yes, housing: stable, health: good, needs: [food-insecurity], consent:
      yes} referral_task:
      each:
        food-insecurity: {answers: {service: FOOD-1}}
    plan:
      agreed_by: [client, worker]
      goals: [{specific: ..., indicator: ..., target: ..., need: ..., due: 60 days}]

The words are those of `definitions.scenarios.people`; a scenario says the same under `people:`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from pydantic import ValidationError
from sqlmodel import Session, col, select

from definitions.scenarios.people import Correction, Doing, Planning
from flows.inbox.task.deeds import Command, Deed, ScriptError, command_of, deeds_of, plan_command
from flows.runtime import Runtime
from models import (
    TASK_ENDED,
    Appointment,
    AppointmentStatus,
    ChecklistAnswer,
    HumanTask,
    Instance,
    Plan,
    PlanStatus,
    TaskKind,
    TaskStatus,
)

__all__ = [
    "Command",
    "Script",
    "ScriptError",
    "apply_script",
    "next_command",
    "tasks_for",
    "tasks_of_instance",
]


@dataclass(frozen=True, slots=True)
class Script:
    """A checked script. Make one with `Script.read`."""

    steps: Mapping[str, Doing]
    plan: Planning | None = None

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> Self:
        """From plain values, as YAML or JSON gives them. ScriptError names every key that does not fit."""
        try:
            plan = Planning.model_validate(plain["plan"]) if "plan" in plain else None
            steps = {name: Doing.model_validate(given) for name, given in plain.items() if name != "plan"}
        except ValidationError as error:
            faults = [f"`{'.'.join(map(str, each['loc']))}`: {each['msg']}" for each in error.errors()]
            raise ScriptError(f"the answers file does not fit: {'; '.join(faults)}") from None
        _refuse_once(steps)
        return cls(steps, plan)


ONCE: Final = ("reassign", "cancel_booking", "refused")
"""What has its moment: a scenario can say it, a script not, since that is applied any number of times."""


def _refuse_once(steps: Mapping[str, Doing]) -> None:
    for step, doing in steps.items():
        for each in (doing, *doing.each.values()):
            said = [key for key in ONCE if getattr(each, key) is not None]
            if said:
                words = f"`{step}.{said[0]}` can be said in a scenario only"
                raise ScriptError(f"the answers file does not fit: {words}")


def apply_script(runtime: Runtime, instance_id: str, script: Script) -> int:
    """Do what the script says for the tasks that are open now; returns how many commands changed something.

    What was done before is not done again, so a script may be applied any number of times.
    """
    done = 0
    while (act := next_command(runtime, instance_id, script)) is not None:
        act()
        done += 1
    return done


def next_command(runtime: Runtime, instance_id: str, script: Script) -> Command | None:
    """The first command that would change something."""
    with runtime.store.read() as session:
        instance = session.get_one(Instance, instance_id)
        for task in tasks_of_instance(session, instance_id):
            for doing in _doings(script, task):
                act = _next_of(session, runtime, task, doing)
                if act is not None:
                    return act
        return _plan(session, runtime, instance, script.plan)


def tasks_of_instance(session: Session, instance_id: str) -> list[HumanTask]:
    """The human tasks of an instance, in the order in which they were made."""
    query = select(HumanTask).where(HumanTask.instance_id == instance_id)
    return list(session.exec(query.order_by(col(HumanTask.created_at), col(HumanTask.id))))


def tasks_for(task: HumanTask) -> list[str]:
    """The steps that a task is of: its own, and those whose form lies on it."""
    return list(dict.fromkeys([task.step, *(str(item["step"]) for item in task.form)]))


def _doings(script: Script, task: HumanTask) -> Iterator[Doing]:
    """What the script says about a task: under its own step, and under the steps whose form lies on it."""
    for step in tasks_for(task):
        doing = script.steps.get(step)
        if doing is not None:
            found = doing.each.get(task.iteration, Doing()) if task.iteration else doing
            if found.task in (None, task.kind.value):
                yield found


def _next_of(session: Session, runtime: Runtime, task: HumanTask, doing: Doing) -> Command | None:
    """The first thing said about a task that was not done yet. A correction comes after the form."""
    for deed in deeds_of(doing):
        if _is_to_do(session, task, deed):
            return command_of(session, runtime, task, doing, deed)
    return None


def _is_to_do(session: Session, task: HumanTask, deed: Deed) -> bool:
    if deed.verb == "correct":
        return task.status is TaskStatus.COMPLETED and _is_uncorrected(session, task, deed.value)
    if task.status in TASK_ENDED:
        return False
    items = {str(item["id"]) for item in task.form}
    match deed.verb:
        case "accept":
            to_do = task.accepted_at is None and task.assignee_id is not None
        case "book":
            to_do = task.kind is not TaskKind.HANDOVER and not _booked(session, task)
        case "first" | "draft":
            to_do = deed.item in items and _answered(session, task, str(deed.item)) is None
        case "answers":
            to_do = not items.isdisjoint(deed.value)
        case _:
            to_do = deed.verb in (
                "complete",
                "decide",
                "cancel",
            )  # what may be done any number of times is not
    return to_do


def _is_uncorrected(session: Session, task: HumanTask, fix: Correction) -> bool:
    known = _answered(session, task, fix.item)
    return known is not None and known.supersedes_id is None


def _plan(
    session: Session, runtime: Runtime, instance: Instance, planning: Planning | None
) -> Command | None:
    if planning is None or instance.case_id is None:
        return None
    agreed = select(Plan).where(Plan.case_id == instance.case_id, Plan.status == PlanStatus.AGREED)
    if session.exec(agreed).first() is not None:
        return None
    return plan_command(runtime, instance, planning)


def _booked(session: Session, task: HumanTask) -> bool:
    standing = (AppointmentStatus.BOOKED, AppointmentStatus.MOVED)
    query = select(Appointment).where(Appointment.task_id == task.id, col(Appointment.status).in_(standing))
    return session.exec(query).first() is not None


def _answered(session: Session, task: HumanTask, item: str) -> ChecklistAnswer | None:
    query = select(ChecklistAnswer).where(
        ChecklistAnswer.task_id == task.id,
        ChecklistAnswer.item == item,
        col(ChecklistAnswer.superseded_at).is_(None),
    )
    return session.exec(query).first()
