"""Files that people have put into a form, with their contents."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary, UniqueConstraint
from sqlmodel import Field

from models.base import Lasting, UtcDateTime, link


class StoredFile(Lasting, table=True):
    """A file that answers an item of a form. It is never changed and never deleted: it may be what a decision
    rested on.

    `size` is in bytes, `media_type` what the contents were found to be, `sha256` their hash in hexadecimal.
    The same contents are kept once for each item.
    """

    __tablename__ = "stored_files"
    __table_args__ = (
        UniqueConstraint("task_id", "step", "item", "sha256"),
        CheckConstraint("size > 0", name="ck_stored_files_size"),
        CheckConstraint("length(sha256) = 64", name="ck_stored_files_hash_length"),
    )

    task_id: str = Field(sa_column_args=link("human_tasks"))
    case_id: str | None = Field(default=None, index=True, sa_column_args=link("cases"))
    step: str
    item: str
    name: str
    media_type: str
    size: int
    sha256: str = Field(max_length=64)
    stored_at: datetime = Field(sa_type=UtcDateTime)
    stored_by: str | None = Field(default=None, index=True, sa_column_args=link("staff"))


class StoredContents(Lasting, table=True):
    """What is in a file, apart from it, so that nobody reads it who only wants to know that it is there."""

    __tablename__ = "stored_contents"

    file_id: str = Field(unique=True, sa_column_args=link("stored_files"))
    contents: bytes = Field(sa_type=LargeBinary)
