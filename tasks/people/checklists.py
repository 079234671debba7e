"""`complete_checklist`: questions whose answers later steps read, each kept with who gave it, when, and from
where.
"""

from typing import Any, Final

from pydantic import Field

from definitions.arguments import Recipient, StepName
from definitions.catalogue import Look
from definitions.types import DateTime, Record, Struct, Type, Unknown
from models import TASK_ENDED, HumanTask, StepRun, TaskKind, TaskStatus, WaitsFor, related
from tasks.call import Call
from tasks.history import Happening, chronicle
from tasks.outputs import NamedOutput
from tasks.people.asking import ask
from tasks.people.assignments import AssignTask, answered, check_staff, listed, title_of, who
from tasks.people.forms import build_form
from tasks.people.human_tasks import is_open, note
from tasks.people.shared_checklist import CHECKLIST, Asking, check_asking, place_of_item
from tasks.people.task_timers import follow
from tasks.registry import step_kind
from tasks.result import DefiniteFailure, StepError, Waiting

OWN: Final[tuple[tuple[str, Type], ...]] = (("completed_by", Record("Staff")), ("completed_at", DateTime()))
"""What later steps can read of every checklist besides its answers."""

TASK: Final = "task"
"""The key under which a waiting checklist keeps the human task that holds its form."""


class CompleteChecklist(Asking):
    """`for:` the step whose task this is a form of: it starts when that step has ended (its appointment is
    booked), and sending the form completes the task. Or `to:` who answers it, in a task of its own. `items:`
    the questions, or `checklist:` the name of a [shared list](#shared-scorecards-and-checklists) of them.

    Drafts are kept. A correction supersedes the answer, also after the form was sent, and the steps that had
    read it run again.
    """

    of: StepName | None = Field(default=None, alias="for")
    to: Recipient | None = None


def _outputs(arguments: CompleteChecklist, look: Look) -> Type:
    if look.stands(("for",)) == look.stands(("to",)):
        advice = "write `for: step` for a form on that step's task, or `to: person` for a task of its own"
        look.report("CW208", "a checklist has either `for` or `to`", (), advice=advice)
    if arguments.to is not None:
        check_staff(arguments.to, look, ("to",))
    if arguments.of is not None:
        _check_of(arguments, arguments.of, look)
    if arguments.checklist is None and not arguments.items:
        advice = "list the questions under `items:`, or name a shared list: `checklist: NAME`"
        look.report("CW202", "the key `items` is missing", (), advice=advice)
    answers = check_asking(arguments, OWN, look)
    return Unknown() if answers is None else Struct((*answers, *OWN))


def _check_of(arguments: CompleteChecklist, of: str, look: Look) -> None:
    facts = look.step_type(of, ("for",))
    if facts is None:
        return
    if facts.kind != "assign_task":
        advice = "name a step that does assign_task, or write `to:` instead"
        look.report("CW408", f"`{of}` has no task that a form could be on", ("for",), advice=advice)
        return
    own = facts.arguments.items if isinstance(facts.arguments, AssignTask) else []
    taken = {item.id for item in own}
    for index, item in enumerate(arguments.items):
        if item.id in taken:
            advice = "give one of them another id: they stand in one form"
            message = f"`{of}` has an item `{item.id}` already"
            look.report("CW226", message, place_of_item(arguments, index), advice=advice)


def _explain(arguments: CompleteChecklist) -> list[str]:
    whose = f"a task for {who(arguments.to)}" if arguments.to is not None else f"the task of `{arguments.of}`"
    lines = [listed(f"Asks, in a form on {whose}", arguments.items)]
    required = [item for item in arguments.items if item.required]
    if required:
        lines.append(listed("Must be answered, and not knowing is an answer", required))
    lines.extend(
        f"`{item.id}` counts as soon as it is answered."
        for item in arguments.items
        if item.submit == "on_answer"
    )
    return lines


@step_kind(
    "complete_checklist",
    number=1,
    summary="Have questions answered",
    arguments=CompleteChecklist,
    output=NamedOutput,
    keys=("due", "remind", "escalate", "not_accepted", "otherwise", "priority"),
    outputs=_outputs,
    explain=_explain,
    shares=CHECKLIST,
)
def complete_checklist(call: Call, arguments: CompleteChecklist) -> NamedOutput | Waiting:
    """Put the questions into the form of the other step's open task, or make a task for them: where they are
    asked for each member of a loop, and the other step stands outside of it, each has a task.
    """
    host = None if arguments.of is None else _host(call, arguments.of)
    if host is not None and is_open(host) and not _shared(call, host):
        _attach(call, arguments, host)
    else:
        host = _own_task(call, arguments, host)
    call.run.outputs = {**call.run.outputs, TASK: host.id}
    call.session.add(call.run)
    return Waiting(WaitsFor.PEOPLE)


@complete_checklist.resume
def _resume(call: Call, arguments: CompleteChecklist) -> NamedOutput | Waiting:
    task = call.session.get(HumanTask, call.run.outputs[TASK])
    if task is None:
        raise StepError(
            "task_lost", "the task with the form of this checklist is gone; tell whoever runs the database"
        )
    if task.status is TaskStatus.COMPLETED:
        return _output(call, task)
    if task.status in TASK_ENDED:
        return _moved(call, arguments, task)
    return Waiting(WaitsFor.PEOPLE)


@complete_checklist.withdraw
def _withdraw(call: Call, arguments: CompleteChecklist) -> None:  # noqa: ARG001  (a withdraw's signature)
    task = call.session.get(HumanTask, call.run.outputs.get(TASK, ""))
    if task is not None and is_open(task):
        task.form = _without(call, task)
        call.session.add(task)
        note(call.session, task, "form_removed", call.now, changed=("form", call.step.id, None))


def _output(call: Call, task: HumanTask) -> NamedOutput:
    chronicle(
        call,
        Happening.CHECKLIST_COMPLETED,
        f"{call.step.title} completed",
        record=("HumanTask", task.id),
        by=task.completed_by,
    )
    blank: dict[str, Any] = dict.fromkeys(item["id"] for item in task.form if item["step"] == call.step.id)
    return NamedOutput(
        **{
            **blank,
            **answered(call, task, call.step.id),
            "completed_by": task.completed_by,
            "completed_at": task.completed_at,
        }
    )


def _moved(call: Call, arguments: CompleteChecklist, ended: HumanTask) -> Waiting:
    """The task was taken back. If its step was begun anew, the form goes on the new task; if a person ended
    it, it failed.
    """
    host = None if arguments.of is None else _host(call, arguments.of)
    if host is not None and is_open(host) and host.id != ended.id and not _shared(call, host):
        _attach(call, arguments, host)
        call.run.outputs = {**call.run.outputs, TASK: host.id}
        call.session.add(call.run)
        return Waiting(WaitsFor.PEOPLE)
    raise DefiniteFailure("task_cancelled", f"the task with the form was ended as {ended.status.value}")


def _host(call: Call, step: str) -> HumanTask | None:
    """The newest task of the other step's runs in this instance and iteration."""
    found = [
        (run.attempt, task.iteration, task)
        for task in related(call.session, HumanTask, instance_id=call.instance.id)
        if task.step == step
        and task.kind is TaskKind.ASSIGNMENT
        and lies_around(task.iteration, call.run.iteration)
        and (run := call.session.get(StepRun, task.step_run_id)) is not None
    ]
    return max(found, key=lambda each: each[:2])[2] if found else None


def _shared(call: Call, task: HumanTask) -> bool:
    """Whether the forms of several members of a loop would stand on this task, and nobody could tell whose
    answer is whose.
    """
    plan, step = call.plan, call.step
    loops = [plan.step(block) for block in reversed(plan.loops_around(step))]
    each = [loop.block is not None and loop.block.kind == "for_each" for loop in loops]
    each += [True] if step.for_each is not None else []
    outside = len(task.iteration.split("/")) if task.iteration else 0
    return any(each[outside:])


def lies_around(path: str, other: str) -> bool:
    """Whether what runs at the first iteration path is in sight of what runs at the other one."""
    return path in {"", other} or other.startswith(f"{path}/")


def _attach(call: Call, arguments: CompleteChecklist, task: HumanTask) -> None:
    task.form = [*_without(call, task), *build_form(call, arguments.items)]
    call.session.add(task)
    note(call.session, task, "form_added", call.now, changed=("form", None, call.step.id))


def _without(call: Call, task: HumanTask) -> list[dict[str, Any]]:
    return [item for item in task.form if item["step"] != call.step.id]


def _own_task(call: Call, arguments: CompleteChecklist, host: HumanTask | None) -> HumanTask:
    """A task of its own: for `to`, or for whoever had the other task that has ended already."""
    to = arguments.to or Recipient(roles=("caseworker",))
    form = build_form(call, arguments.items)
    task = ask(call, to=to, kind=TaskKind.CHECKLIST, title=title_of(call), form=form)
    if arguments.to is None and host is not None and host.assignee_id is not None:
        task.assignee_id, task.candidate_group = host.assignee_id, None
    follow(call, task)
    call.session.add(task)
    return task
