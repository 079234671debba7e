"""Hooks are told what has happened: signed, again until they have it, and never two things of one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from threading import Thread
from typing import Any

import pytest
from databases import in_memory
from hook_receiver import Receiver, closed_port, receiver
from hook_world import MONDAY, HookWorld, verified
from sqlmodel import select

from models import (
    Account,
    AccountRole,
    Case,
    CaseStatus,
    DeliveryStatus,
    Hook,
    HookDelivery,
    HookEvent,
    Message,
    Role,
    Staff,
)
from notifications.hooks import HookFailedError, HookPolicy, clear_away, new_secret, tell_hook, tell_hooks


@pytest.fixture(scope="module")
def listening() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def world(listening: Receiver) -> Iterator[HookWorld]:
    listening.heard.clear()
    listening.answers.clear()
    with in_memory() as store:
        yield HookWorld(store, listening)


def test_a_hook_hears_what_happened_with_a_signature_that_holds(world: HookWorld) -> None:
    hook = world.hook(HookEvent.CASE_OPENED)
    case = world.case()
    assert tell_hooks(world.post()) == {"told": 1}
    (heard,) = world.receiver.heard
    assert verified(heard, world.secrets[hook.id][0])
    assert not verified(heard, new_secret())
    assert heard.path == "/hook?from=office"
    assert heard.headers["webhook-timestamp"] == str(int(MONDAY.timestamp()))
    assert json.loads(heard.body) == {
        "id": heard.ident,
        "type": "case.opened",
        "timestamp": "2026-03-02T15:00:00.000Z",
        "data": {"case": case.id, "url": f"https://cases.example.org/api/v1/cases/{case.id}"},
    }
    assert tell_hooks(world.post()) == {}


def test_two_secrets_count_while_one_is_replaced(world: HookWorld) -> None:
    hook = world.hook(HookEvent.CASE_OPENED)
    world.secrets[hook.id].insert(0, new_secret())
    world.case()
    tell_hooks(world.post())
    (heard,) = world.receiver.heard
    assert [verified(heard, each) for each in world.secrets[hook.id]] == [True, True]


def test_what_failed_is_told_again_under_the_same_id_and_later_each_time(world: HookWorld) -> None:
    world.hook(HookEvent.CASE_OPENED)
    world.case()
    world.receiver.answers.extend([500, 503])
    waits = []
    for _ in range(2):
        assert tell_hooks(world.post()) == {"failed": 1}
        (row,) = world.deliveries()
        waits.append(row.next_attempt_at - world.now)
        assert tell_hooks(world.post()) == {}
        world.now = row.next_attempt_at
    assert tell_hooks(world.post()) == {"told": 1}
    assert waits == [timedelta(seconds=10), timedelta(seconds=20)]
    assert len({each.ident for each in world.receiver.heard}) == 1
    assert len({each.headers["webhook-timestamp"] for each in world.receiver.heard}) == 3
    (row,) = world.deliveries()
    assert (row.status, row.attempts, row.answer) == (DeliveryStatus.TOLD, 3, 204)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("hang", "there was no answer within 0.2 seconds"),
        ("drip", "there was no answer within 0.2 seconds"),
        ("redirect", "it answered with 302, and redirects are not followed"),
    ],
)
def test_a_receiver_that_does_not_take_it_ends_the_turn(world: HookWorld, how: str, words: str) -> None:
    hook = world.hook(HookEvent.CASE_OPENED)
    world.case()
    world.case()
    world.within = 0.2
    world.receiver.answers.append(getattr(world.receiver, how))
    assert tell_hooks(world.post()) == {"failed": 1}
    assert world.hook_now(hook).last_error == words
    assert len(world.receiver.heard) == 1
    assert {each.status for each in world.deliveries()} == {DeliveryStatus.WAITING}


def test_an_answer_without_an_end_is_not_read(world: HookWorld) -> None:
    world.hook(HookEvent.CASE_OPENED)
    world.case()
    world.receiver.answers.append(world.receiver.flood)
    assert tell_hooks(world.post()) == {"told": 1}


def test_nobody_who_listens_is_a_failure_in_words(world: HookWorld) -> None:
    hook = world.hook(HookEvent.CASE_OPENED, url=f"http://127.0.0.1:{closed_port()}/")
    world.case()
    assert tell_hooks(world.post()) == {"failed": 1}
    assert world.hook_now(hook).last_error == "the connection failed: Connection refused"


def test_a_broken_hook_keeps_no_other_one_waiting(world: HookWorld) -> None:
    broken = world.hook(HookEvent.CASE_OPENED, url=f"http://127.0.0.1:{closed_port()}/")
    world.hook(HookEvent.CASE_OPENED)
    for _ in range(3):
        world.case()
    assert tell_hooks(world.post()) == {"failed": 1, "told": 3}
    world.case()
    assert tell_hooks(world.post()) == {"told": 1}  # the broken one rests
    assert world.hook_now(broken).failures == 1


class _CrashError(BaseException):
    """The process ends."""


def test_after_a_crash_between_sent_and_kept_it_is_told_again_and_counted(world: HookWorld) -> None:
    world.hook(HookEvent.CASE_OPENED)
    world.case()

    def die(_point: str) -> None:
        raise _CrashError

    with pytest.raises(_CrashError):
        tell_hooks(world.post(reach=die))
    assert tell_hooks(world.post()) == {}  # the dead process still has the hook
    world.now += HookPolicy().lease
    assert tell_hooks(world.post()) == {"repeated": 1, "told": 1}
    assert len(world.receiver.heard) == 2
    assert len({each.ident for each in world.receiver.heard}) == 1
    (row,) = world.deliveries()
    assert (row.attempts, row.repeats) == (2, 1)


def test_nothing_leaves_of_what_was_taken_back(world: HookWorld) -> None:
    world.hook(HookEvent.CASE_STATUS_CHANGED)
    case = world.case()
    with world.store.write() as session:
        row = session.get_one(Case, case.id)
        savepoint = session.begin_nested()
        row.status = CaseStatus.ON_HOLD
        session.flush()
        savepoint.rollback()
    assert world.deliveries() == []


def test_of_a_sealed_case_nothing_is_told(world: HookWorld) -> None:
    world.hook()
    case = world.case(sealed=True)
    world.activate(case)
    assert tell_hooks(world.post()) == {"withheld": 2}
    assert world.receiver.heard == []


def test_of_a_case_that_was_sealed_meanwhile_nothing_is_told(world: HookWorld) -> None:
    world.hook()
    case = world.case()
    with world.store.write() as session:
        row = session.get_one(Case, case.id)
        row.sealed = True
        session.add(row)
    assert tell_hooks(world.post()) == {"withheld": 1}


def test_each_hook_hears_what_it_is_for_under_one_id(world: HookWorld) -> None:
    world.hook(HookEvent.CASE_OPENED)
    world.hook(HookEvent.CASE_OPENED, HookEvent.CASE_STATUS_CHANGED)
    world.activate(world.case())
    assert tell_hooks(world.post()) == {"told": 3}
    assert sorted(world.told()) == ["case.opened", "case.opened", "case.status_changed"]
    assert len({each.ident for each in world.receiver.heard}) == 2


def test_what_is_paused_waits_and_what_was_removed_hears_nothing(world: HookWorld) -> None:
    paused = world.hook(HookEvent.CASE_OPENED, paused_at=MONDAY)
    world.hook(HookEvent.CASE_OPENED, removed_at=MONDAY)
    world.case()
    assert tell_hooks(world.post()) == {}
    (row,) = world.deliveries()
    assert row.hook_id == paused.id
    tell_hook(world.post(), paused.id, row.id)  # by hand all the same
    assert len(world.receiver.heard) == 1


def test_what_cannot_be_told_is_given_up_after_days(world: HookWorld) -> None:
    world.hook(HookEvent.CASE_OPENED)
    world.case()

    def broken(*_: Any) -> Any:
        raise HookFailedError("broken")

    while world.deliveries()[0].status is DeliveryStatus.WAITING:
        world.now = max(world.deliveries()[0].next_attempt_at, world.now + timedelta(minutes=6))
        tell_hooks(world.post(send=broken))
    (row,) = world.deliveries()
    assert row.status is DeliveryStatus.GIVEN_UP
    assert 10 < row.attempts < 30
    assert world.now - MONDAY <= timedelta(days=3)


def administrator(world: HookWorld, name: str) -> Staff:
    staff = world.staff(name)
    account = Account(staff_id=staff.id, login=staff.email, created_at=MONDAY, created_by="test")
    role = AccountRole(account_id=account.id, role=Role.ADMINISTRATOR, granted_at=MONDAY, granted_by="test")
    world.add(account, role)
    return staff


def mails(world: HookWorld) -> list[Message]:
    with world.store.read() as session:
        return list(session.exec(select(Message).order_by(Message.id)))


def test_a_hook_that_nothing_reaches_for_days_is_switched_off_and_its_owner_told(world: HookWorld) -> None:
    owner, _other = administrator(world, "Ada"), administrator(world, "Bo")
    hook = world.hook(HookEvent.CASE_OPENED, owner_id=owner.id, url=f"http://127.0.0.1:{closed_port()}/")
    world.case()
    tell_hooks(world.post())
    world.forward(days=5)
    world.case()
    assert tell_hooks(world.post())["failed"] == 1
    off = world.hook_now(hook)
    assert off.stopped_because == "the connection failed: Connection refused"
    (mail,) = mails(world)
    assert (mail.staff_id, mail.subject) == (owner.id, "A webhook has been switched off")
    world.store.listening.forget()
    world.case()
    assert len(world.deliveries()) == 2  # it is not kept for it


def test_one_that_says_it_is_gone_is_switched_off_at_once(world: HookWorld) -> None:
    boss = administrator(world, "Ada")
    hook = world.hook(HookEvent.CASE_OPENED)
    world.case()
    world.receiver.answers.append(410)
    tell_hooks(world.post())
    assert world.hook_now(hook).stopped_because == "it says that it is there no more"
    assert [each.staff_id for each in mails(world)] == [boss.id]  # it has no owner: the administrators


def test_what_another_address_answered_says_nothing_of_the_one_it_has_since(world: HookWorld) -> None:
    made = world.hook(HookEvent.CASE_OPENED)
    world.case()
    world.receiver.answers.append(410)

    def moved(_point: str) -> None:
        with world.store.write() as session:
            hook = session.get_one(Hook, made.id)
            hook.url = f"{world.receiver.url}/new"
            session.add(hook)

    assert tell_hooks(world.post(reach=moved)) == {"failed": 1}
    hook = world.hook_now(made)
    assert (hook.stopped_at, hook.failures, hook.claim_token) == (None, 0, None)
    world.forward(minutes=1)
    assert tell_hooks(world.post()) == {"told": 1}
    assert world.receiver.heard[-1].path == "/new"


def test_one_success_ends_a_row_of_failures(world: HookWorld) -> None:
    hook = world.hook(HookEvent.CASE_OPENED)
    world.case()
    world.receiver.answers.append(500)
    tell_hooks(world.post())
    assert world.hook_now(hook).failing_since == MONDAY
    world.forward(minutes=1)
    tell_hooks(world.post())
    now = world.hook_now(hook)
    assert (now.failures, now.failing_since, now.told_at) == (0, None, world.now)


def test_what_ended_long_ago_is_deleted_and_what_waits_too_long_given_up(world: HookWorld) -> None:
    world.hook(HookEvent.CASE_OPENED)
    world.case()
    tell_hooks(world.post())
    world.hook(HookEvent.CASE_STATUS_CHANGED, paused_at=MONDAY)
    with world.store.read() as session:
        case = session.exec(select(Case)).one()
    world.forward(days=29)
    world.activate(case)
    world.forward(days=4)
    assert clear_away(world.store, world.now, HookPolicy().keep) == 1
    with world.store.read() as session:
        assert session.exec(select(HookDelivery.status)).all() == [DeliveryStatus.GIVEN_UP]


def test_two_processes_that_tell_at_once_tell_each_thing_once(world: HookWorld) -> None:
    for _ in range(2):
        world.hook(HookEvent.CASE_OPENED)
    for _ in range(6):
        world.case()
    counts: list[dict[str, int]] = []
    both = [Thread(target=lambda: counts.append(tell_hooks(world.post()))) for _ in range(3)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    while tell_hooks(world.post()):
        pass
    assert len(world.receiver.heard) == 12
    assert Counter(each.ident for each in world.receiver.heard).most_common(1)[0][1] == 2  # one for each hook
    assert {each.status for each in world.deliveries()} == {DeliveryStatus.TOLD}
