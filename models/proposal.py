"""Definitions that somebody puts forward, and that somebody else approves or refuses."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlmodel import Field

from models.base import Json, Revised, UtcDateTime, link, one_of


class ProposalState(StrEnum):
    """Where a proposal stands; all but `waiting` are final."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class ProcessProposal(Revised, table=True):
    """A definition that is to come into force: the files as they were sent, the hash that it would be
    published under, and why. `based_on` is the number of the version in force when it was put forward, 0 for
    none; `tried` what came of its scenarios. Whoever put it forward never approves it.
    """

    __tablename__ = "process_proposals"
    __table_args__ = (
        CheckConstraint(
            "(state = 'waiting') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL)",
            name="ck_process_proposals_decided",
        ),
        CheckConstraint(
            "state <> 'approved' OR (decided_by <> proposed_by AND version_id IS NOT NULL)",
            name="ck_process_proposals_four_eyes",
        ),
        CheckConstraint("length(content_hash) = 64", name="ck_process_proposals_hash_length"),
        Index(
            "ix_process_proposals_waiting",
            "process",
            "content_hash",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    process: str = Field(index=True)
    title: str
    content_hash: str = Field(max_length=64)
    files: list[dict[str, str]] = Field(default_factory=list, sa_type=Json)
    based_on: int = 0
    reason: str = Field(sa_type=Text)
    tried: dict[str, Any] = Field(default_factory=dict, sa_type=Json)
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    proposed_by: str = Field(sa_column_args=link("staff"))
    state: ProposalState = Field(default=ProposalState.WAITING, sa_type=one_of(ProposalState))
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by: str | None = Field(default=None, sa_column_args=link("staff"))
    decision: str | None = Field(default=None, sa_type=Text)
    version_id: str | None = Field(default=None, index=True, sa_column_args=link("definition_versions"))
