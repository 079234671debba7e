"""Parts of tables that revisions use. What a released revision used is never changed here."""

from __future__ import annotations

import sqlalchemy as sa


def one_of(*values: str) -> sa.Enum:
    """Text with a CHECK of its values, named `ck_<table>_<column>`; the same on both databases."""
    return sa.Enum(*values, name=None, native_enum=False, create_constraint=True, length=40)


def link(column: str, table: str, *, name: str, on_delete: str | None = None) -> sa.ForeignKeyConstraint:
    """A foreign key to the id of a record of `table`, checked at commit."""
    return sa.ForeignKeyConstraint(
        [column], [f"{table}.id"], name=name, ondelete=on_delete, deferrable=True, initially="DEFERRED"
    )
