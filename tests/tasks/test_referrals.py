from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from casework_bench import OFFICE, consent, contact, fire, service, timers
from referral_world import INPUTS, REFER, answer, referral, start
from sqlmodel import select
from step_bench import Bench, faults

from definitions.runtime_values import MISSING
from models import (
    AuditEvent,
    ChronologyEntry,
    Client,
    GroupRole,
    HumanTask,
    Referral,
    ReferralEvent,
    ReferralStatus,
    Safety,
    TaskKind,
    TaskStatus,
    TimerPurpose,
)
from tasks.referrals.referral_status import ReferralError
from tasks.result import DefiniteFailure, StepError


def test_a_referral_names_its_consent_what_is_passed_on_and_until_when_the_service_answers(
    bench: Bench, client: Client
) -> None:
    food, given = service(bench), consent(bench, client)
    start(bench, client, service=food, consent=given)
    bench.run("referral")
    made = referral(bench)
    assert (made.service_id, made.consent_id, made.category) == (food.id, given.id, "food-insecurity")
    assert made.disclosed_fields == ["name", "need", "contact"]
    assert made.respond_by is not None
    assert made.respond_by.astimezone(ZoneInfo(OFFICE)).isoformat() == "2026-03-09T17:00:00-04:00"
    assert bench.read("referral", "status") == "requested"
    assert bench.read("referral", "referral", "service", "name") == "Food bank"


def test_its_history_begins_with_the_request_and_the_disclosure_is_audited_by_field(
    bench: Bench, client: Client
) -> None:
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    assert [(each.status, each.actor) for each in bench.all(ReferralEvent)] == [
        ("requested", "system:try-it")
    ]
    disclosed = bench.session.exec(select(AuditEvent).where(AuditEvent.action == "disclose")).one()
    assert (disclosed.record, disclosed.record_id, disclosed.fields) == (
        "Client",
        client.id,
        ["contact", "name", "need"],
    )
    assert [each.title for each in bench.all(ChronologyEntry)] == ["Referred to Food bank"]


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"expires_at": timedelta(minutes=-5)}, "expired"),
        ({"withdrawn_at": timedelta(minutes=-5)}, "withdrawn"),
        ({"given_at": timedelta(hours=2)}, "not_yet"),
        ({"recipients": ["Legal aid"]}, "other_recipient"),
        ({"recipients": []}, "other_recipient"),
        ({"data_categories": ["name", "contact", "need", "homelessness"]}, "other_category"),
        ({"data_categories": ["name"]}, "other_data"),
        ({"data_categories": []}, "other_data"),
    ],
)
def test_without_a_valid_consent_for_this_service_and_need_nothing_is_passed_on(
    bench: Bench, client: Client, fields: dict[str, Any], refusal: str
) -> None:
    values = {
        name: bench.now + value if isinstance(value, timedelta) else value for name, value in fields.items()
    }
    start(bench, client, service=service(bench), consent=consent(bench, client, **values))
    with pytest.raises(DefiniteFailure) as failure:
        bench.run("referral")
    assert (failure.value.code, failure.value.details["refusal"]) == ("no_consent", refusal)
    assert bench.all(Referral) == []


def test_a_missing_consent_and_the_consent_of_another_person_are_refused(
    bench: Bench, client: Client
) -> None:
    start(bench, client, service=service(bench))
    with pytest.raises(DefiniteFailure, match="no consent is recorded"):
        bench.run("referral")
    bench.instance.inputs = {**bench.instance.inputs, "consent": consent(bench, bench.client("Ben")).id}
    with pytest.raises(DefiniteFailure, match="for another person"):
        bench.run("referral")


@pytest.mark.parametrize("recipient", ["food BANK", "Food bank Ltd", "food-insecurity"])
def test_a_consent_may_name_the_service_its_organization_or_the_need(
    bench: Bench, client: Client, recipient: str
) -> None:
    given = consent(bench, client, recipients=[recipient])
    start(bench, client, service=service(bench), consent=given)
    bench.run("referral")
    assert referral(bench).status is ReferralStatus.REQUESTED


def test_how_to_reach_the_client_is_left_out_where_no_contact_is_safe(bench: Bench) -> None:
    client = bench.client(domestic_violence=True)
    contact(bench, client, "+12125550100", safe=Safety.UNKNOWN)
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    assert referral(bench).disclosed_fields == ["name", "need"]


def test_the_service_is_not_told_how_to_reach_a_client_whom_it_must_not_contact(
    bench: Bench, client: Client
) -> None:
    steps = REFER + "  contacting_subject_prohibited: true\n"
    start(bench, client, steps, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    assert referral(bench).contacting_subject_prohibited
    assert "contact" not in referral(bench).disclosed_fields


def test_more_than_the_minimum_is_passed_on_only_if_the_consent_covers_it(
    bench: Bench, client: Client
) -> None:
    steps = REFER + "  disclose: [name, need, income]\n"
    given = consent(bench, client)
    start(bench, client, steps, service=service(bench), consent=given)
    with pytest.raises(DefiniteFailure, match="does not cover everything"):
        bench.run("referral")
    given.data_categories = ["name", "need", "income"]
    bench.run("referral")
    assert referral(bench).disclosed_fields == ["name", "need", "income"]


OVERRIDE = (
    REFER
    + """
  override:
    reason: = inputs.why
    by: = inputs.boss
"""
)


def test_a_supervisor_may_refer_without_a_consent_and_says_why(bench: Bench, client: Client) -> None:
    boss = bench.staff("Sue", role=GroupRole.SUPERVISOR)
    start(bench, client, OVERRIDE, service=service(bench), why="Child at risk tonight", boss=boss)
    bench.run("referral")
    made = referral(bench)
    assert (made.consent_id, made.override_by, made.override_reason) == (
        None,
        boss.id,
        "Child at risk tonight",
    )
    override = bench.session.exec(select(AuditEvent).where(AuditEvent.action == "override")).one()
    assert (override.actor, override.reason) == (boss.id, "Child at risk tonight")


def test_a_caseworker_may_not_override_and_an_override_without_reason_is_none(
    bench: Bench, client: Client
) -> None:
    worker = bench.staff("Will")
    start(bench, client, OVERRIDE, service=service(bench), why="I think so", boss=worker)
    with pytest.raises(DefiniteFailure) as failure:
        bench.run("referral")
    assert failure.value.code == "not_authorised"
    bench.instance.inputs = {**bench.instance.inputs, "why": "  "}
    with pytest.raises(DefiniteFailure) as failure:
        bench.run("referral")
    assert failure.value.code == "no_consent"


def test_a_valid_consent_is_used_although_somebody_could_override(bench: Bench, client: Client) -> None:
    boss = bench.staff("Sue", role=GroupRole.SUPERVISOR)
    given = consent(bench, client)
    start(bench, client, OVERRIDE, service=service(bench), consent=given, why="To be sure", boss=boss)
    bench.run("referral")
    assert (referral(bench).consent_id, referral(bench).override_by) == (given.id, None)


def test_a_need_without_a_suitable_service_is_kept_with_the_reason(bench: Bench, client: Client) -> None:
    start(bench, client, service_reason="All are full until May")
    bench.run("referral")
    assert bench.all(Referral) == []
    assert bench.read("referral", "status") == "none_suitable"
    assert bench.read("referral", "referral") is MISSING
    (entry,) = bench.all(ChronologyEntry)
    assert (entry.kind, entry.significant) == ("need_unmet", True)
    assert "All are full until May" in entry.detail


def test_a_service_that_does_not_help_with_the_need_or_is_closed_is_refused(
    bench: Bench, client: Client
) -> None:
    legal = service(bench, "Legal aid", "legal-aid")
    start(bench, client, service=legal, consent=consent(bench, client))
    with pytest.raises(DefiniteFailure) as failure:
        bench.run("referral")
    assert failure.value.code == "service_does_not_fit"


def test_a_referral_needs_a_case(bench: Bench, client: Client) -> None:
    bench.start(REFER, header=INPUTS, service=service(bench).id)
    with pytest.raises(StepError, match="belongs to a case"):
        bench.run("referral")


# -- chasing


def test_somebody_asks_after_a_referral_that_was_not_answered_in_time(bench: Bench, client: Client) -> None:
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    (timer,) = timers(bench, TimerPurpose.CHASE)
    assert timer.due_at == referral(bench).respond_by
    fire(bench, timer)
    (task,) = bench.tasks()
    assert (task.kind, task.candidate_group) == (TaskKind.CHASE, "referral_team")
    assert task.title == "Ask Food bank whether it takes the referral on"


def test_an_answer_in_time_withdraws_the_chasing_and_a_late_one_its_task(
    bench: Bench, client: Client
) -> None:
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    (timer,) = timers(bench, TimerPurpose.CHASE)
    answer(bench, ReferralStatus.ACCEPTED)
    assert timers(bench, TimerPurpose.CHASE) == []
    referral(bench).status = ReferralStatus.REQUESTED
    fire(bench, timer)
    answer(bench, ReferralStatus.IN_PROGRESS)
    task: HumanTask = bench.tasks()[0]
    assert (task.status, task.reason) == (TaskStatus.CANCELLED, "The service has begun")


# -- states


@pytest.mark.parametrize("status", ["rejected", "on_hold", "cancelled", "failed"])
def test_some_states_need_a_reason(bench: Bench, client: Client, status: str) -> None:
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    for blank in (None, "", "  "):
        with pytest.raises(ReferralError, match="without a reason"):
            answer(bench, ReferralStatus(status), blank)
    assert answer(bench, ReferralStatus(status), "They moved away")
    event = bench.all(ReferralEvent)[-1]
    assert (event.status, event.reason, event.actor) == (status, "They moved away", "staff1")


def test_a_service_may_decline_after_it_has_accepted_and_an_ended_referral_stays_so(
    bench: Bench, client: Client
) -> None:
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    answer(bench, ReferralStatus.ACCEPTED)
    assert not answer(bench, ReferralStatus.ACCEPTED)
    first_answer = referral(bench).responded_at
    bench.now += timedelta(days=1)
    answer(bench, ReferralStatus.REJECTED, "No interpreter")
    assert (referral(bench).responded_at, referral(bench).ended_at) == (first_answer, bench.now)
    with pytest.raises(ReferralError, match="has ended"):
        answer(bench, ReferralStatus.ACCEPTED)
    assert [each.status for each in bench.all(ReferralEvent)] == ["requested", "accepted", "rejected"]


def test_a_referral_does_not_go_back_to_requested(bench: Bench, client: Client) -> None:
    start(bench, client, service=service(bench), consent=consent(bench, client))
    bench.run("referral")
    answer(bench, ReferralStatus.ACCEPTED)
    with pytest.raises(ReferralError, match="go back"):
        answer(bench, ReferralStatus.REQUESTED)


# -- when it is checked


def test_an_unknown_thing_to_pass_on_is_reported_with_what_is_allowed() -> None:
    (fault,) = faults(REFER + "  disclose: [name, diagnoses]\n", INPUTS)
    assert "diagnoses" in fault
    assert "income" in fault


def test_a_text_is_not_a_consent() -> None:
    assert faults(REFER.replace("consent: = inputs.consent", "consent: yes please"), INPUTS)
