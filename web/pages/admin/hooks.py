"""Webhooks, for administrators: which other systems are told what has happened, and whether they hear it."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from models import TEST_EVENT, HookEvent
from web.access.actions import Action
from web.hooks.commands import LONGEST_NAME
from web.hooks.secrets import OVERLAP
from web.pages.admin.frame import admin_framed, is_allowed
from web.pages.frame import markup, page_at
from web.pages.missing import missing
from web.pages.wording import Wording
from web.reading.admin.hooks import DeliveryLine, HookLine, deliveries_of, hooks_of
from web.visitor import Visit, visit_of

EVENTS: Final[Mapping[str, Mapping[str, str]]] = {
    "Cases": {
        HookEvent.CASE_OPENED.value: "A case is opened",
        HookEvent.CASE_STATUS_CHANGED.value: "The status of a case changes",
    },
    "Tasks": {
        HookEvent.TASK_CREATED.value: "A task is made",
        HookEvent.TASK_ASSIGNED.value: "A task is given to somebody",
        HookEvent.TASK_OVERDUE.value: "A task is overdue",
        HookEvent.TASK_COMPLETED.value: "A task is completed",
        HookEvent.TASK_CANCELLED.value: "A task ends without being completed",
    },
    "Messages": {
        HookEvent.ALERT_SENT.value: "A safety alert was taken by its provider",
        HookEvent.ALERT_FAILED.value: "A safety alert did not reach anybody",
        HookEvent.MESSAGE_UNDELIVERED.value: "Another message did not reach anybody",
    },
    "Referrals": {
        HookEvent.REFERRAL_MADE.value: "A referral is made",
        HookEvent.REFERRAL_STATUS_CHANGED.value: "The status of a referral changes",
    },
    "Processes": {
        HookEvent.PROCESS_STARTED.value: "A process starts",
        HookEvent.PROCESS_ENDED.value: "A process ends, or is cancelled",
        HookEvent.INCIDENT_OPENED.value: "A process is stuck and asks somebody",
        HookEvent.INCIDENT_RESOLVED.value: "Somebody has decided how it goes on",
    },
}
"""What there is to hear of, in words, by what it is about."""

WORDS: Final = {**{name: words for group in EVENTS.values() for name, words in group.items()}}
WORDS[TEST_EVENT] = "A test"

STATUSES: Final = {
    "waiting": "waits",
    "sending": "being told",
    "told": "told",
    "given_up": "given up",
    "withheld": "withheld: a sealed case",
}


@dataclass(frozen=True, slots=True)
class _One:
    hook: HookLine
    deliveries: list[DeliveryLine]
    more: bool


@page_at("/hooks")
async def hooks_page(request: Request) -> Response | None:
    """The list, and the form for a new one."""
    visit, now = visit_of(request), visit_of(request).web.now()
    found = await asyncio.to_thread(_list, visit, now)
    if found is None:
        return missing(request)
    with admin_framed(visit, "Webhooks", "hooks", "account"):
        markup(
            "hooks.html",
            rows=found,
            events=EVENTS,
            longest=LONGEST_NAME,
            words=Wording(visit.web.zone, now),
        )
    return None


@page_at("/hooks/{hook_id}")
async def hook_page(request: Request, hook_id: str) -> Response | None:
    """One webhook: what it hears of, how it goes, what it was told, and what can be done."""
    visit, now = visit_of(request), visit_of(request).web.now()
    after = request.query_params.get("after", "")[:40]
    found = await asyncio.to_thread(_one, visit, hook_id, after, now)
    if found is None:
        return missing(request)
    with admin_framed(visit, found.hook.name, "hooks", "account"):
        markup(
            "hook.html",
            hook=found.hook,
            deliveries=found.deliveries,
            further=f"/hooks/{hook_id}?after={found.deliveries[-1].id}" if found.more else None,
            event_words=WORDS,
            statuses=STATUSES,
            kinds=len(HookEvent),
            events=EVENTS,
            longest=LONGEST_NAME,
            hours=int(OVERLAP.total_seconds() // 3600),
            words=Wording(visit.web.zone, now),
        )
    return None


def _list(visit: Visit, now: datetime) -> list[HookLine] | None:
    with visit.web.store.read() as session:
        if not is_allowed(session, visit, Action.MANAGE_HOOKS, now):
            return None
        return hooks_of(session, now)


def _one(visit: Visit, hook_id: str, after: str, now: datetime) -> _One | None:
    with visit.web.store.read() as session:
        if not is_allowed(session, visit, Action.MANAGE_HOOKS, now):
            return None
        hooks = hooks_of(session, now, hook_id)
        if not hooks:
            return None
        return _One(hooks[0], *deliveries_of(session, hook_id, before=after))
