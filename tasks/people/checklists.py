"""`complete_checklist`: questions whose answers later steps read, each kept with who gave it, when, and from
where.
"""

from typing import Any, Final, Self

from pydantic import Field, model_validator

from definitions.arguments import Recipient, StepArguments, StepName
from definitions.catalogue import Look
from definitions.sharing import Shared, SharedName
from definitions.types import DateTime, Record, Struct, Type, Unknown
from models import TASK_ENDED, HumanTask, StepRun, TaskKind, TaskStatus, WaitsFor, related
from tasks.call import Call
from tasks.history import Happening, chronicle
from tasks.outputs import NamedOutput
from tasks.people.asking import ask
from tasks.people.assignments import AssignTask, answered, check_own_names, check_staff, listed, who
from tasks.people.form_items import FormItem, check_items
from tasks.people.forms import build_form
from tasks.people.human_tasks import is_open, note
from tasks.people.shared_checklist import CHECKLIST, shared_checklist
from tasks.people.task_timers import follow
from tasks.registry import step_kind
from tasks.result import DefiniteFailure, StepError, Waiting

OWN: Final[tuple[tuple[str, Type], ...]] = (("completed_by", Record("Staff")), ("completed_at", DateTime()))
"""What later steps can read of every checklist besides its answers."""

TASK: Final = "task"
"""The key under which a waiting checklist keeps the human task that holds its form."""


class CompleteChecklist(StepArguments):
    """`for:` the step whose task this is a form of: it starts when that step has ended (its appointment is
    booked), and sending the form completes the task. Or `to:` who answers it, in a task of its own. `items:`
    the questions, or `checklist:` the name of a [shared list](#shared-scorecards-and-checklists) of them.

    Drafts are kept. A correction supersedes the answer, also after the form was sent, and the steps that had
    read it run again.
    """

    of: StepName | None = Field(default=None, alias="for")
    to: Recipient | None = None
    checklist: str | None = None
    items: list[FormItem] = Field(default_factory=list, max_length=200)

    @model_validator(mode="after")
    def _one_list(self) -> Self:
        if self.checklist is not None and self.items:
            raise ValueError("a shared checklist has its own questions: leave out `items`, or `checklist`")
        return self

    def shares(self) -> tuple[SharedName, ...]:
        """The shared checklist, if it uses one."""
        return () if self.checklist is None else ((CHECKLIST.key, self.checklist),)

    def with_shared(self, shared: Shared) -> Self:
        """The arguments with the questions of the shared checklist that they name."""
        document = None if self.checklist is None else shared.get((CHECKLIST.key, self.checklist))
        found = None if document is None or self.items else shared_checklist(document)
        return self if found is None else self.model_copy(update={"items": found.items})


def _outputs(arguments: CompleteChecklist, look: Look) -> Type:
    if (arguments.of is None) == (arguments.to is None):
        advice = "write `for: step` for a form on that step's task, or `to: person` for a task of its own"
        look.report("CW208", "a checklist has either `for` or `to`", (), advice=advice)
    if arguments.to is not None:
        check_staff(arguments.to, look, ("to",))
    if arguments.of is not None:
        _check_of(arguments, arguments.of, look)
    if arguments.checklist is None:
        if not arguments.items:
            advice = "list the questions under `items:`, or name a shared list: `checklist: NAME`"
            look.report("CW202", "the key `items` is missing", (), advice=advice)
        return _answers(arguments.items, look)
    found = look.shared(CHECKLIST, arguments.checklist, ("checklist",))
    return Unknown() if found is None else _answers(found[0].items, found[1])


def _answers(items: list[FormItem], look: Look) -> Type:
    answers = check_items(items, look)
    check_own_names(items, OWN, look)
    return Struct((*answers, *OWN))


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
            look.report(
                "CW226", f"`{of}` has an item `{item.id}` already", ("items", index, "id"), advice=advice
            )


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
    """Put the questions into the form of the other step's open task, or make a task for them."""
    host = None if arguments.of is None else _host(call, arguments.of)
    if host is not None and is_open(host):
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
    if host is not None and is_open(host) and host.id != ended.id:
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
    task = ask(call, to=to, kind=TaskKind.CHECKLIST, title=call.step.title, form=form)
    if arguments.to is None and host is not None and host.assignee_id is not None:
        task.assignee_id, task.candidate_group = host.assignee_id, None
    follow(call, task)
    call.session.add(task)
    return task
