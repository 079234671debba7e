"""Case notes. A signed note is locked: it is amended by another note."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, event, false, inspect
from sqlalchemy import Text as SqlText
from sqlmodel import Field

from models.base import RecordError, Revised, UtcDateTime, link, one_of
from models.input import Input, Line, Prose


class NoteKind(StrEnum):
    """What a case note is about (domain.md)."""

    CONTACT = "contact"
    VISIT = "visit"
    SUPERVISION = "supervision"
    CONFERENCE = "conference"
    CORRESPONDENCE = "correspondence"
    MANAGEMENT_DECISION = "management_decision"
    OTHER = "other"


class CaseNote(Revised, table=True):
    """What happened, written by a worker. Once signed, SQLAlchemy refuses to change or delete it.

    `with_client`: the client was seen or spoken to. `third_party`: it holds what somebody else has told in
    confidence, who is named in `source`; it is not for the client's eyes without being looked through.
    """

    __tablename__ = "case_notes"
    __table_args__ = (
        CheckConstraint("(signed_at IS NULL) = (signed_by IS NULL)", name="ck_case_notes_signed_by_someone"),
        CheckConstraint(
            "NOT third_party OR coalesce(source, '') <> ''", name="ck_case_notes_third_party_named"
        ),
    )

    case_id: str = Field(index=True, sa_column_args=link("cases"))
    kind: NoteKind = Field(sa_type=one_of(NoteKind))
    title: str
    text: str = Field(sa_type=SqlText)
    happened_at: datetime = Field(sa_type=UtcDateTime)
    written_at: datetime = Field(sa_type=UtcDateTime)
    written_by: str = Field(index=True, sa_column_args=link("staff"))
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    signed_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))
    amends_id: str | None = Field(default=None, index=True, sa_column_args=link("case_notes"))
    with_client: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    significant: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    third_party: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    source: str | None = None
    idempotency_key: str | None = Field(default=None, unique=True)


class CaseNoteInput(Input):
    """A case note as a worker writes it."""

    case_id: Line
    kind: NoteKind
    title: Line
    text: Prose
    happened_at: datetime
    amends_id: Line | None = None
    with_client: bool = False
    significant: bool = False
    third_party: bool = False
    source: Line | None = None


@event.listens_for(CaseNote, "before_update")
@event.listens_for(CaseNote, "before_delete")
def _keep_signed(_mapper: Any, _connection: Any, note: CaseNote) -> None:
    before = inspect(note).attrs.signed_at.history
    was_signed = any(before.deleted or before.unchanged or ())
    if was_signed:
        raise RecordError(f"Case note {note.id} is signed and locked. Write a note that amends it.")
