"""Marks that the engine keeps beside the outputs of a step begin with `#`

A question of a form may have the name of any of them, so a mark of an older release is told from an answer by
what it holds: answers are texts, lists of texts and objects of four shapes, marks are numbers, ids of tasks,
objects of other shapes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: None = None
depends_on: None = None

MARKS = (
    *("members", "branches", "winner", "round", "left", "exit"),
    *("handover", "returned", "sent_back", "skipped_by"),
)
OBJECTS = ({"record", "id"}, {"amount", "currency"}, {"amount", "unit"})
"""The keys of answers and values that are objects, besides `no_answer`."""

AT_ONCE = 500

runs = sa.table(
    "step_runs",
    sa.column("id", sa.String),
    sa.column("status", sa.String),
    sa.column("reason", sa.String),
    sa.column("inputs", sa.JSON),
    sa.column("outputs", sa.JSON),
)
tasks = sa.table("human_tasks", sa.column("id", sa.String), sa.column("kind", sa.String))


def upgrade() -> None:
    connection = op.get_bind()
    if not isinstance(connection, sa.Connection):  # only the SQL is written down: there is nothing to read
        return
    handled = _ids(connection, "handover"), _ids(connection, "incident")
    text = {name: sa.cast(runs.c[name], sa.Text) for name in ("inputs", "outputs")}
    named = sa.or_(
        text["inputs"].like('%"sent_back"%'), *(text["outputs"].like(f'%"{mark}"%') for mark in MARKS)
    )
    found = connection.execute(sa.select(runs).where(named).order_by(runs.c.id)).mappings().all()
    changing = (
        sa.update(runs)
        .where(runs.c.id == sa.bindparam("run"))
        .values(inputs=sa.bindparam("read", type_=sa.JSON), outputs=sa.bindparam("gave", type_=sa.JSON))
    )
    changed = []
    for row in found:
        read, gave = _plain(row["inputs"]), _plain(row["outputs"])
        fresh = renamed(gave, row["status"], row["reason"] or "", *handled)
        told = {("#sent_back" if name == "sent_back" else name): each for name, each in read.items()}
        if (fresh, told) != (gave, read):
            changed.append({"run": row["id"], "read": told, "gave": fresh})
    for first in range(0, len(changed), AT_ONCE):
        connection.execute(changing, changed[first : first + AT_ONCE])


def renamed(
    outputs: Mapping[str, Any],
    status: str,
    reason: str,
    handovers: Collection[str],
    incidents: Collection[str],
) -> dict[str, Any]:
    """The outputs with `#` before each mark."""
    block = not {"each", "count", "ended", "branch"}.isdisjoint(outputs)
    is_mark: Mapping[str, Callable[[Any], bool]] = {
        "winner": _is_number,
        "round": _is_number,
        "branches": lambda value: isinstance(value, list) and bool(value) and all(map(_is_number, value)),
        "members": lambda value: isinstance(value, dict) and not _is_value(value),
        "left": lambda value: isinstance(value, list) and block,
        "exit": lambda value: isinstance(value, dict) and set(value) == {"kind", "branch", "done"},
        "handover": lambda value: isinstance(value, str) and value in handovers,
        "skipped_by": lambda value: isinstance(value, str) and value in incidents,
        "returned": lambda value: value is True,
        "sent_back": lambda value: (
            isinstance(value, str) and status == "superseded" and reason.startswith("sent back by ")
        ),
    }
    return {
        f"#{name}" if name in is_mark and is_mark[name](value) else name: value
        for name, value in outputs.items()
    }


def _is_number(each: object) -> bool:
    return isinstance(each, int) and not isinstance(each, bool)


def _is_value(each: Mapping[str, Any]) -> bool:
    return "no_answer" in each or set(each) in OBJECTS


def _ids(connection: sa.Connection, kind: str) -> frozenset[str]:
    return frozenset(connection.scalars(sa.select(tasks.c.id).where(tasks.c.kind == kind)))


def _plain(stored: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(stored) if isinstance(stored, str) else dict(stored or {})
    return found


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
