"""New contacts: somebody asks for help. Looking whether we know them comes before anything is made."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import Select, func, select
from sqlmodel import Session, col

from flows.contact_processes import contact_processes
from models import Case, ContactStanding, DateQuality, FirstContact, FirstContactInput, Staff
from web.access import scope
from web.access.actions import Action
from web.access.policy import may, require
from web.access.watching import searched, watched
from web.api.contacts import contact_read
from web.api.problem import ProblemError
from web.errors import AccessError
from web.pages.contact.languages import languages
from web.pages.frame import framed, markup, page_at, styled
from web.pages.missing import missing
from web.pages.wording import Wording
from web.visitor import Visit, visit_of

MOST: Final = 200
PLACE: Final = "contacts"
PARTS: Final = ("contacts.css", "contacts.js")
QUALITIES: Final = {
    DateQuality.FULL.value: "certain",
    DateQuality.APPROXIMATE.value: "about then",
    DateQuality.DOESNT_KNOW.value: "they don't know",
    DateQuality.PREFERS_NOT_TO_ANSWER.value: "they prefer not to say",
    DateQuality.NOT_COLLECTED.value: "not asked",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A contact as its page shows it: who took it, and its case where one may see it."""

    contact: FirstContact
    looked_by: str | None
    recorded_by: str | None
    case: Case | None


@page_at("/contacts/new")
async def new_contact_page(request: Request) -> Response | None:
    """The form; filled in with what a contact told that waits."""
    visit = visit_of(request)
    try:
        processes, waiting, count = await asyncio.to_thread(
            _read_new, visit, request.query_params.get("waiting")
        )
    except (ProblemError, AccessError):
        return missing(request)
    styled(visit, *PARTS)
    with framed(visit, "New contact", PLACE):
        _markup(
            visit,
            "contact_new.html",
            processes=processes,
            waiting=waiting,
            count=count,
            told=_told(waiting),
            languages=languages(visit.web.runtime.catalogue.vocabulary.languages),
            qualities=QUALITIES,
        )
    return None


@page_at("/contacts")
async def contacts_page(request: Request) -> Response | None:
    """The contacts that wait for somebody to look at them."""
    visit = visit_of(request)
    try:
        rows = await asyncio.to_thread(_read_waiting, visit)
    except AccessError:
        return missing(request)
    styled(visit, *PARTS)
    with framed(visit, "Contacts that wait", PLACE):
        _markup(visit, "contacts.html", rows=rows)
    return None


@page_at("/contacts/{contact_id}")
async def contact_page(request: Request, contact_id: str) -> Response | None:
    """One contact: what was told, and what came of it."""
    visit = visit_of(request)
    try:
        shown = await asyncio.to_thread(_read_one, visit, contact_id)
    except ProblemError:
        return missing(request)
    styled(visit, *PARTS)
    with framed(visit, "A contact", PLACE):
        _markup(visit, "contact.html", shown=shown, contact=shown.contact)
    return None


def _markup(visit: Visit, template: str, **values: Any) -> None:
    markup(template, groups=visit.web.groups, words=Wording(visit.web.zone, visit.web.now()), **values)


def _told(waiting: FirstContact | None) -> dict[str, Any]:
    """What the fields of the form hold at first, as a browser writes it."""
    values = {
        name: None if waiting is None else getattr(waiting, name) for name in FirstContactInput.model_fields
    }
    texts = {name: getattr(value, "value", value) for name, value in values.items()}
    if texts["date_of_birth"] is not None:
        texts["date_of_birth"] = texts["date_of_birth"].isoformat()
    return {name: "" if value is None else value for name, value in texts.items()}


def _read_new(visit: Visit, waiting: str | None) -> tuple[list[tuple[str, str]], FirstContact | None, int]:
    """The processes that a contact may begin, the contact that waits, how many do."""
    now = visit.web.now()
    with watched(visit.web.store) as session:
        require(session, visit.actor, Action.CREATE_CONTACT, now=now)
        found = contact_processes(session, visit.web.plans.of)
        count = session.scalar(select(func.count()).select_from(_waiting(visit).subquery())) or 0
        contact = None
        if waiting is not None:
            contact = contact_read(session, visit, waiting)
            if contact.standing is not ContactStanding.WAITING:
                contact = None
    return [(each.plan.process, each.plan.title) for each in found], contact, count


def _read_waiting(visit: Visit) -> list[FirstContact]:
    with watched(visit.web.store) as session:
        require(session, visit.actor, Action.CREATE_CONTACT, now=visit.web.now())
        order = (col(FirstContact.in_danger).desc(), col(FirstContact.received_at), col(FirstContact.id))
        rows = list(session.scalars(_waiting(visit).order_by(*order).limit(MOST)))
        fields = ("given_name", "family_name", "need")
        searched(session, visit.actor.staff_id, "FirstContact", fields, visit.web.now())
    return rows


def _waiting(visit: Visit) -> Select[Any]:
    waits = col(FirstContact.standing) == ContactStanding.WAITING
    return scope.readable_contacts(visit.actor, visit.web.now()).where(waits)


def _read_one(visit: Visit, contact_id: str) -> Shown:
    now = visit.web.now()
    with watched(visit.web.store) as session:
        contact = contact_read(session, visit, contact_id)
        case = None if contact.case_id is None else session.get(Case, contact.case_id)
        if case is not None and not may(session, visit.actor, Action.READ_CASE, case, now=now):
            case = None
        return Shown(contact, _name(session, contact.looked_by), _name(session, contact.recorded_by), case)


def _name(session: Session, staff_id: str | None) -> str | None:
    staff = None if staff_id is None else session.get(Staff, staff_id)
    return None if staff is None else staff.name
