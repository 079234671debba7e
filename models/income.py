"""Incomes: what a person gets, from where, how often, in which time."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Self

from pydantic import model_validator
from sqlalchemy import CheckConstraint
from sqlmodel import Field

from models.base import MoneyAmount, Record, UtcDateTime, link, one_of
from models.input import Amount, Currency, Input, Line


class IncomeFrequency(StrEnum):
    """How often an income comes."""

    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class IncomeSource(StrEnum):
    """Where an income comes from, after the groups of HUD 4.02."""

    EARNED = "earned"
    UNEMPLOYMENT = "unemployment"
    DISABILITY = "disability"
    RETIREMENT = "retirement"
    PENSION = "pension"
    CHILD_BENEFIT = "child_benefit"
    CHILD_SUPPORT = "child_support"
    HOUSING_BENEFIT = "housing_benefit"
    SOCIAL_ASSISTANCE = "social_assistance"
    OTHER = "other"
    NOT_COLLECTED = "not_collected"


class Income(Record, table=True):
    """One income of a client. No amount means that it is not known, never that it is nothing."""

    __tablename__ = "incomes"
    __table_args__ = (
        CheckConstraint("amount >= 0", name="ck_incomes_not_negative"),
        CheckConstraint("ends_on >= starts_on", name="ck_incomes_days"),
        CheckConstraint("length(currency) = 3", name="ck_incomes_currency_length"),
    )

    client_id: str = Field(index=True, sa_column_args=link("clients"))
    source: IncomeSource = Field(default=IncomeSource.NOT_COLLECTED, sa_type=one_of(IncomeSource))
    amount: Decimal | None = Field(default=None, sa_type=MoneyAmount)
    currency: str = Field(max_length=3)
    frequency: IncomeFrequency = Field(sa_type=one_of(IncomeFrequency))
    starts_on: date | None = None
    ends_on: date | None = None
    confirmed_on: date | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)

    def counts_on(self, day: date) -> bool:
        """Whether the income is received at that day; the last day counts."""
        started = self.starts_on is None or self.starts_on <= day
        ended = self.ends_on is not None and self.ends_on < day
        return started and not ended


class IncomeInput(Input):
    """An income as it is reported."""

    client_id: Line
    source: IncomeSource = IncomeSource.NOT_COLLECTED
    amount: Amount | None = None
    currency: Currency
    frequency: IncomeFrequency
    starts_on: date | None = None
    ends_on: date | None = None
    confirmed_on: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValueError("ends_on lies before starts_on")
        return self
