"""Requests that were sent with a key, so that the same one can be sent again and is done once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from models.base import Record, UtcDateTime, link


class SentRequest(Record, table=True):
    """A request of an account to an address (`POST /api/...`) with a key. The row is written in the first
    transaction of what it does, so either both are there or neither. `fingerprint` is a hash of what was
    sent; `status` and `answer` come when it has ended. An answer that is told once is not kept.
    """

    __tablename__ = "sent_requests"
    __table_args__ = (UniqueConstraint("account_id", "address", "key"),)

    account_id: str = Field(sa_column_args=link("accounts"))
    address: str
    key: str
    fingerprint: str = Field(max_length=64)
    sent_at: datetime = Field(index=True, sa_type=UtcDateTime)
    status: int | None = None
    answer: str | None = Field(default=None, sa_type=Text)
