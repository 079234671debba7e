"""Signals: what tells the processes of a case that something has happened, and who has taken it in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from models.base import Json, Lasting, UtcDateTime, link


class Signal(Lasting, table=True):
    """A signal about one case, written once per `key`. `carried` has its values by name, as JSON, and whether
    somebody is alerted anyway.

    `links` is how many beginnings have led to the instance that sent it, 0 for a person.
    """

    __tablename__ = "signals"
    __table_args__ = (Index("ix_signals_case_id_name", "case_id", "name"),)

    name: str
    case_id: str = Field(sa_column_args=link("cases"))
    carried: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    sent_at: datetime = Field(sa_type=UtcDateTime)
    sent_by: str
    instance_id: str | None = Field(default=None, index=True, sa_column_args=link("instances"))
    key: str = Field(unique=True)
    links: int = 0


class SignalReceipt(Lasting, table=True):
    """That an instance has taken a signal in: it does so once."""

    __tablename__ = "signal_receipts"
    __table_args__ = (UniqueConstraint("signal_id", "instance_id"),)

    signal_id: str = Field(sa_column_args=link("signals"))
    instance_id: str = Field(index=True, sa_column_args=link("instances"))
    step_run_id: str
    taken_at: datetime = Field(sa_type=UtcDateTime)
