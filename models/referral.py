"""Referrals to services: what is asked and why, what the service does with it, and how it got there."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from models.base import Json, Revised, Trace, UtcDateTime, link, one_of


class ReferralStatus(StrEnum):
    """What the performer does with a referral (FHIR Task; domain.md)."""

    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


REFERRAL_ENDED = frozenset(
    {ReferralStatus.REJECTED, ReferralStatus.COMPLETED, ReferralStatus.CANCELLED, ReferralStatus.FAILED}
)
"""The statuses after which a referral waits for nobody."""


class ReferralResult(StrEnum):
    """What came of a referral (HUD 4.20)."""

    ENROLLED = "enrolled"
    NOT_ENROLLED = "not_enrolled"
    WAITLIST = "waitlist"


class Referral(Revised, table=True):
    """A request to a service. Without a consent it needs an override with a reason and a name.

    What and why (`category`, `request`, `disclosed_fields`) is the requester's; `status` is the performer's.
    """

    __tablename__ = "referrals"
    __table_args__ = (
        CheckConstraint(
            "status NOT IN ('rejected', 'on_hold', 'cancelled', 'failed')"
            " OR coalesce(status_reason, '') <> ''",
            name="ck_referrals_reason_given",
        ),
        CheckConstraint(
            "consent_id IS NOT NULL OR (coalesce(override_reason, '') <> '' AND override_by IS NOT NULL)",
            name="ck_referrals_consent_or_override",
        ),
        Index("ix_referrals_chase", "status", "respond_by"),
    )

    case_id: str = Field(index=True, sa_column_args=link("cases"))
    client_id: str = Field(index=True, sa_column_args=link("clients"))
    service_id: str = Field(index=True, sa_column_args=link("services"))
    task_id: str | None = Field(default=None, index=True, sa_column_args=link("human_tasks"))
    instance_id: str | None = Field(default=None, index=True, sa_column_args=link("instances"))
    step_run_id: str | None = Field(default=None, index=True, sa_column_args=link("step_runs"))
    category: str = Field(index=True)
    request: str | None = Field(default=None, sa_type=Text)
    status: ReferralStatus = Field(default=ReferralStatus.REQUESTED, sa_type=one_of(ReferralStatus))
    status_reason: str | None = Field(default=None, sa_type=Text)
    contacting_subject_prohibited: bool = False
    consent_id: str | None = Field(default=None, index=True, sa_column_args=link("consents"))
    override_reason: str | None = Field(default=None, sa_type=Text)
    override_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    disclosed_fields: list[str] = Field(default_factory=list, sa_type=Json)
    requested_at: datetime = Field(sa_type=UtcDateTime)
    requested_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    respond_by: datetime | None = Field(default=None, sa_type=UtcDateTime)
    responded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    appointment_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    result: ReferralResult | None = Field(default=None, sa_type=one_of(ReferralResult))
    result_on: date | None = None
    result_note: str | None = Field(default=None, sa_type=Text)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sub_referral_of_id: str | None = Field(default=None, index=True, sa_column_args=link("referrals"))


class ReferralEvent(Trace, table=True):
    """One change of a referral's status: its history."""

    __tablename__ = "referral_events"

    referral_id: str = Field(index=True, sa_column_args=link("referrals"))
    at: datetime = Field(sa_type=UtcDateTime)
    status: ReferralStatus = Field(sa_type=one_of(ReferralStatus))
    reason: str | None = Field(default=None, sa_type=Text)
    actor: str
