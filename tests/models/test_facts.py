"""What follows from the dated facts of a record."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from models import (
    CaseDates,
    Consent,
    HouseholdMember,
    Income,
    IncomeFrequency,
    Staff,
    Stage,
    stage_of,
)

DAY = date(2026, 3, 1)


def test_household_members_count_from_joining_until_the_day_before_leaving() -> None:
    member = HouseholdMember(household_id="h", client_id="c", joined_on=DAY, left_on=DAY + timedelta(days=2))
    present = [member.present_on(DAY + timedelta(days=n)) for n in range(-1, 4)]
    assert present == [False, True, True, False, False]


def test_an_income_counts_from_its_first_to_its_last_day(now: datetime) -> None:
    income = Income(
        client_id="c",
        currency="EUR",
        frequency=IncomeFrequency.WEEKLY,
        recorded_at=now,
        starts_on=DAY,
        ends_on=DAY + timedelta(days=1),
    )
    assert [income.counts_on(DAY + timedelta(days=n)) for n in range(-1, 3)] == [False, True, True, False]


def test_staff_are_away_from_the_first_moment_of_absence_until_they_are_back(now: datetime) -> None:
    hour = timedelta(hours=1)
    staff = Staff(name="S", email="s@example.org", absent_from=now, absent_until=now + hour)
    assert [staff.is_available(now + n * hour) for n in (-1, 0, 1)] == [True, False, True]
    staff.absent_until = None
    assert not staff.is_available(now + 1000 * hour)
    assert not Staff(name="S", email="s@example.org", active=False).is_available(now)


def test_a_consent_is_valid_until_it_expires_or_is_withdrawn(now: datetime) -> None:
    hour = timedelta(hours=1)
    consent = Consent(client_id="c", purpose="p", given_by="A", given_at=now, expires_at=now + 2 * hour)
    assert [consent.is_valid(now + n * hour) for n in (-1, 0, 1, 2)] == [False, True, True, False]
    consent.withdrawn_at = now + hour
    assert not consent.is_valid(now + hour)


@pytest.mark.parametrize(
    ("dates", "stage"),
    [
        (CaseDates(), Stage.NEW),
        (CaseDates(assessment_started_on=DAY), Stage.ASSESSMENT),
        (CaseDates(assessment_started_on=DAY, assessed_on=DAY), Stage.PLANNING),
        (CaseDates(assessed_on=DAY, plan_agreed_on=DAY), Stage.IMPLEMENTATION),
        (CaseDates(plan_agreed_on=DAY, goals_ended_on=DAY), Stage.MONITORING),
        (CaseDates(goals_ended_on=DAY, closing_started_on=DAY), Stage.CLOSING),
        (CaseDates(closing_started_on=DAY, closed_on=DAY), Stage.CLOSED),
        (CaseDates(assessed_on=DAY, closed_on=DAY, reopened_on=DAY + timedelta(days=9)), Stage.REOPENED),
        (CaseDates(closed_on=DAY, reopened_on=DAY, assessment_started_on=DAY), Stage.ASSESSMENT),
        (CaseDates(closed_on=DAY + timedelta(days=9), reopened_on=DAY), Stage.CLOSED),
    ],
)
def test_the_stage_follows_from_the_dated_facts(dates: CaseDates, stage: Stage) -> None:
    assert stage_of(dates) is stage
