"""Referrals after a correction: kept, cancelled, or looked after until their step is done anew."""

from datetime import timedelta

import pytest
from casework_bench import consent, service
from referral_world import answer, referral, start
from step_bench import Bench

from models import (
    Client,
    Referral,
    ReferralEvent,
    ReferralStatus,
    StepRun,
    StepStatus,
    TaskStatus,
    Timer,
    TimerPurpose,
)
from tasks.records.changes import apply_update
from tasks.records.record_view import LiveRecord
from tasks.referrals.earlier_referrals import earlier_referrals
from tasks.referrals.referral_status import ReferralError
from tasks.result import DefiniteFailure


def test_the_same_service_after_a_correction_keeps_its_referral(bench: Bench, client: Client) -> None:
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    first = referral(bench)
    bench.again("referral")
    bench.now += timedelta(days=1)
    bench.run("referral")
    assert referral(bench).id == first.id == bench.read("referral", "referral").id  # type: ignore[attr-defined]
    assert first.step_run_id == bench.call("referral").run.id
    assert first.requested_at < bench.now


def test_until_the_step_is_done_anew_somebody_looks_after_what_it_had_asked_for(
    bench: Bench, client: Client
) -> None:
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    bench.again("referral")
    (task,) = bench.tasks()
    assert (task.title, task.candidate_group) == (
        "Check whether the referral to Food bank still stands",
        "referral_team",
    )
    assert task.details["referral"] == referral(bench).id
    bench.run("referral")
    assert (task.status, task.reason) == (TaskStatus.CANCELLED, "the same service is still asked")


def test_an_ended_referral_needs_nobody_when_its_step_is_done_anew(bench: Bench, client: Client) -> None:
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    answer(bench, ReferralStatus.REJECTED, "They are full")
    bench.again("referral")
    assert bench.tasks() == []


def test_another_service_after_a_correction_cancels_the_first_referral(bench: Bench, client: Client) -> None:
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    bench.again("referral")
    other = service(bench, "Pantry")
    bench.instance.inputs = {**bench.instance.inputs, "service": other.id}
    bench.run("referral")
    first, second = bench.all(Referral)
    assert (first.status, second.status) == (ReferralStatus.CANCELLED, ReferralStatus.REQUESTED)
    assert first.status_reason == "another answer was given: this service is no longer asked"
    assert second.service_id == other.id


def test_a_need_that_was_corrected_away_takes_its_referral_back(bench: Bench, client: Client) -> None:
    case = start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    gone = bench.call("referral").run
    gone.iteration = "legal-aid"
    gone.status = StepStatus.SUPERSEDED
    parent = StepRun(
        instance_id=bench.instance.id,
        step="referral",
        attempt=2,
        status=StepStatus.WAITING,
        started_at=bench.now,
        outputs={"#members": {"food-insecurity": None}},
    )
    bench.session.add(parent)
    bench.session.flush()
    assert len(earlier_referrals(bench.call("referral", iteration="food-insecurity"))) == 1
    bench.run("referral", iteration="food-insecurity")
    gone_referral, made = bench.all(Referral)
    assert (gone_referral.status, made.status) == (ReferralStatus.CANCELLED, ReferralStatus.REQUESTED)
    assert made.case_id == case.id


def test_a_lost_consent_names_the_referral_that_a_service_may_be_working_on(
    bench: Bench, client: Client
) -> None:
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    bench.again("referral")
    bench.instance.inputs = {**bench.instance.inputs, "consent": None}
    with pytest.raises(DefiniteFailure) as failure:
        bench.run("referral")
    assert failure.value.details["still_requested"] == [referral(bench).id]


def test_a_step_that_cancels_a_referral_keeps_its_history_and_asks_after_it_no_more(
    bench: Bench, client: Client
) -> None:
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    call, view = bench.call("referral"), bench.read("referral", "referral")
    assert isinstance(view, LiveRecord)
    with pytest.raises(ReferralError, match="without a reason"):
        apply_update(call, view, {"status": "cancelled"})
    apply_update(call, view, {"status": "cancelled"}, "The place is not needed any more")
    assert (referral(bench).status, referral(bench).ended_at) == (ReferralStatus.CANCELLED, bench.now)
    states = [event.status for event in bench.all(ReferralEvent)]
    assert states == [ReferralStatus.REQUESTED, ReferralStatus.CANCELLED]
    chases = [timer for timer in bench.all(Timer) if timer.purpose is TimerPurpose.CHASE]
    assert all(timer.withdrawn_at is not None for timer in chases)
