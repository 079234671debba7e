"""The audit, for data protection: by case, person, kind and time; and whether it is as it was sealed."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from web.access.actions import Action
from web.access.watching import searched, watched
from web.api.audit import FIELDS
from web.pages.admin.frame import admin_framed, is_allowed
from web.pages.frame import markup, page_at
from web.pages.missing import missing
from web.pages.wording import Wording
from web.reading.admin.audit import Asked, AuditPage, SealState, audit_page, seal_state
from web.reading.work.waiting import Waits, waiting_for
from web.visitor import Visit, visit_of

KINDS: Final[Mapping[str, str]] = {
    "looked": "What was looked at",
    "taken": "What was taken away",
    "opened": "Opened with a reason, and reviewed",
    "hidden": "Sealed, or hidden from somebody",
    "logins": "Logins",
    "failed": "Failed logins",
    "changed": "What was changed",
}
ACTS: Final[Mapping[str, str]] = {
    "read": "looked at",
    "search": "searched",
    "create": "made",
    "update": "changed",
    "delete": "deleted",
    "send": "sent",
    "disclose": "passed on",
    "override": "overrode",
    "set_aside": "set aside",
    "restore": "restored",
    "hold": "held",
    "resume": "let go on",
    "cancel": "cancelled",
    "retry": "tried again",
    "skip": "skipped",
    "log_in": "logged in",
    "log_in_failed": "did not get in",
    "log_out": "logged out",
    "export": "exported",
    "print": "printed",
    "break_glass": "opened with a reason",
    "review": "reviewed an opening",
    "seal_case": "sealed",
    "unseal_case": "unsealed",
    "conflict": "“I know this person”",
    "verify": "compared the audit with its seals",
}
RECORDS: Final[Mapping[str, str]] = {
    "AuditEvent": "the audit",
    "AuditSeal": "",
    "BreakGlass": "",
    "CaseNote": "a note",
    "HumanTask": "a task",
    "ApiToken": "a token",
    "Staff": "a member of staff",
    "Account": "an account",
    "Hook": "a webhook",
    "HookDelivery": "what a webhook was told",
}
LISTS: Final[Mapping[str, str]] = {"HumanTask": "tasks", "Case": "cases", "Client": "clients"}
"""What is searched, in words."""

PLAIN_ACTS: Final = frozenset({"log_in", "log_in_failed", "log_out", "conflict", "review", "verify"})
"""Acts that say all by themselves."""

Found = tuple[AuditPage, SealState, tuple[Waits, ...]]


@page_at("/audit")
async def audit_pages(request: Request) -> Response | None:
    """The newest first; what is looked at here is itself written down."""
    visit, now = visit_of(request), visit_of(request).web.now()
    asked = Asked.read(request.query_params)
    found = await asyncio.to_thread(_read, visit, asked, now)
    if found is None:
        return missing(request)
    page, seal, waiting = found
    with admin_framed(visit, "Audit", "audit", "audit"):
        markup(
            "audit.html",
            page=page,
            seal=seal,
            waiting=waiting,
            asked=asked,
            further=asked.further(page.next) if page.next else None,
            kinds=KINDS,
            acts=ACTS,
            told=told,
            words=Wording(visit.web.zone, now),
        )
    return None


def told(record: str, act: str) -> str:
    """What somebody did something with, in words: `a case`; empty where the act says it all."""
    if act in PLAIN_ACTS:
        return ""
    if act == "search" and record in LISTS:
        return LISTS[record]
    known = RECORDS.get(record)
    if known is not None:
        return known
    spaced = "".join(f" {each.lower()}" if each.isupper() else each for each in record).strip()
    return f"{'an' if spaced[:1] in 'aeiou' else 'a'} {spaced}"


def _read(visit: Visit, asked: Asked, now: datetime) -> Found | None:
    with watched(visit.web.store) as session:
        if not is_allowed(session, visit, Action.READ_AUDIT, now):
            return None
        try:
            page = audit_page(session, asked, now, visit.web.zone)
        except (ValueError, OverflowError):  # an address that somebody has changed by hand
            return None
        seal, waiting = seal_state(session), waiting_for(session, visit.actor, now)
        searched(session, visit.actor.staff_id, "AuditEvent", FIELDS, now)
        return page, seal, waiting
