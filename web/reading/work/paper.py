"""A form as it is printed: of a task, blank or with what stands in it, or of a definition."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlmodel import Session

from definitions import Plan
from flows.inbox import standing_rows
from models import Case, ChecklistAnswer, Client, HumanTask
from tasks.people.forms import Form, Place, blank_form
from web.forms.conditions import condition_in_words
from web.forms.fields import Field, fields_of_form
from web.forms.state import state_of
from web.reading.clients import name_of
from web.reading.work.task import with_records

NOTHING: Final[Mapping[Place, ChecklistAnswer]] = {}


@dataclass(frozen=True, slots=True)
class Question:
    """One question on paper. `only_if` says when it is asked; `left_out` that it was not, as the answers are;
    `pending` that its answer was typed and does not count yet.
    """

    field: Field
    only_if: str
    left_out: bool = False
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Paper:
    """A form to be printed. `case` and `client` are None where there are none, or may not be named."""

    title: str
    about: str
    case: str | None
    client: str | None
    blank: bool
    questions: tuple[Question, ...]
    due_at: datetime | None = None
    ended_at: datetime | None = None


def paper_of_task(
    session: Session, task: HumanTask, now: datetime, zone: ZoneInfo, *, blank: bool, veiled: bool
) -> Paper:
    """The form of a task. Whoever prints it leaves a trace in the audit."""
    case = None if veiled or task.case_id is None else session.get(Case, task.case_id)
    client = None if case is None else session.get(Client, case.client_id)
    standing = NOTHING if blank else standing_rows(session, task)
    asked = {} if blank else state_of(task, standing, now).asked
    fields = with_records(session, task, fields_of_form(task.form, standing, asked, zone))
    return Paper(
        title=task.title,
        about="",
        case=None if case is None else case.number,
        client=None if client is None else name_of(client),
        blank=blank,
        questions=_questions(task.form, fields),
        due_at=task.due_at,
        ended_at=task.completed_at,
    )


def paper_of_step(plan: Plan, step: str, number: int, zone: ZoneInfo) -> Paper | None:
    """The blank form of a step of a process; None where there is no such step, or it asks nothing."""
    found = plan.by_id.get(step)
    form = [] if found is None else blank_form(plan, found)
    if found is None or not form:
        return None
    fields = fields_of_form(form, NOTHING, {}, zone)
    return Paper(
        found.title,
        f"{plan.title}, version {number}",
        None,
        None,
        blank=True,
        questions=_questions(form, fields),
    )


def _questions(form: Form, fields: tuple[Field, ...]) -> tuple[Question, ...]:
    return tuple(
        Question(
            field,
            condition_in_words(form, item),
            left_out=field.asked is False,
            pending=field.value is not None and not field.counts,
        )
        for item, field in zip(form, fields, strict=True)
    )
