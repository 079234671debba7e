"""`assign_task`: put a task in front of a person or a team, with what they need to know and the times that go
with it.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import Field

from definitions.arguments import CheckedByKind, Clock, Recipient, Text, Value, Wants
from definitions.catalogue import Look, Path
from definitions.runtime_values import RecordView
from definitions.time.clocks import Unit, describe, length
from definitions.types import DateTime, Record, Struct, Type, Unknown
from models import HumanTask, TaskKind, TaskStatus, WaitsFor
from tasks.call import Call
from tasks.history import Happening, chronicle
from tasks.outputs import NamedOutput
from tasks.people.answers import current_answers
from tasks.people.appointments import booked
from tasks.people.asking import ask
from tasks.people.form_items import FormItem
from tasks.people.forms import build_form
from tasks.people.holders import client_of
from tasks.people.human_tasks import tasks_of
from tasks.people.shared_checklist import CHECKLIST, Asking, check_asking
from tasks.people.task_timers import follow, recipient_text
from tasks.registry import step_kind
from tasks.result import DefiniteFailure, Waiting

OWN: Final[tuple[tuple[str, Type], ...]] = (
    ("task", Record("HumanTask")),
    ("appointment", Record("Appointment")),
    ("completed_by", Record("Staff")),
    ("completed_at", DateTime()),
)
"""What later steps can read of every assigned task besides the answers to its items."""

USUAL_LENGTH: Final = 60
"""Minutes of an appointment whose definition does not say."""


class AssignTask(Asking):
    """`to:` who gets it. `book_by:` until when an appointment has to be booked, `notice:` how long before it
    the client is invited at least, `place:` and `length:` what is proposed for it. `not:` who must not have
    it (four eyes). `items:` its own form, or `checklist:` the name of a
    [shared list](#shared-scorecards-and-checklists) of questions.

    Whether the client needs an interpreter and what to mind when visiting alone are put beside the task. A
    person who is away is replaced by the cover, then the supervisor; without anybody it goes to the team's
    queue. The step ends when the task is `created`, `accepted`, its appointment `booked`, or the task
    `completed`.
    """

    to: Recipient
    description: Text | None = None
    book_by: Clock | None = None
    notice: Annotated[Clock | None, CheckedByKind()] = None
    place: Text | None = None
    length: Annotated[Clock | None, CheckedByKind()] = None
    excluded: Annotated[Value | None, Wants(Record("Staff"))] = Field(default=None, alias="not")


def _outputs(arguments: AssignTask, look: Look) -> Type:
    check_staff(arguments.to, look, ("to",))
    if arguments.notice is not None:
        check_length(arguments.notice, tuple(Unit), look, ("notice",), "such as `1 working day`")
    if arguments.length is not None:
        units = (Unit.MINUTES, Unit.HOURS)
        check_length(arguments.length, units, look, ("length",), "in minutes or hours, such as `45 minutes`")
    answers = check_asking(arguments, OWN, look)
    return Unknown() if answers is None else Struct((*OWN, *answers))


def check_staff(to: Recipient, look: Look, path: Path) -> None:
    """Report recipients who are no staff, and several people where a task has one holder."""
    if to.expression is not None:
        look.recipient(to, path, staff=True)
    for role in to.roles:
        if role in {"client", "guardian"}:
            advice = "a person of the staff gets it; a client is written to with send_email or send_sms"
            look.report("CW405", f"`{role}` can't be given a task", path, advice=advice)
    if to.every:
        look.report(
            "CW405", "a task has one holder", path, advice="write `or`: the first who is here gets it"
        )


def check_length(clock: Clock, units: Sequence[Unit], look: Look, path: Path, advice: str) -> None:
    """Report a clock that is not a bare length in one of the units."""
    if clock.parsed.origin.kind != "step_start" or clock.parsed.unit not in units:
        look.report("CW539", "only a length belongs here", path, advice=f"write a length {advice}")


def _explain(arguments: AssignTask) -> list[str]:
    if arguments.to.group is not None:
        lines = [f"Asks {who(arguments.to)}: whoever of them takes it."]
    else:
        away = "somebody who is away is replaced by their cover, then by the supervisor"
        lines = [f"Asks {who(arguments.to)}; {away}."]
    if arguments.excluded is not None and arguments.excluded.expression is not None:
        lines.append(f"Never {arguments.excluded.expression.text} (four eyes).")
    if arguments.book_by is not None:
        lines.append(f"An appointment is booked {describe(arguments.book_by.parsed)} at the latest.")
    if arguments.notice is not None:
        lines.append(f"The client is invited at least {length(arguments.notice.parsed)} before it.")
    if arguments.items:
        lines.append(listed("Its form asks", arguments.items))
    return lines


def listed(what: str, items: Sequence[FormItem]) -> str:
    """A sentence that lists questions as they are asked."""
    asked = "; ".join(item.ask for item in items)
    return f"{what}: {asked}" if asked.endswith(("?", ".", "!")) else f"{what}: {asked}."


def who(to: Recipient) -> str:
    """A recipient in words: `the caseworker`, `the group referral_team`, `the person in
    draft.completed_by`.
    """
    if to.expression is not None:
        return f"the person in {to.expression.text}"
    return f"the {recipient_text(to).replace('_', ' ') if to.group is None else recipient_text(to)}"


@step_kind(
    "assign_task",
    number=1,
    summary="Give a task to a person or a team",
    arguments=AssignTask,
    output=NamedOutput,
    ends=("completed", "created", "accepted", "booked"),
    keys=("due", "remind", "escalate", "not_accepted", "otherwise", "priority"),
    outputs=_outputs,
    explain=_explain,
    shares=CHECKLIST,
)
def assign_task(call: Call, arguments: AssignTask) -> NamedOutput | Waiting:
    """Make the task, its form and its timers."""
    task = ask(
        call,
        to=arguments.to,
        kind=TaskKind.ASSIGNMENT,
        title=title_of(call),
        description=call.text(arguments.description) if arguments.description is not None else "",
        form=build_form(call, arguments.items),
        details=_details(call, arguments),
        excluded=_excluded(call, arguments),
    )
    follow(call, task, arguments.book_by)
    call.session.add(task)
    chronicle(call, Happening.TASK_ASSIGNED, task.title, significant=False, record=("HumanTask", task.id))
    return _ended(call, task)


@assign_task.resume
def _resume(call: Call, arguments: AssignTask) -> NamedOutput | Waiting:  # noqa: ARG001  (a resume's signature)
    task = tasks_of(call.session, call.run.id, TaskKind.ASSIGNMENT)[-1]
    return _ended(call, task)


def _ended(call: Call, task: HumanTask) -> NamedOutput | Waiting:
    if task.status in {TaskStatus.CANCELLED, TaskStatus.FAILED, TaskStatus.REJECTED}:
        raise DefiniteFailure(
            "task_cancelled", f"the task was ended as {task.status.value} before it was done"
        )
    meeting = booked(call.session, task)
    reached = {
        "created": True,
        "accepted": task.accepted_at is not None,
        "booked": meeting is not None,
        "completed": False,
    }
    if task.status is not TaskStatus.COMPLETED and not reached[call.step.ends or "completed"]:
        return Waiting(WaitsFor.PEOPLE)
    return NamedOutput(
        **{
            "task": task.id,
            "appointment": None if meeting is None else meeting.id,
            "completed_by": task.completed_by,
            "completed_at": task.completed_at,
            **answered(call, task, call.step.id),
        }
    )


def answered(call: Call, task: HumanTask, step: str) -> dict[str, Any]:
    """The answers to one step's items, and the reason where none of the offered records was suitable."""
    found: dict[str, Any] = {}
    for (of_step, item), answer in current_answers(call.session, task).items():
        if of_step == step:
            found[item] = answer.value
            if isinstance(answer.value, dict) and "reason" in answer.value:
                found[f"{item}_reason"] = answer.value["reason"]
    return found


def title_of(call: Call) -> str:
    """The step's title; in an iteration with what it is for."""
    return f"{call.step.title}: {call.run.iteration}" if call.run.iteration else call.step.title


def _excluded(call: Call, arguments: AssignTask) -> list[str]:
    if arguments.excluded is None:
        return []
    value = call.value(arguments.excluded)
    if isinstance(value, RecordView):
        return [value.id]
    return [value] if isinstance(value, str) else []


def _details(call: Call, arguments: AssignTask) -> dict[str, object]:
    client = client_of(call)
    details: dict[str, object] = {"minutes": USUAL_LENGTH}
    if arguments.length is not None:
        parsed = arguments.length.parsed
        details["minutes"] = parsed.amount * (60 if parsed.unit is Unit.HOURS else 1)
    if arguments.place is not None:
        details["place"] = call.text(arguments.place)
    if arguments.notice is not None:
        notice = arguments.notice.parsed
        kept = call.kept_calendar  # a booking is checked against the one that the instance started with
        details["notice"] = {"amount": notice.amount, "unit": notice.unit.value, "calendar": kept}
    if client is not None and client.interpreter_needed:
        details["interpreter"] = client.language
    if client is not None and client.lone_visit_note:
        details["lone_visit_note"] = client.lone_visit_note
    return details
