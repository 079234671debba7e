"""What administrators do with hooks: make, change, pause, let go on, replace the secret, remove, tell again.
Each is one transaction, with its row in the audit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import delete, update
from sqlmodel import Session, col, func, select

from flows.inbox import ChangedError
from flows.inbox.read_state import as_word
from models import GIVE_UP, DeliveryStatus, Hook, HookDelivery, HookEvent, Store
from notifications.hooks import AddressError, AddressRules, new_secret, read_target
from tasks.history import Act, write_audit
from web.accounts.secret import Secret
from web.errors import HookError, HookStateError
from web.hooks.secrets import OVERLAP, sealed

LONGEST_NAME: Final = 100
MOST: Final = 20
"""Hooks of one installation; each costs a row for everything that it hears of."""


@dataclass(frozen=True, slots=True)
class MadeHook:
    """A hook, and its secret, which is told once."""

    secret: str = field(repr=False)
    row: Hook


@dataclass(frozen=True, slots=True)
class WantedHook:
    """What a hook is to be: where it goes, what it hears of, and who is told when it is switched off."""

    name: str
    url: str
    events: Collection[str]
    owner_id: str | None = None


def make_hook(
    store: Store,
    secret: Secret,
    rules: AddressRules,
    wanted: WantedHook,
    *,
    by: str,
    now: datetime,
    key: str | None = None,
) -> MadeHook:
    """Make a hook, once per `key`: HookStateError for one that was made with it, since its secret is told
    once. HookError for a name, an address or events that it can't have.
    """
    given, value = _given(wanted, rules), new_secret()
    with store.write() as session:
        _refuse_repeated(session, by, key)
        row = Hook(
            **given,
            owner_id=wanted.owner_id,
            secret="",
            created_at=now,
            created_by=by,
            idempotency_key=key,
        )
        row.secret = sealed(secret, value, row.id)
        session.add(row)
        write_audit(session, by, Act.CREATE, "Hook", row.id, now, fields=("name", "url", "events"))
    store.listening.forget()
    return MadeHook(value, row)


def change_hook(
    store: Store,
    rules: AddressRules,
    hook_id: str,
    wanted: WantedHook,
    *,
    by: str,
    now: datetime,
    revision: str | None = None,
) -> None:
    """Let it have this name, address and events; its owner and its secret stay. The same again changes
    nothing. What it has not heard yet goes to the address that it has then, at once where that is another
    one; what it hears of no more is told still where it happened before.

    HookError for what it can't have; ChangedError when it is not as it was at `revision` any more.
    """
    given = _given(wanted, rules)
    with _changed(store, hook_id) as (session, hook):
        fields = [name for name, value in given.items() if getattr(hook, name) != value]
        if not fields:
            return
        if revision not in (None, revision_of(hook)):
            raise ChangedError("somebody has changed this webhook since; look at it, and send yours again")
        for name in fields:
            setattr(hook, name, given[name])
        if "url" in fields:
            _begin_anew(session, hook, now)
        write_audit(session, by, Act.UPDATE, "Hook", hook.id, now, fields=fields)


def revision_of(hook: Hook) -> str:
    """What an administrator has set, as one word: by it somebody says which state they have read. It is
    another one also where the hook was paused, let go on or switched off, or has another secret.
    """
    stopped = (hook.paused_at is not None, hook.stopped_at is not None)
    return as_word((hook.name, hook.url, *hook.events, repr(stopped), hook.secret))


def pause_hook(store: Store, hook_id: str, *, by: str, now: datetime) -> None:
    """Tell it nothing until it is let go on; what happens meanwhile waits. Again changes nothing."""
    with _changed(store, hook_id) as (session, hook):
        if hook.paused_at is None:
            hook.paused_at = now
            write_audit(session, by, Act.UPDATE, "Hook", hook.id, now, fields=("paused_at",))


def resume_hook(store: Store, hook_id: str, *, by: str, now: datetime) -> None:
    """Let one go on that was paused, or switched off because nothing reached it. Again changes nothing."""
    with _changed(store, hook_id) as (session, hook):
        if hook.paused_at is None and hook.stopped_at is None:
            return
        hook.paused_at = hook.stopped_at = hook.stopped_because = None
        hook.failures, hook.failing_since, hook.next_turn_at = 0, None, None
        write_audit(session, by, Act.UPDATE, "Hook", hook.id, now, fields=("paused_at", "stopped_at"))


def replace_secret(
    store: Store, secret: Secret, hook_id: str, *, by: str, now: datetime, at_once: bool = False
) -> MadeHook:
    """Give it a new secret. The one before signs beside it for a day; with `at_once` it counts no more, as
    where somebody else has got to know it. HookStateError while two count already: a third would end the
    first before the other system knows the second.
    """
    value = new_secret()
    with _changed(store, hook_id) as (session, hook):
        both = hook.previous_until is not None and now < hook.previous_until
        if both and not at_once:
            raise HookStateError(
                "the secret was replaced within the last day, and the one before still counts; "
                "replace it at once, or wait until that is over"
            )
        hook.previous_secret = None if at_once else hook.secret
        hook.previous_until = None if at_once else now + OVERLAP
        hook.secret = sealed(secret, value, hook.id)
        write_audit(session, by, Act.UPDATE, "Hook", hook.id, now, fields=("secret",))
    return MadeHook(value, hook)


def remove_hook(store: Store, hook_id: str, *, by: str, now: datetime) -> None:
    """Take a hook away for good, with its secrets and all that it has not heard. What it has heard stays in
    the list of deliveries for a month.
    """
    with _changed(store, hook_id) as (session, hook):
        hook.removed_at, hook.secret, hook.previous_secret = now, "", None
        waiting = delete(HookDelivery).where(
            col(HookDelivery.hook_id) == hook.id, col(HookDelivery.status) == DeliveryStatus.WAITING
        )
        session.execute(waiting.execution_options(synchronize_session=False))
        write_audit(session, by, Act.DELETE, "Hook", hook.id, now)


def tell_again(store: Store, hook_id: str, delivery_id: str, *, by: str, now: datetime) -> None:
    """Have something told again, under its id, by the next turn. HookStateError for what was withheld, since
    it was about a sealed case, and for what is being told just now.
    """
    with _changed(store, hook_id) as (session, hook):
        row = session.get(HookDelivery, delivery_id, with_for_update=True)
        if row is None or row.hook_id != hook.id:
            raise HookError("there is no such delivery")
        if row.status in (DeliveryStatus.WITHHELD, DeliveryStatus.SENDING):
            raise HookStateError("this is being told just now, or was withheld, and can't be told again")
        row.status, row.ended_at, row.attempts = DeliveryStatus.WAITING, None, 0
        row.next_attempt_at, row.give_up_at = now, now + GIVE_UP
        hook.next_turn_at = None
        session.add(row)
        write_audit(session, by, Act.SEND, "HookDelivery", row.id, now)


def standing(session: Session, hook_id: str) -> Hook:
    """The hook, locked. HookError when there is none, or it was removed."""
    hook = session.exec(select(Hook).where(Hook.id == hook_id).with_for_update()).first()
    if hook is None or hook.removed_at is not None:
        raise HookError("there is no such webhook")
    return hook


@contextmanager
def _changed(store: Store, hook_id: str) -> Iterator[tuple[Session, Hook]]:
    """A transaction around the hook; afterwards this process looks again which hooks there are."""
    with store.write() as session:
        hook = standing(session, hook_id)
        yield session, hook
        session.add(hook)
    store.listening.forget()


def _begin_anew(session: Session, hook: Hook, now: datetime) -> None:
    """What came of another address says nothing of this one."""
    hook.failures, hook.failing_since, hook.last_error, hook.next_turn_at = 0, None, None, None
    waiting = update(HookDelivery).where(
        col(HookDelivery.hook_id) == hook.id, col(HookDelivery.status) == DeliveryStatus.WAITING
    )
    session.execute(waiting.values(next_attempt_at=now).execution_options(synchronize_session=False))


def _given(wanted: WantedHook, rules: AddressRules) -> dict[str, Any]:
    """The fields that somebody sets, as they are kept."""
    name, url = " ".join(wanted.name.split()), wanted.url.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise HookError(f"a webhook has a name of {LONGEST_NAME} characters at most")
    try:
        read_target(url, rules)
    except AddressError as error:
        raise HookError(str(error)) from None
    return {"name": name, "url": url, "events": _events(wanted.events)}


def _events(names: Collection[str]) -> list[str]:
    known = [each.value for each in HookEvent]
    wanted = set(names)
    if not wanted or not wanted <= set(known):
        raise HookError(f"the events of a webhook are {', '.join(known)}; give one or more of them")
    return [each for each in known if each in wanted]


def _refuse_repeated(session: Session, by: str, key: str | None) -> None:
    known = select(Hook.id).where(Hook.created_by == by, Hook.idempotency_key == key)
    if key is not None and session.exec(known).first() is not None:
        raise HookStateError(
            "this webhook was made already, and its secret was told then; replace the secret if it was lost"
        )
    there = session.exec(select(func.count()).select_from(Hook).where(col(Hook.removed_at).is_(None))).one()
    if there >= MOST:
        raise HookError(f"there are {MOST} webhooks already; remove one first")
