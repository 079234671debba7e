"""Telling hooks: a process takes one that has something due, tells it for a while, and stores what came of
it.

Only one process tells a hook at a time, and what it has claimed is marked first: after a crash between the
sending and the storing it is told again, under the same id, which `HookDelivery.repeats` counts.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session, and_, col, exists, func, or_, select

from models import Case, DeliveryStatus, Hook, HookDelivery, HumanTask, Instance, Store
from notifications.hooks.addresses import AddressError, read_target
from notifications.hooks.exchange import Answer, HookFailedError
from notifications.hooks.payload import body_of
from notifications.hooks.post import HookPost, HookTold
from notifications.hooks.signing import headers_of
from notifications.hooks.switching_off import switch_off

GONE: Final = 410
"""The status by which a receiver says that it wants to hear no more."""

Outcome = Answer | HookFailedError


@dataclass(frozen=True, slots=True)
class _Claim:
    """A hook that this process has, and what it may tell it."""

    hook: Hook
    token: str
    deliveries: Sequence[HookDelivery]


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of telling one thing."""

    delivery: HookDelivery
    outcome: Outcome
    seconds: float

    @property
    def told(self) -> bool:
        """Whether the other system has it."""
        return isinstance(self.outcome, Answer) and 200 <= self.outcome.status < 300

    @property
    def words(self) -> str:
        """Why it has not."""
        if isinstance(self.outcome, HookFailedError):
            return str(self.outcome)
        if 300 <= self.outcome.status < 400:
            return f"it answered with {self.outcome.status}, and redirects are not followed"
        return f"it answered with {self.outcome.status}"


def tell_hooks(post: HookPost, limit: int = 10) -> Counter[str]:
    """Tell hooks what is due, each for a while, whoever was served longest ago first; `limit` hooks at most.

    Counts outcomes: `told`, `failed`, `given_up`, `withheld`, `repeated` beside them. Any number of processes
    may do this at once.
    """
    counts: Counter[str] = Counter()
    if not anything_due(post.store, post.clock()):  # most of the time, and it needs no write lock
        return counts
    for _ in range(limit):
        claim = _claimed(post, counts, None)
        if claim is None:
            break
        _tell(post, claim, counts)
    return counts


def anything_due(store: Store, now: datetime) -> bool:
    """Whether there is anything to tell now."""
    with store.read() as session:
        return session.exec(_next_hook(now)).first() is not None


def tell_hook(post: HookPost, hook_id: str, delivery_id: str) -> None:
    """Tell one thing now, also where the hook is paused or switched off, for somebody who tries it. What came
    of it stands in its row; nothing is done where a process tells this hook just now.
    """
    claim = _claimed(post, Counter(), hook_id, delivery_id)
    if claim is not None:
        _tell(post, claim, Counter())


# -- claiming


def _next_hook(now: datetime) -> Any:
    due = exists().where(
        col(HookDelivery.hook_id) == col(Hook.id),
        col(HookDelivery.ended_at).is_(None),
        col(HookDelivery.next_attempt_at) <= now,
    )
    return (
        select(Hook)
        .where(
            col(Hook.removed_at).is_(None),
            col(Hook.paused_at).is_(None),
            col(Hook.stopped_at).is_(None),
            or_(col(Hook.next_turn_at).is_(None), col(Hook.next_turn_at) <= now),
            _free(now),
            due,
        )
        .order_by(func.coalesce(Hook.served_at, Hook.created_at), col(Hook.id))
        .limit(1)
    )


def _free(now: datetime) -> Any:
    return or_(col(Hook.claimed_until).is_(None), col(Hook.claimed_until) <= now)


def _claimed(
    post: HookPost, counts: Counter[str], hook_id: str | None, delivery_id: str | None = None
) -> _Claim | None:
    """A hook with what is due for it, marked as being told; None where there is none that is free."""
    now = post.clock()
    query = _next_hook(now)
    if hook_id is not None:
        query = select(Hook).where(and_(col(Hook.id) == hook_id, col(Hook.removed_at).is_(None), _free(now)))
    with post.store.write() as session:
        hook = session.exec(query.with_for_update(skip_locked=True)).first()
        if hook is None:
            return None
        hook.claim_token, hook.claimed_until, hook.served_at = post.new_id(), now + post.policy.lease, now
        session.add(hook)
        due = session.exec(_due(hook.id, now, post.policy.handful, delivery_id)).all()
        mine = [each for each in due if _may_leave(session, each, now, counts)]
        return _Claim(hook, hook.claim_token, mine)


def _due(hook_id: str, now: datetime, most: int, delivery_id: str | None) -> Any:
    query = select(HookDelivery).where(
        col(HookDelivery.hook_id) == hook_id, col(HookDelivery.ended_at).is_(None)
    )
    if delivery_id is not None:
        query = query.where(col(HookDelivery.id) == delivery_id)
    else:
        query = query.where(col(HookDelivery.next_attempt_at) <= now)
    return query.order_by(col(HookDelivery.next_attempt_at), col(HookDelivery.id)).limit(most)


def _may_leave(session: Session, delivery: HookDelivery, now: datetime, counts: Counter[str]) -> bool:
    """Judge it right before it would leave, and mark it as leaving."""
    session.add(delivery)
    if _is_sealed(session, delivery):
        return _ended(delivery, DeliveryStatus.WITHHELD, now, counts)
    if delivery.give_up_at <= now:
        return _ended(delivery, DeliveryStatus.GIVEN_UP, now, counts)
    if delivery.status is DeliveryStatus.SENDING:  # somebody has tried, and could not say what came of it
        delivery.repeats += 1
        delivery.attempts += 1
        counts["repeated"] += 1
    delivery.status = DeliveryStatus.SENDING
    return True


def _ended(delivery: HookDelivery, status: DeliveryStatus, now: datetime, counts: Counter[str]) -> bool:
    delivery.status, delivery.ended_at = status, now
    counts[status.value] += 1
    return False


def _is_sealed(session: Session, delivery: HookDelivery) -> bool:
    """Whether it is about a case that is sealed now: of what has no case yet, that of its process counts."""
    case_id = delivery.about.get("case")
    if case_id is None and "task" in delivery.about:
        task = session.get(HumanTask, delivery.about["task"])
        case_id = None if task is None else task.case_id
    if case_id is None and "process" in delivery.about:
        instance = session.get(Instance, delivery.about["process"])
        case_id = None if instance is None else instance.case_id
    case = None if case_id is None else session.get(Case, case_id)
    return case is not None and case.sealed


# -- sending


def _tell(post: HookPost, claim: _Claim, counts: Counter[str]) -> None:
    """Tell what was claimed until something fails or the turn is over; store it, and give the rest back."""
    began, tried = time.monotonic(), list[_Tried]()
    for delivery in claim.deliveries:
        if tried and time.monotonic() - began > post.policy.turn.total_seconds():
            break
        tried.append(_try(post, claim, delivery))
        if not tried[-1].told:
            break
    if tried:
        post.reach("hooks.sent")
    outcomes = _keep(post, claim, tried)
    for each, outcome in zip(tried, outcomes, strict=True):
        counts[outcome] += 1
        post.watch(HookTold(claim.hook.id, each.delivery.event, outcome, each.seconds))


def _try(post: HookPost, claim: _Claim, delivery: HookDelivery) -> _Tried:
    started = time.monotonic()
    outcome: Outcome
    try:
        outcome = _sent(post, claim.hook, delivery)
    except HookFailedError as error:
        outcome = error
    except AddressError as error:
        outcome = HookFailedError(str(error))
    except Exception as error:  # a fault of ours with one hook must not keep the others waiting
        outcome = HookFailedError(f"unexpected {type(error).__name__}")
    return _Tried(delivery, outcome, time.monotonic() - started)


def _sent(post: HookPost, hook: Hook, delivery: HookDelivery) -> Answer:
    event, body = delivery.event_id, _body(post, delivery)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": post.agent,
        **headers_of(post.secrets(hook), event, int(post.clock().timestamp()), body),
    }
    return post.send(read_target(hook.url, post.rules), headers, body)


def _body(post: HookPost, delivery: HookDelivery) -> bytes:
    return body_of(delivery.event_id, delivery.event, delivery.happened_at, delivery.about, post.address)


# -- storing


def _keep(post: HookPost, claim: _Claim, tried: Sequence[_Tried]) -> list[str]:
    """Store what came of it, and let go of the hook."""
    now = post.clock()
    with post.store.write() as session:
        hook = session.exec(select(Hook).where(Hook.id == claim.hook.id).with_for_update()).one()
        rows = _rows(session, claim)
        outcomes = [_stored(post, rows.get(each.delivery.id), each, now) for each in tried]
        for row in rows.values():
            if row.status is DeliveryStatus.SENDING and all(each.delivery.id != row.id for each in tried):
                row.status = DeliveryStatus.WAITING  # its turn was over before
            session.add(row)
        if hook.claim_token == claim.token:
            there = hook.url == claim.hook.url  # another address has failed or answered: that is over
            _standing(session, post, hook, tried if there else (), now)
        return outcomes


def _rows(session: Session, claim: _Claim) -> dict[str, HookDelivery]:
    ids = [each.id for each in claim.deliveries]
    query = select(HookDelivery).where(col(HookDelivery.id).in_(ids)).order_by(col(HookDelivery.id))
    return {row.id: row for row in session.exec(query.with_for_update())}


def _stored(post: HookPost, row: HookDelivery | None, tried: _Tried, now: datetime) -> str:
    if row is None or row.status is not DeliveryStatus.SENDING:
        return "overtaken"  # this process was away for long, and another one has told it
    row.attempts += 1
    row.answer = tried.outcome.status if isinstance(tried.outcome, Answer) else None
    row.last_error = None if tried.told else tried.words
    if tried.told:
        row.status, row.ended_at = DeliveryStatus.TOLD, now
        return "told"
    row.next_attempt_at = now + post.policy.pause(row.attempts, post.policy.longest, post.jitter())
    if row.next_attempt_at >= row.give_up_at:
        row.status, row.ended_at = DeliveryStatus.GIVEN_UP, now
        return "given_up"
    row.status = DeliveryStatus.WAITING
    return "failed"


def _standing(session: Session, post: HookPost, hook: Hook, tried: Sequence[_Tried], now: datetime) -> None:
    """How the hook stands after this turn. After days without any success it is switched off, at once where
    the receiver says that it is gone.
    """
    hook.claim_token = hook.claimed_until = None
    session.add(hook)
    if any(each.told for each in tried):
        hook.told_at, hook.failures, hook.failing_since = now, 0, None
        hook.last_error = hook.next_turn_at = None
    if not tried or tried[-1].told:
        return
    last = tried[-1]
    hook.failures += 1
    hook.failing_since = hook.failing_since or now
    hook.last_error = last.words
    hook.next_turn_at = now + post.policy.pause(hook.failures, post.policy.rest, post.jitter())
    gone = isinstance(last.outcome, Answer) and last.outcome.status == GONE
    if hook.stopped_at is None and (gone or now - hook.failing_since >= post.policy.switch_off):
        why = "it says that it is there no more" if gone else last.words
        switch_off(session, hook, why, now, post.new_id)
