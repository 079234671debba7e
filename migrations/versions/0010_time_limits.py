"""Timers of the time limits of steps; open timers by moment and id"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: None = None
depends_on: None = None

PURPOSES = (
    "remind",
    "escalate",
    "not_accepted",
    "silence",
    "deadline",
    "retry",
    "visit",
    "report",
    "chase",
    "due",
    "start",
    "time_limit",
)


OPEN = sa.text("fired_at IS NULL AND withdrawn_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("timers") as timers:
        timers.drop_constraint("ck_timers_purpose", type_="check")
        timers.create_check_constraint("ck_timers_purpose", sa.column("purpose").in_(PURPOSES))
    # many timers may be due at one moment: they are taken in the order of this index, without sorting
    op.drop_index("ix_timers_open_due", "timers")
    op.create_index("ix_timers_open", "timers", ["due_at", "id"], sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
