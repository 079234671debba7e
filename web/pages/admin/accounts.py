"""Accounts, for administrators: who may log in and as what. Nothing of any case is here."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from models import GroupRole, Role
from web.access.actions import Action
from web.accounts.tokens import tokens_of
from web.pages.admin.frame import admin_framed, is_allowed
from web.pages.frame import markup, page_at
from web.pages.missing import missing
from web.pages.wording import Wording
from web.reading.admin.accounts import AccountDetail, AccountLine, Asked, account_detail, accounts_of
from web.reading.admin.own_account import TokenLine, token_line
from web.visitor import Visit, visit_of

ROLES: Final[Mapping[Role, str]] = {
    Role.CASEWORKER: "sees and works on their cases and those of their teams",
    Role.SPECIALIST: "gives special help: sees and works on the same",
    Role.SUPERVISOR: "those too of the people and teams for whom they answer; reviews, reassigns, seals",
    Role.MANAGER: "the same, and approves changes of processes",
    Role.OPERATIONS: "writes processes and puts them forward; sees no case",
    Role.DATA_PROTECTION: "the audit; a case after opening it with a reason",
    Role.ADMINISTRATOR: "accounts, webhooks, and how the machinery runs; sees no case",
}
PLACES: Final[Mapping[str, str]] = {
    GroupRole.MEMBER.value: "works in it",
    GroupRole.LEAD.value: "leads it",
    GroupRole.SUPERVISOR.value: "leads it as supervisor",
    GroupRole.MANAGER.value: "leads it as manager",
}


@page_at("/accounts")
async def accounts_page(request: Request) -> Response | None:
    """The list, and the form for a new one."""
    visit, asked = visit_of(request), Asked.read(request.query_params)
    found = await asyncio.to_thread(_list, visit, asked, visit.web.now())
    if found is None:
        return missing(request)
    rows, more = found
    with admin_framed(visit, "Accounts", "accounts", "account"):
        markup(
            "accounts.html",
            rows=rows,
            further=asked.further(rows[-1].login) if more else None,
            asked=asked,
            roles={each.value: words for each, words in ROLES.items()},
            openid=visit.web.openid is not None,
        )
    return None


@page_at("/accounts/{account_id}")
async def account_page(request: Request, account_id: str) -> Response | None:
    """One account, with what can be done about it."""
    visit, now = visit_of(request), visit_of(request).web.now()
    found = await asyncio.to_thread(_one, visit, account_id, now)
    if found is None:
        return missing(request)
    account, tokens = found
    places = {each.group: each.role for each in account.places}
    groups = {**{each: each for each in places}, **visit.web.groups}
    with admin_framed(visit, account.name, "accounts", "account"):
        markup(
            "account_detail.html",
            account=account,
            tokens=tokens,
            roles={each.value: words for each, words in ROLES.items()},
            groups=groups,
            places=places,
            place_words=PLACES,
            openid=visit.web.openid is not None,
            mine=account.id == visit.actor.account_id,
            words=Wording(visit.web.zone, now),
        )
    return None


def _list(visit: Visit, asked: Asked, now: datetime) -> tuple[list[AccountLine], bool] | None:
    with visit.web.store.read() as session:
        if not is_allowed(session, visit, Action.MANAGE_ACCOUNTS, now):
            return None
        return accounts_of(session, asked)


def _one(visit: Visit, account_id: str, now: datetime) -> tuple[AccountDetail, list[TokenLine]] | None:
    with visit.web.store.read() as session:
        if not is_allowed(session, visit, Action.MANAGE_ACCOUNTS, now):
            return None
        found = account_detail(session, account_id, now)
        if found is None:
            return None
        return found, [token_line(each, now) for each in tokens_of(session, account_id)]
