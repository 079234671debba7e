"""The directory of services, after Open Referral HSDS 3."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from annotated_types import MinLen
from sqlalchemy import Text
from sqlmodel import Field

from models.base import Json, Revised, UtcDateTime
from models.input import Code, EmailAddress, Input, Language, Line, PhoneNumber, Prose, Website


class ReferralCategory(StrEnum):
    """What somebody needs help with: HL7 Gravity's codes (value set SDOHCC SDOH Category).

    A department may add codes of its own in its vocabulary (legal aid, say), so columns take any code.
    """

    FOOD_INSECURITY = "food-insecurity"
    HOUSING_INSTABILITY = "housing-instability"
    HOMELESSNESS = "homelessness"
    INADEQUATE_HOUSING = "inadequate-housing"
    TRANSPORTATION_INSECURITY = "transportation-insecurity"
    FINANCIAL_INSECURITY = "financial-insecurity"
    MATERIAL_HARDSHIP = "material-hardship"
    EDUCATIONAL_ATTAINMENT = "educational-attainment"
    EMPLOYMENT_STATUS = "employment-status"
    VETERAN_STATUS = "veteran-status"
    STRESS = "stress"
    SOCIAL_CONNECTION = "social-connection"
    INTIMATE_PARTNER_VIOLENCE = "intimate-partner-violence"
    ELDER_ABUSE = "elder-abuse"
    HEALTH_LITERACY = "personal-health-literacy"
    HEALTH_INSURANCE = "health-insurance-coverage-status"
    MEDICAL_COST_BURDEN = "medical-cost-burden"
    DIGITAL_LITERACY = "digital-literacy"
    DIGITAL_ACCESS = "digital-access"
    UTILITY_INSECURITY = "utility-insecurity"
    INCARCERATION_STATUS = "incarceration-status"
    LANGUAGE_ACCESS = "language-access"
    UNSPECIFIED = "sdoh-category-unspecified"


class Service(Revised, table=True):
    """A service that clients can be referred to. `assured_date` is when somebody last checked the entry."""

    __tablename__ = "services"

    reference: str | None = Field(default=None, unique=True)
    organization: str
    name: str
    description: str | None = Field(default=None, sa_type=Text)
    categories: list[str] = Field(default_factory=list, sa_type=Json)
    languages: list[str] = Field(default_factory=list, sa_type=Json)
    eligibility: str | None = Field(default=None, sa_type=Text)
    address: str | None = None
    schedule: str | None = None
    phone: str | None = None
    email: str | None = None
    url: str | None = None
    assured_date: date | None = None
    active: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)

    def serves(self, category: str) -> bool:
        """Whether the service is active and helps with this category."""
        return self.active and category in self.categories


class ServiceInput(Input):
    """A service as it is imported."""

    reference: Line | None = None
    organization: Line
    name: Line
    description: Prose | None = None
    categories: Annotated[tuple[Code, ...], MinLen(1)]
    languages: tuple[Language, ...] = ()
    eligibility: Prose | None = None
    address: Line | None = None
    schedule: Line | None = None
    phone: PhoneNumber | None = None
    email: EmailAddress | None = None
    url: Website | None = None
    assured_date: date | None = None
    active: bool = True
