"""Switching a hook off that nothing reaches, and telling those who can do something about it."""

from collections.abc import Callable
from datetime import datetime

from sqlmodel import Session, col, select

from models import Account, AccountRole, Channel, Hook, Role, Staff
from notifications.outbox import Addressee, Draft, queue

TEMPLATE = "hook_switched_off"


def switch_off(session: Session, hook: Hook, why: str, now: datetime, new_id: Callable[[], str]) -> None:
    """Nothing is told to the hook any more, and its owner gets an e-mail; where the owner is no administrator
    any more, all administrators do.
    """
    hook.stopped_at, hook.stopped_because = now, why
    session.add(hook)
    since = hook.failing_since or now
    body = (
        f"The webhook “{hook.name}” has been switched off: nothing has reached it since "
        f"{since:%Y-%m-%d %H:%M} UTC ({why}). What happens from now on is not kept for it. "
        "An administrator switches it on again under Webhooks, when the other system is back."
    )
    for each in _told(session, hook):
        draft = Draft(
            channel=Channel.EMAIL,
            to=Addressee("staff", each.email, each.language, staff_id=each.id),
            template=TEMPLATE,
            language="en",
            subject="A webhook has been switched off",
            body=body,
            key=f"hook:{hook.id}:{now.isoformat()}:{each.id}",
        )
        queue(session, draft, now, new_id)


def _told(session: Session, hook: Hook) -> list[Staff]:
    query = (
        select(Staff)
        .join(Account, col(Account.staff_id) == col(Staff.id))
        .join(AccountRole, col(AccountRole.account_id) == col(Account.id))
        .where(AccountRole.role == Role.ADMINISTRATOR, col(Account.disabled_at).is_(None), col(Staff.active))
        .order_by(col(Staff.id))
    )
    administrators = list(session.exec(query))
    return [each for each in administrators if each.id == hook.owner_id] or administrators
