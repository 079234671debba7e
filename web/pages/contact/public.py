"""The public form, which a department may switch on: somebody asks for help without an account.

It is plain HTML that works without a script. It never says whether somebody is known: what it leaves is a
contact that waits for a person to look at it, and never a case. A field that people do not see catches
programs that fill in every field; an address that sends much has to wait. Its words are those of
`web.forms.contact_words`, in the language that somebody chose, else in the one that their browser likes best.
"""

import asyncio
import secrets
from collections.abc import Collection, Mapping
from datetime import timedelta
from hashlib import sha256
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from flows.contact_processes import contact_processes
from flows.inbox.people.waiting_contacts import leave_contact
from models import ContactOrigin, FirstContactInput, InvalidInputError, Safety
from web.accounts.throttle import of_form, take
from web.forms.contact import told_of
from web.forms.contact_words import Words, chosen_words
from web.pages.contact.languages import languages
from web.pages.entry.login import form_fields
from web.pages.missing import missing
from web.pages.rendering import render
from web.runtime import Web
from web.visitor import address_of

router = APIRouter(include_in_schema=False)

LARGEST: Final = 60_000
"""Bytes of the form at most: five thousand letters of any script, written as a browser sends them."""

TRAP: Final = "website"
"""The field that people do not see."""

EMERGENCY: Final[Mapping[str, str]] = {"US": "911", "CA": "911", "GB": "999", "AU": "000", "NZ": "111"}
"""The number that one calls in danger; 112 elsewhere."""

CHOSEN: Final = "shown_in"
"""The field that says in which language the form was read."""


@router.get("/contact")
async def public_page(request: Request) -> Response:
    """The form; nothing where it is not switched on."""
    web: Web = request.state.web
    return _form(request, {}, _words(request)) if web.public_form else missing(request)


@router.post("/contact")
async def public_form(request: Request) -> Response:
    """Keep what was sent, and say what happens now."""
    web: Web = request.state.web
    if not web.public_form:
        return missing(request)
    sent = await form_fields(request, LARGEST)
    words = _words(request, sent)
    if not sent:
        return _form(request, {}, words, said=words("too_large"))
    if sent.get(TRAP, "").strip():
        return _thanks(request, words)
    try:
        told = told_of(_said(sent, words), web.now().astimezone(web.zone).date(), web.country)
    except InvalidInputError as error:
        return _form(
            request, sent, words, said=words("faulty"), faults={each.field for each in error.problems}
        )
    wait = await asyncio.to_thread(_keep, web, told, sent.get("key", ""), address_of(request))
    if wait:
        answer = _form(request, sent, words, said=words("wait", wait=words.span(wait)))
        answer.status_code = HTTPStatus.TOO_MANY_REQUESTS
        answer.headers["Retry-After"] = str(int(wait.total_seconds()) + 1)
        return answer
    return _thanks(request, words)


@router.get("/contact/thanks")
async def thanks_page(request: Request) -> Response:
    """What happens now."""
    web: Web = request.state.web
    if not web.public_form:
        return missing(request)
    return _page(request, "public_thanks.html", {}, _words(request))


def _thanks(request: Request, words: Words) -> Response:
    """The next page, in the same language."""
    usual = words is _words(request)
    return RedirectResponse(
        "/contact/thanks" + ("" if usual else f"?language={words.language}"), HTTPStatus.SEE_OTHER
    )


def _words(request: Request, sent: Mapping[str, str] | None = None) -> Words:
    """In which language the page speaks: the one that was chosen, else one that the browser asks for."""
    web: Web = request.state.web
    asked = (sent or {}).get(CHOSEN) or request.query_params.get("language")
    return chosen_words(web.contact_words, asked, request.headers.get("accept-language", ""))


def _said(sent: Mapping[str, str], words: Words) -> dict[str, Any]:
    """What the form says in the words of the records. Nobody has confirmed what is safe: a yes of the form is
    no more than not known, and a no counts. Whoever names no language speaks the one that they have read.
    """
    said: dict[str, Any] = {
        name: " ".join(sent.get(name, "").split())
        for name in ("given_name", "family_name", "date_of_birth", "phone", "email", "safe_times", "language")
    }
    texts = sent.get("texts")
    return {
        **said,
        "language": said["language"] or words.language,
        "need": sent.get("need", "").replace("\r\n", "\n").strip(),
        "phone_type": {"yes": "cell", "no": "voice"}.get(texts or ""),
        "phone_safe": _safety(sent.get("phone_safe"), said["phone"]),
        "email_safe": _safety(sent.get("email_safe"), said["email"]),
        "may_leave_message": sent.get("may_leave_message") == "yes",
        "interpreter_needed": sent.get("interpreter_needed") == "yes",
        "in_danger": sent.get("in_danger") == "yes",
        "referred_by": "themselves, by the public form",
    }


def _safety(answer: str | None, value: str) -> str:
    return Safety.NO.value if answer == "no" and value else Safety.UNKNOWN.value


def _keep(web: Web, told: FirstContactInput, key: str, address: str) -> timedelta:
    """Keep the contact; zero, or how long this address has to wait."""
    now = web.now()
    with web.store.write() as session:
        wait = take(session, of_form(address), now)
        team = _team(session, web)
    if wait:
        return wait
    leave_contact(
        web.runtime,
        told,
        team,
        origin=ContactOrigin.PUBLIC_FORM,
        by=None,
        now=now,
        key=f"form:{key[:60] or secrets.token_urlsafe()}:{_digest(told)}",
    )
    return timedelta(0)


def _digest(told: FirstContactInput) -> str:
    """What tells one content from another. The same form with something else in it, such as by the browser's
    way back, is another contact: nothing that somebody asks for is dropped.
    """
    return sha256(told.model_dump_json().encode()).hexdigest()[:16]


def _team(session: Session, web: Web) -> str:
    """Who looks: the owners of the process that contacts begin."""
    found = contact_processes(session, web.plans.of)
    return found[0].plan.owner if found else next(iter(web.groups), "managers")


def _form(
    request: Request,
    sent: Mapping[str, str],
    words: Words,
    *,
    said: str = "",
    faults: Collection[str] = (),
) -> HTMLResponse:
    web: Web = request.state.web
    values = {
        "sent": {name: sent.get(name, "") for name in _FIELDS},
        "said": said,
        "faults": faults,
        "key": sent.get("key") or secrets.token_urlsafe(24),
        "trap": TRAP,
        "chosen": CHOSEN,
        "languages": languages(web.runtime.catalogue.vocabulary.languages, words.languages()),
        "emergency": EMERGENCY.get(web.country, "112"),
    }
    answer = _page(request, "public_contact.html", values, words)
    if said:
        answer.status_code = HTTPStatus.UNPROCESSABLE_ENTITY
    return answer


_FIELDS: Final = (
    *("given_name", "family_name", "date_of_birth", "phone", "email", "phone_safe", "email_safe", "texts"),
    *("may_leave_message", "safe_times", "language", "interpreter_needed", "in_danger", "need"),
)


def _page(request: Request, template: str, values: Mapping[str, Any], words: Words) -> HTMLResponse:
    web: Web = request.state.web
    shown = {"say": words, "offered": list(web.contact_words.values()), "place": request.url.path}
    page = render(template, {**values, **shown}, nonce=request.state.nonce, version=web.version)
    headers = {"Content-Language": words.language, "Vary": "Accept-Language"}
    return HTMLResponse(page, headers=headers)
