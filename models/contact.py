"""Contact points: telephone numbers, e-mail and postal addresses, and whether it is safe to use them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime, ValidationInfo, field_validator, model_validator
from sqlalchemy import CheckConstraint
from sqlmodel import Field

from models.base import Revised, UtcDateTime, link, one_of
from models.input import Country, Input, Line, email_address, phone_number


class ContactKind(StrEnum):
    """What a contact point is."""

    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"


class PhoneType(StrEnum):
    """What a telephone number can do (RFC 6350, section 6.4.1)."""

    TEXT = "text"
    VOICE = "voice"
    CELL = "cell"
    FAX = "fax"
    VIDEO = "video"
    PAGER = "pager"
    TEXTPHONE = "textphone"


class Safety(StrEnum):
    """Whether a contact point is safe. `unknown` is not safe for a client with the domestic-violence flag."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ContactPoint(Revised, table=True):
    """One way to reach a client, or somebody around the client when `involvement_id` is set.

    A duplicate is set aside (`set_aside_at`) for another one (`set_aside_for`); that can be undone.
    """

    __tablename__ = "contact_points"
    __asked_by__ = ("value",)
    __table_args__ = (
        CheckConstraint(
            "kind = 'address' OR value IS NOT NULL AND value <> ''", name="ck_contact_points_value_given"
        ),
        CheckConstraint("set_aside_for <> id", name="ck_contact_points_not_set_aside_for_itself"),
    )

    client_id: str = Field(index=True, sa_column_args=link("clients"))
    involvement_id: str | None = Field(default=None, index=True, sa_column_args=link("involvements"))
    kind: ContactKind = Field(sa_type=one_of(ContactKind))
    value: str | None = Field(default=None, index=True)
    phone_type: PhoneType | None = Field(default=None, sa_type=one_of(PhoneType))
    address_1: str | None = None
    address_2: str | None = None
    city: str | None = None
    region: str | None = None
    state_province: str | None = None
    postal_code: str | None = None
    country: str | None = Field(default=None, max_length=2)
    preferred: bool = False
    safe: Safety = Field(default=Safety.UNKNOWN, sa_type=one_of(Safety))
    may_leave_message: bool = False
    may_identify_organisation: bool = False
    safe_times: str | None = None
    who_shares_device: str | None = None
    code_word: str | None = None
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    erroneous_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    bounced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    opted_out_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    set_aside_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    set_aside_for: str | None = Field(default=None, index=True, sa_column_args=link("contact_points"))
    created_at: datetime = Field(sa_type=UtcDateTime)


class ContactPointInput(Input):
    """A contact point as recorded or imported. `value` becomes E.164 or a normalised e-mail address."""

    client_id: Line
    involvement_id: Line | None = None
    kind: ContactKind
    value: Line | None = None
    phone_type: PhoneType | None = None
    address_1: Line | None = None
    address_2: Line | None = None
    city: Line | None = None
    region: Line | None = None
    state_province: Line | None = None
    postal_code: Line | None = None
    country: Country | None = None
    preferred: bool = False
    safe: Safety = Safety.UNKNOWN
    may_leave_message: bool = False
    may_identify_organisation: bool = False
    safe_times: Line | None = None
    who_shares_device: Line | None = None
    code_word: Line | None = None
    confirmed_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None

    @field_validator("value")
    @classmethod
    def _fits_kind(cls, value: str | None, info: ValidationInfo) -> str | None:
        kind = info.data.get("kind")
        if value is not None and kind is ContactKind.PHONE:
            return phone_number(value, (info.context or {}).get("region"))
        if value is not None and kind is ContactKind.EMAIL:
            return email_address(value)
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind is ContactKind.ADDRESS:
            if not self.address_1 or not self.city or not self.country:
                raise ValueError("an address has at least address_1, city and country")
        elif self.value is None:
            raise ValueError("value is missing")
        if self.phone_type is not None and self.kind is not ContactKind.PHONE:
            raise ValueError("phone_type belongs to a telephone number")
        if self.confirmed_at and self.expires_at and self.expires_at <= self.confirmed_at:
            raise ValueError("expires_at is not after confirmed_at")
        return self
