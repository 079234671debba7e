"""Consents: who allowed what to be passed on, to whom, until when."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, model_validator
from sqlalchemy import CheckConstraint
from sqlmodel import Field

from models.base import Json, Record, UtcDateTime, link, one_of
from models.input import Input, Line


class ConsentBasis(StrEnum):
    """The legal basis of passing data on (GDPR, article 6)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    VITAL_INTERESTS = "vital_interests"
    LEGAL_OBLIGATION = "legal_obligation"
    LEGITIMATE_INTERESTS = "legitimate_interests"


class ConsentCapacity(StrEnum):
    """As what somebody gave a consent."""

    SELF = "self"
    PARENT = "parent"
    GUARDIAN = "guardian"
    LEGAL_REPRESENTATIVE = "legal_representative"


class Consent(Record, table=True):
    """A consent. Empty `recipients` or `data_categories` allow nothing."""

    __tablename__ = "consents"
    __table_args__ = (
        CheckConstraint("expires_at > given_at", name="ck_consents_expiry"),
        CheckConstraint("withdrawn_at >= given_at", name="ck_consents_withdrawal"),
    )

    client_id: str = Field(index=True, sa_column_args=link("clients"))
    case_id: str | None = Field(default=None, index=True, sa_column_args=link("cases"))
    purpose: str
    recipients: list[str] = Field(default_factory=list, sa_type=Json)
    data_categories: list[str] = Field(default_factory=list, sa_type=Json)
    basis: ConsentBasis = Field(default=ConsentBasis.CONSENT, sa_type=one_of(ConsentBasis))
    given_by: str
    capacity: ConsentCapacity = Field(default=ConsentCapacity.SELF, sa_type=one_of(ConsentCapacity))
    given_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    source_document: str | None = None
    recorded_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))

    def is_valid(self, now: datetime) -> bool:
        """Whether it is given, not expired and not withdrawn at that time."""
        expired = self.expires_at is not None and self.expires_at <= now
        withdrawn = self.withdrawn_at is not None and self.withdrawn_at <= now
        return self.given_at <= now and not expired and not withdrawn


class ConsentInput(Input):
    """A consent as it is recorded."""

    client_id: Line
    case_id: Line | None = None
    purpose: Line
    recipients: tuple[Line, ...]
    data_categories: tuple[Line, ...]
    basis: ConsentBasis = ConsentBasis.CONSENT
    given_by: Line
    capacity: ConsentCapacity = ConsentCapacity.SELF
    given_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    source_document: Line | None = None

    @model_validator(mode="after")
    def _expires_later(self) -> Self:
        if self.expires_at is not None and self.expires_at <= self.given_at:
            raise ValueError("expires_at is not after given_at")
        return self
