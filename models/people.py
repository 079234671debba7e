"""Clients, the households they live in, and the other people around a case."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Self

from pydantic import model_validator
from sqlalchemy import CheckConstraint, Text
from sqlmodel import Field

from models.base import Record, Revised, UtcDateTime, link, one_of
from models.input import BirthDate, Input, Language, Line, Prose, TimeZone


class YesNo(StrEnum):
    """An answer to a yes/no question (HUD 1.8: 1, 0, 8, 9, 99). Refusing is an answer, not a gap."""

    YES = "yes"
    NO = "no"
    DOESNT_KNOW = "doesnt_know"
    PREFERS_NOT_TO_ANSWER = "prefers_not_to_answer"
    NOT_COLLECTED = "not_collected"


class DateQuality(StrEnum):
    """How well a date of birth is known (HUD 3.03.2)."""

    FULL = "full"
    APPROXIMATE = "approximate"
    DOESNT_KNOW = "doesnt_know"
    PREFERS_NOT_TO_ANSWER = "prefers_not_to_answer"
    NOT_COLLECTED = "not_collected"


class LivingSituation(StrEnum):
    """Where a person lives, in the groups of HUD 4.12 (1xx to 4xx)."""

    HOMELESS = "homeless"
    INSTITUTIONAL = "institutional"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


class HouseholdRelation(StrEnum):
    """A member's relation to the head of the household (HUD 3.15.1)."""

    SELF = "self"
    CHILD = "child"
    SPOUSE_OR_PARTNER = "spouse_or_partner"
    OTHER_RELATIVE = "other_relative"
    UNRELATED = "unrelated"
    NOT_COLLECTED = "not_collected"


class InvolvementRole(StrEnum):
    """What a person is to a client: the support network and the professionals."""

    GUARDIAN = "guardian"
    PARENT = "parent"
    CARER = "carer"
    RELATIVE = "relative"
    FRIEND = "friend"
    NEIGHBOUR = "neighbour"
    TEACHER = "teacher"
    DOCTOR = "doctor"
    LAWYER = "lawyer"
    POLICE = "police"
    PROFESSIONAL = "professional"
    OTHER = "other"


class Client(Revised, table=True):
    """A person whom the department helps. A merged client points to its survivor and is followed there.

    `reference` is the number under which other systems know the client.
    """

    __tablename__ = "clients"
    __table_args__ = (
        CheckConstraint(
            "(date_of_birth IS NOT NULL) = (date_of_birth_quality IN ('full', 'approximate'))",
            name="ck_clients_birth_known",
        ),
        CheckConstraint("merged_into_id <> id", name="ck_clients_not_merged_into_itself"),
    )

    reference: str | None = Field(default=None, unique=True)
    given_name: str
    family_name: str
    preferred_name: str | None = None
    other_names: str | None = None
    hidden_name: bool = False
    date_of_birth: date | None = Field(default=None, index=True)
    date_of_birth_quality: DateQuality = Field(default=DateQuality.NOT_COLLECTED, sa_type=one_of(DateQuality))
    language: str = "en"
    interpreter_needed: bool = False
    living_situation: LivingSituation = Field(
        default=LivingSituation.UNKNOWN, sa_type=one_of(LivingSituation)
    )
    domestic_violence: bool = False
    lone_visit_note: str | None = Field(default=None, sa_type=Text)
    time_zone: str | None = None
    merged_into_id: str | None = Field(default=None, index=True, sa_column_args=link("clients"))
    created_at: datetime = Field(sa_type=UtcDateTime)


class Household(Record, table=True):
    """People who live and keep house together."""

    __tablename__ = "households"

    reference: str | None = Field(default=None, unique=True)
    name: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class HouseholdMember(Record, table=True):
    """A client in a household from one day to another. The head is the member whose relation is `self`."""

    __tablename__ = "household_members"
    __table_args__ = (CheckConstraint("left_on >= joined_on", name="ck_household_members_days"),)

    household_id: str = Field(index=True, sa_column_args=link("households"))
    client_id: str = Field(index=True, sa_column_args=link("clients"))
    relation: HouseholdRelation = Field(
        default=HouseholdRelation.NOT_COLLECTED, sa_type=one_of(HouseholdRelation)
    )
    joined_on: date | None = None
    left_on: date | None = None

    def present_on(self, day: date) -> bool:
        """Whether the member belongs to the household on that day. The day of leaving does not count."""
        joined = self.joined_on is None or self.joined_on <= day
        left = self.left_on is not None and self.left_on <= day
        return joined and not left


class Involvement(Record, table=True):
    """Another person's part in a client's life, say a guardian: a client too, or known only by name."""

    __tablename__ = "involvements"
    __table_args__ = (
        CheckConstraint(
            "person_client_id IS NOT NULL OR name IS NOT NULL AND name <> ''",
            name="ck_involvements_person_named",
        ),
        CheckConstraint("ended_on >= started_on", name="ck_involvements_days"),
    )

    client_id: str = Field(index=True, sa_column_args=link("clients"))
    person_client_id: str | None = Field(default=None, index=True, sa_column_args=link("clients"))
    name: str | None = None
    role: InvolvementRole = Field(sa_type=one_of(InvolvementRole))
    organization: str | None = None
    language: str | None = None
    alleged_perpetrator: bool = False
    note: str | None = Field(default=None, sa_type=Text)
    started_on: date | None = None
    ended_on: date | None = None


class ClientInput(Input):
    """A client as recorded or imported."""

    reference: Line | None = None
    given_name: Line
    family_name: Line
    preferred_name: Line | None = None
    other_names: Line | None = None
    hidden_name: bool = False
    date_of_birth: BirthDate | None = None
    date_of_birth_quality: DateQuality = DateQuality.NOT_COLLECTED
    language: Language = "en"
    interpreter_needed: bool = False
    living_situation: LivingSituation = LivingSituation.UNKNOWN
    domestic_violence: bool = False
    lone_visit_note: Prose | None = None
    time_zone: TimeZone | None = None

    @model_validator(mode="after")
    def _quality_fits(self) -> Self:
        known = self.date_of_birth_quality in (DateQuality.FULL, DateQuality.APPROXIMATE)
        if known and self.date_of_birth is None:
            raise ValueError("date_of_birth is missing, though its quality says that it is known")
        if self.date_of_birth is not None and not known:
            raise ValueError("date_of_birth_quality is full or approximate when there is a date")
        return self


class HouseholdInput(Input):
    """A household as recorded or imported."""

    reference: Line | None = None
    name: Line


class HouseholdMemberInput(Input):
    """A client's place in a household."""

    household_id: Line
    client_id: Line
    relation: HouseholdRelation = HouseholdRelation.NOT_COLLECTED
    joined_on: date | None = None
    left_on: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.joined_on and self.left_on and self.left_on < self.joined_on:
            raise ValueError("left_on lies before joined_on")
        return self


class InvolvementInput(Input):
    """Another person's part in a client's life."""

    client_id: Line
    person_client_id: Line | None = None
    name: Line | None = None
    role: InvolvementRole
    organization: Line | None = None
    language: Language | None = None
    alleged_perpetrator: bool = False
    note: Prose | None = None
    started_on: date | None = None
    ended_on: date | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.person_client_id is None and self.name is None:
            raise ValueError("name is missing; give a name or person_client_id")
        if self.started_on and self.ended_on and self.ended_on < self.started_on:
            raise ValueError("ended_on lies before started_on")
        return self
