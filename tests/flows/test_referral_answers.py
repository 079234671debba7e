"""What a service says of a referral: heard by whoever was to ask it, or recorded by who has the case."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from casework_bench import OFFICE
from desk_world import Desk
from referred_desk import only_referral, open_referred_desk

from flows.inbox import (
    ChangedError,
    ConflictError,
    ReferralAnswerError,
    ServiceAnswer,
    complete,
    correct,
    record_answer,
)
from models import (
    AuditEvent,
    ChronologyEntry,
    HumanTask,
    ReferralEvent,
    ReferralResult,
    ReferralStatus,
    TaskStatus,
    Timer,
    TimerPurpose,
)
from tasks.people.forms import FormError

ZONE = ZoneInfo(OFFICE)
ACCEPTED, REJECTED, REQUESTED = ReferralStatus.ACCEPTED, ReferralStatus.REJECTED, ReferralStatus.REQUESTED


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_referred_desk(asker="referral_team", stranger="intake_team") as opened:
        yield opened


def hear(desk: Desk, **answers: Any) -> None:
    """Somebody of the referral team asks, and sends what they heard."""
    complete(desk.store, desk.task_id, answers, by=desk.others["asker"], now=desk.now)


def record(desk: Desk, status: ReferralStatus, **said: Any) -> None:
    """The caseworker records it."""
    revision = said.pop("revision", None)
    record_answer(
        desk.store,
        only_referral(desk).id,
        ServiceAnswer(status, **said),
        by=desk.worker,
        now=desk.now,
        zone=ZONE,
        revision=revision,
    )


def chases(desk: Desk) -> list[Timer]:
    """When somebody asks again."""
    found = [each for each in desk.rows(Timer) if each.purpose is TimerPurpose.CHASE]
    return [each for each in found if each.fired_at is None and each.withdrawn_at is None]


# -- whoever was to ask


def test_what_was_heard_is_what_the_referral_says(desk: Desk) -> None:
    hear(desk, answer="accepted", appointment="2026-03-12T10:30")
    found = only_referral(desk)
    assert (found.status, found.responded_at) == (ACCEPTED, desk.now)
    assert found.appointment_at == datetime(2026, 3, 12, 14, 30, tzinfo=UTC)
    assert (desk.task.status, desk.task.completed_by) == (TaskStatus.COMPLETED, desk.others["asker"])
    assert [each.status for each in desk.rows(ReferralEvent)] == [REQUESTED, ACCEPTED]
    assert "The service has accepted the referral" in [each.title for each in desk.rows(ChronologyEntry)]
    assert chases(desk) == []


def test_why_a_service_declines_is_asked_and_kept(desk: Desk) -> None:
    with pytest.raises(FormError) as refused:
        hear(desk, answer="rejected")
    assert [each.item for each in refused.value.problems] == ["reason"]
    assert only_referral(desk).status is REQUESTED
    hear(desk, answer="rejected", reason="No places")
    found = only_referral(desk)
    assert (found.status, found.status_reason, found.ended_at) == (REJECTED, "No places", desk.now)


def test_that_nobody_knows_why_keeps_nothing_back(desk: Desk) -> None:
    hear(desk, answer="failed", reason="doesnt_know")
    assert only_referral(desk).status is ReferralStatus.FAILED


@pytest.mark.parametrize("answers", [{"answer": "not_yet"}, {"answer": "doesnt_know"}])
def test_a_service_that_has_not_decided_is_asked_again_after_as_long(
    desk: Desk, answers: dict[str, Any]
) -> None:
    found = only_referral(desk)
    assert found.respond_by is not None
    had = found.respond_by - found.requested_at
    hear(desk, **answers)
    (timer,) = chases(desk)
    assert timer.due_at == desk.now + had
    after = only_referral(desk)
    assert (after.status, after.respond_by) == (REQUESTED, found.respond_by)


def test_a_service_that_names_a_day_is_asked_again_when_it_is_over(desk: Desk) -> None:
    hear(desk, answer="not_yet", ask_again="2026-03-20")
    (timer,) = chases(desk)
    assert timer.due_at == datetime(2026, 3, 20, 21, 0, tzinfo=UTC)
    assert timer.wall == "2026-03-20 17:00 America/New_York"
    assert timer.detail["to"] == "group referral_team"
    assert only_referral(desk).respond_by == timer.due_at


def test_what_was_heard_after_somebody_recorded_it_changes_nothing(desk: Desk) -> None:
    record_answer(
        desk.store,
        only_referral(desk).id,
        ServiceAnswer(ACCEPTED),
        by=desk.others["stranger"],  # who may see the case, and can't do this task
        now=desk.now,
        zone=ZONE,
    )
    assert (desk.task.status, desk.task.reason) == (
        TaskStatus.CANCELLED,
        "The service has accepted the referral",
    )
    assert only_referral(desk).status is ACCEPTED


def test_what_was_heard_is_corrected_at_the_referral(desk: Desk) -> None:
    hear(desk, answer="accepted")
    with pytest.raises(ConflictError, match="stands at the referral"):
        correct(
            desk.store,
            desk.task_id,
            "answer",
            "rejected",
            reason="misheard",
            by=desk.others["asker"],
            now=desk.now,
        )
    record(desk, REJECTED, reason="They had meant another client")
    assert only_referral(desk).status is REJECTED


# -- whoever has the case


def test_an_answer_settles_what_was_to_be_asked(desk: Desk) -> None:
    record(desk, ACCEPTED, appointment_at=desk.now + timedelta(days=2))
    found = only_referral(desk)
    assert (found.status, found.appointment_at) == (ACCEPTED, desk.now + timedelta(days=2))
    assert (desk.task.status, desk.task.completed_by) == (TaskStatus.COMPLETED, desk.worker)
    audited = [
        each for each in desk.rows(AuditEvent) if each.record == "Referral" and each.actor == desk.worker
    ]
    assert sorted(each.fields[0] for each in audited) == ["appointment_at", "status"]


def test_what_came_of_it_is_kept_with_its_day_and_the_same_again_changes_nothing(desk: Desk) -> None:
    record(desk, ACCEPTED, result=ReferralResult.WAITLIST)
    said = {"result": ReferralResult.ENROLLED, "result_on": date(2026, 3, 6), "result_note": "Three meals"}
    record(desk, ReferralStatus.COMPLETED, **said)
    before = only_referral(desk)
    assert (before.result, before.result_on, before.result_note) == tuple(said.values())
    written = len(desk.rows(AuditEvent))
    desk.now += timedelta(days=3)
    record(desk, ReferralStatus.COMPLETED, result=ReferralResult.ENROLLED)
    after = only_referral(desk)
    assert (after.revision, after.result_on) == (before.revision, before.result_on)
    assert len(desk.rows(AuditEvent)) == written


def test_a_day_that_the_service_names_takes_the_place_of_the_one_before(desk: Desk) -> None:
    record(desk, REQUESTED, respond_by=date(2026, 3, 16))
    record(desk, REQUESTED, respond_by=date(2026, 3, 18))
    written = len(desk.rows(AuditEvent))
    record(desk, REQUESTED, respond_by=date(2026, 3, 18))
    assert len(desk.rows(AuditEvent)) == written
    (timer,) = chases(desk)
    assert timer.due_at == datetime(2026, 3, 18, 21, 0, tzinfo=UTC)
    tasks: list[HumanTask] = desk.rows(HumanTask)
    assert [each.status for each in tasks] == [TaskStatus.COMPLETED]


def test_somebody_who_read_an_older_state_writes_nothing_over(desk: Desk) -> None:
    read = only_referral(desk).revision
    record(desk, ACCEPTED, revision=read)
    with pytest.raises(ChangedError):
        record(desk, REJECTED, reason="No places", revision=read)
    assert only_referral(desk).status is ACCEPTED


@pytest.mark.parametrize(
    ("status", "said", "words"),
    [
        (REJECTED, {}, "not `rejected` without a reason"),
        (REQUESTED, {}, "give the day by which"),
        (REQUESTED, {"respond_by": date(2026, 3, 1)}, "has passed"),
        (REQUESTED, {"respond_by": date(2026, 3, 20), "result": ReferralResult.WAITLIST}, "no result"),
        (ACCEPTED, {"respond_by": date(2026, 3, 20)}, "leave out by when"),
        (ACCEPTED, {"result_note": "Well"}, "say what came of it"),
        (ACCEPTED, {"result": ReferralResult.ENROLLED, "result_on": date(2026, 5, 1)}, "in the future"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_kept(
    desk: Desk, status: ReferralStatus, said: dict[str, Any], words: str
) -> None:
    with pytest.raises(ReferralAnswerError, match=words):
        record(desk, status, **said)
    assert only_referral(desk).status is REQUESTED
    assert desk.task.status is TaskStatus.REQUESTED


def test_a_referral_that_has_ended_stays_so(desk: Desk) -> None:
    record(desk, REJECTED, reason="No places")
    with pytest.raises(ReferralAnswerError, match="make a new referral instead"):
        record(desk, ACCEPTED)
    with pytest.raises(ReferralAnswerError, match="answered already"):
        record(desk, REQUESTED, respond_by=date(2026, 3, 20))
