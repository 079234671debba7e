"""First contacts: what somebody said who asks for help, before a process has begun for them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Self

from pydantic import ValidationInfo, field_validator, model_validator
from sqlalchemy import CheckConstraint, Index, Text
from sqlmodel import Field

from models.base import Revised, UtcDateTime, link, one_of
from models.contact import PhoneType, Safety
from models.input import BirthDate, EmailAddress, Input, Language, Line, PhoneNumber, Prose
from models.people import DateQuality


class ContactOrigin(StrEnum):
    """By which way a contact came in."""

    STAFF = "staff"
    PROGRAM = "program"
    PUBLIC_FORM = "public_form"


class ContactStanding(StrEnum):
    """How far a contact is: nobody has looked at it, a process was begun, or it was set aside."""

    WAITING = "waiting"
    TAKEN = "taken"
    SET_ASIDE = "set_aside"


class FirstContact(Revised, table=True):
    """Somebody asks for help. A waiting one is on the list of `team`; a taken one names the client and the
    instance that was begun, and the case as soon as there is one. `key` lets the same one be sent again.
    """

    __tablename__ = "first_contacts"
    __table_args__ = (
        CheckConstraint(
            "standing <> 'set_aside' OR coalesce(reason, '') <> ''", name="ck_first_contacts_reason_given"
        ),
        CheckConstraint(
            "standing <> 'taken' OR client_id IS NOT NULL", name="ck_first_contacts_taken_for_somebody"
        ),
        Index("ix_first_contacts_waiting", "team", "standing"),
    )

    key: str = Field(unique=True)
    origin: ContactOrigin = Field(sa_type=one_of(ContactOrigin))
    standing: ContactStanding = Field(default=ContactStanding.WAITING, sa_type=one_of(ContactStanding))
    given_name: str
    family_name: str
    date_of_birth: date | None = None
    date_of_birth_quality: DateQuality = Field(default=DateQuality.NOT_COLLECTED, sa_type=one_of(DateQuality))
    language: str = "en"
    interpreter_needed: bool = False
    phone: str | None = None
    phone_type: PhoneType | None = Field(default=None, sa_type=one_of(PhoneType))
    phone_safe: Safety = Field(default=Safety.UNKNOWN, sa_type=one_of(Safety))
    email: str | None = None
    email_safe: Safety = Field(default=Safety.UNKNOWN, sa_type=one_of(Safety))
    may_leave_message: bool = False
    may_identify_organisation: bool = False
    safe_times: str | None = None
    in_danger: bool = False
    referred_by: str | None = None
    need: str | None = Field(default=None, sa_type=Text)
    team: str | None = None
    received_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    client_id: str | None = Field(default=None, index=True, sa_column_args=link("clients"))
    case_id: str | None = Field(default=None, index=True, sa_column_args=link("cases"))
    instance_id: str | None = Field(default=None, sa_column_args=link("instances"))
    looked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    looked_by: str | None = Field(default=None, sa_column_args=link("staff"))
    reason: str | None = Field(default=None, sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)


class FirstContactInput(Input):
    """A contact as somebody tells it. Nothing that is not given is said to be safe."""

    given_name: Line
    family_name: Line
    date_of_birth: BirthDate | None = None
    date_of_birth_quality: DateQuality = DateQuality.NOT_COLLECTED
    language: Language = "en"
    interpreter_needed: bool = False
    phone: PhoneNumber | None = None
    phone_type: PhoneType | None = None
    phone_safe: Safety = Safety.UNKNOWN
    email: EmailAddress | None = None
    email_safe: Safety = Safety.UNKNOWN
    may_leave_message: bool = False
    may_identify_organisation: bool = False
    safe_times: Line | None = None
    in_danger: bool = False
    referred_by: Line | None = None
    need: Prose | None = None

    @field_validator("date_of_birth_quality")
    @classmethod
    def _quality_fits(cls, quality: DateQuality, info: ValidationInfo) -> DateQuality:
        known = quality in (DateQuality.FULL, DateQuality.APPROXIMATE)
        if info.data.get("date_of_birth") is None and known and "date_of_birth" in info.data:
            raise ValueError("says that the day of birth is known, and none is given")
        return quality

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.date_of_birth is not None and self.date_of_birth_quality not in (
            DateQuality.FULL,
            DateQuality.APPROXIMATE,
        ):
            raise ValueError("date_of_birth_quality is full or approximate when there is a date")
        if self.phone is None and self.phone_safe is Safety.YES:
            raise ValueError("phone is missing, though it is said to be safe")
        if self.email is None and self.email_safe is Safety.YES:
            raise ValueError("email is missing, though it is said to be safe")
        return self
