"""Correcting one answer of a form that was sent: what it is, what it would change, and why."""

import asyncio
from dataclasses import dataclass

from fastapi import Request
from fastapi.responses import Response

from flows.inbox import standing_rows
from tasks.people.file_kinds import ACCEPTED
from tasks.people.forms import FormError, entry_of
from web.access.actions import Action
from web.access.watching import task_read, watched
from web.api.problem import ProblemError, not_there
from web.api.visiting import allowed_task
from web.forms.fields import NO_ANSWER, Field, fields_of, name_of
from web.pages.frame import framed, markup, page_at, styled
from web.pages.missing import missing
from web.pages.wording import Wording
from web.pages.work.answers import Telling
from web.pages.work.task import CAPACITIES
from web.reading.work.task import with_consent, with_files
from web.visitor import Visit, visit_of


@dataclass(frozen=True, slots=True)
class Correctable:
    """One answer of a form that was sent, or one that it lacks: its question as a form shows it, and what was
    said.
    """

    task_id: str
    title: str
    field: Field
    told: Field


@page_at("/tasks/{task_id}/correct/{item}")
async def correction_page(request: Request, task_id: str, item: str) -> Response | None:
    """The page of one answer; what may not be corrected is not there."""
    visit = visit_of(request)
    try:
        found = await asyncio.to_thread(_read, visit, task_id, item)
    except (ProblemError, FormError):
        return missing(request)
    styled(visit, "form.css")
    with framed(visit, f"Correct an answer: {found.title}", "inbox"):
        markup(
            "correction.html",
            found=found,
            telling=Telling(Wording(visit.web.zone, visit.web.now())),
            no_answer=NO_ANSWER,
            currency=visit.web.currency,
            capacities=CAPACITIES,
            accepted=ACCEPTED,
        )
    return None


def _read(visit: Visit, task_id: str, item: str) -> Correctable:
    web, now = visit.web, visit.web.now()
    with watched(web.store) as session:
        task, _ = allowed_task(session, visit.actor, Action.CORRECT_ANSWER, task_id, now)
        task_read(session, visit.actor.staff_id, task, now)
        name = name_of(entry_of(task.form, item))
        fields = with_files(session, task, fields_of(task, standing_rows(session, task), {}, web.zone))
        field = next((each for each in fields if each.name == name), None)
        if field is None or not (field.counts or field.value is None):
            raise not_there()
        told = with_consent(session, task, field) if field.counts else field
        return Correctable(task.id, task.title, field, told)
