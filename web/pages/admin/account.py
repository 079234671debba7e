"""My account: password, second factor, sessions, tokens for programs."""

import asyncio
from datetime import datetime
from typing import Final

from fastapi import Request

from web.accounts.tokens import SCOPES
from web.pages.admin.frame import admin_framed
from web.pages.frame import markup, page_at
from web.pages.wording import Wording
from web.reading.admin.own_account import OwnAccount, own_account
from web.visitor import Visit, visit_of

SCOPE_WORDS: Final = {
    "cases:read": "Read the cases that you may see",
    "cases:write": "Write to cases and start processes",
    "contacts:write": "Search clients and record new contacts",
    "tasks:read": "Read the tasks that you may see",
    "tasks:write": "Do your tasks",
    "processes:read": "Read processes and what is put forward",
    "processes:write": "Check definitions and put them forward; not approve them",
    "week:read": "Read your week",
    "figures:read": "Read figures and the board",
}


@page_at("/account")
async def account_page(request: Request) -> None:
    """The page of one's own account, which everybody has."""
    visit, now = visit_of(request), visit_of(request).web.now()
    mine = await asyncio.to_thread(_read, visit, now)
    with admin_framed(visit, "My account", "account", "account"):
        markup(
            "account.html",
            mine=mine,
            scopes={name: SCOPE_WORDS.get(name, name) for name in SCOPES},
            groups=visit.web.groups,
            words=Wording(visit.web.zone, now),
        )


def _read(visit: Visit, now: datetime) -> OwnAccount:
    with visit.web.store.read() as session:
        return own_account(session, visit.actor, visit.token, now)
