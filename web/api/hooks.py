"""Outgoing webhooks, for administrators: make, change, try, pause, replace the secret, remove; what each was
told.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Query, Response
from pydantic import Field

from models import DeliveryStatus, HookEvent
from web.access.actions import Action
from web.api.as_read import as_read
from web.api.declaring import Resource, answers
from web.api.once import told_once
from web.api.problem import not_there
from web.api.sent import Key, Match, Plain, Sent, needed, state_named
from web.api.standing import HOOK
from web.api.visiting import Visiting, allowed_now
from web.hooks.commands import (
    LONGEST_NAME,
    WantedHook,
    change_hook,
    make_hook,
    pause_hook,
    remove_hook,
    replace_secret,
    resume_hook,
    tell_again,
)
from web.hooks.trying import Tried, try_hook
from web.reading.admin.hooks import DeliveryLine, HookLine, deliveries_of, hooks_of
from web.visitor import Visit

router = Resource(prefix="/hooks", tags=["webhooks"])

LONGEST_URL = 1_000


class HookSent(Sent):
    """A webhook: a name for people, the address of the other system, and the types of events it hears of."""

    name: Plain = Field(min_length=1, max_length=LONGEST_NAME)
    url: Plain = Field(min_length=8, max_length=LONGEST_URL)
    events: list[HookEvent] = Field(min_length=1, max_length=len(HookEvent))

    def wanted(self, owner_id: str | None = None) -> WantedHook:
        """What the commands take."""
        return WantedHook(self.name, self.url, [each.value for each in self.events], owner_id)


class NewSecret(Sent):
    """With `at_once` the secret before counts no more; otherwise it signs beside the new one for a day."""

    at_once: bool = False


@dataclass(frozen=True, slots=True)
class HookList:
    """The webhooks, in the order in which they were made."""

    hooks: list[HookLine]


@dataclass(frozen=True, slots=True)
class HookSecret:
    """A webhook with a new secret, which is told here and nowhere else."""

    secret: str
    hook: HookLine


@dataclass(frozen=True, slots=True)
class DeliveryList:
    """A page of deliveries. `next` is what `after` has to be for more, None on the last page."""

    deliveries: list[DeliveryLine]
    next: str | None


@router.get("")
def listed(visit: Visiting) -> HookList:
    """The webhooks, with how each stands; never their secrets."""
    now = allowed_now(visit, Action.MANAGE_HOOKS)
    with visit.web.store.read() as session:
        return HookList(hooks_of(session, now))


@router.post("", status_code=HTTPStatus.CREATED)
@told_once
def make(visit: Visiting, sent: HookSent, key: Key = None) -> HookSecret:
    """Make a webhook. Its secret is told here and nowhere else: the same key again is a 409."""
    now, web, me = allowed_now(visit, Action.MANAGE_HOOKS), visit.web, visit.actor
    wanted = sent.wanted(me.staff_id)
    made = make_hook(web.store, web.keys.secret, web.hook_rules, wanted, by=me.staff_id, now=now, key=key)
    return HookSecret(made.secret, _found(visit, made.row.id))


@router.get("/{hook_id}")
def one(visit: Visiting, response: Response, hook_id: str) -> HookLine:
    """One webhook, with how it stands. The ETag names what is set, for `If-Match`."""
    found = _found(visit, hook_id)
    response.headers["ETag"] = f'"{found.revision}"'
    return found


@router.put("/{hook_id}", responses=answers(HTTPStatus.PRECONDITION_REQUIRED))
def change(
    visit: Visiting, response: Response, hook_id: str, sent: HookSent, match: Match = None
) -> HookLine:
    """Give a webhook this name, address and events. `If-Match` has to name the `revision` that was read. What
    it has not heard yet goes to the address that it has then.
    """
    _found(visit, hook_id)
    web, by, revision = visit.web, visit.actor.staff_id, state_named(needed(match))
    change_hook(web.store, web.hook_rules, hook_id, sent.wanted(), by=by, now=web.now(), revision=revision)
    return one(visit, response, hook_id)


@router.delete("/{hook_id}", status_code=HTTPStatus.NO_CONTENT)
@as_read(HOOK)
def remove(visit: Visiting, hook_id: str) -> Response:
    """Take a webhook away for good, with what it has not heard."""
    _found(visit, hook_id)
    remove_hook(visit.web.store, hook_id, by=visit.actor.staff_id, now=visit.web.now())
    return _done()


@router.post("/{hook_id}/pause", status_code=HTTPStatus.NO_CONTENT)
@as_read(HOOK)
def pause(visit: Visiting, hook_id: str) -> Response:
    """Tell it nothing until it is let go on; what happens meanwhile waits, three days at most."""
    _found(visit, hook_id)
    pause_hook(visit.web.store, hook_id, by=visit.actor.staff_id, now=visit.web.now())
    return _done()


@router.post("/{hook_id}/resume", status_code=HTTPStatus.NO_CONTENT)
@as_read(HOOK)
def resume(visit: Visiting, hook_id: str) -> Response:
    """Let one go on that was paused, or switched off because nothing reached it."""
    _found(visit, hook_id)
    resume_hook(visit.web.store, hook_id, by=visit.actor.staff_id, now=visit.web.now())
    return _done()


@router.post("/{hook_id}/secret", status_code=HTTPStatus.CREATED)
@told_once
@as_read(HOOK)
def secret(visit: Visiting, hook_id: str, sent: NewSecret) -> HookSecret:
    """Replace the secret; the new one is told here and nowhere else. While two count it is a 409."""
    _found(visit, hook_id)
    web, by = visit.web, visit.actor.staff_id
    made = replace_secret(web.store, web.keys.secret, hook_id, by=by, now=web.now(), at_once=sent.at_once)
    return HookSecret(made.secret, _found(visit, hook_id))


@router.post("/{hook_id}/test")
def test(visit: Visiting, hook_id: str) -> Tried:
    """Tell it `hook.test` now, once, and say what came of it. It may take ten seconds."""
    _found(visit, hook_id)
    web, by = visit.web, visit.actor.staff_id
    return try_hook(web.runtime, web.keys.secret, web.hook_rules, hook_id, by=by, now=web.now())


@router.get("/{hook_id}/deliveries")
def deliveries(
    visit: Visiting,
    hook_id: str,
    status: DeliveryStatus | None = None,
    after: Annotated[str, Query(max_length=40)] = "",
) -> DeliveryList:
    """What it was told and will be, the newest first; `next` is what `after` has to be for more."""
    _found(visit, hook_id)
    with visit.web.store.read() as session:
        rows, more = deliveries_of(session, hook_id, status, after)
    return DeliveryList(rows, rows[-1].id if more else None)


@router.post("/{hook_id}/deliveries/{delivery_id}/again", status_code=HTTPStatus.NO_CONTENT)
def again(visit: Visiting, hook_id: str, delivery_id: str) -> Response:
    """Have something told again, under the same id."""
    _found(visit, hook_id)
    tell_again(visit.web.store, hook_id, delivery_id, by=visit.actor.staff_id, now=visit.web.now())
    return _done()


def _found(visit: Visit, hook_id: str) -> HookLine:
    now = allowed_now(visit, Action.MANAGE_HOOKS)
    with visit.web.store.read() as session:
        found = hooks_of(session, now, hook_id)
    if not found:
        raise not_there()
    return found[0]


def _done() -> Response:
    return Response(status_code=HTTPStatus.NO_CONTENT)
