"""Timers that tell when somebody who went alone has not checked in"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0023"
down_revision: str | None = "0022"
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
    "begin",
    "date_rule",
    "order",
    "wait",
    "check_in",
)


def upgrade() -> None:
    with op.batch_alter_table("timers") as timers:
        timers.drop_constraint("ck_timers_purpose", type_="check")
        timers.create_check_constraint("ck_timers_purpose", sa.column("purpose").in_(PURPOSES))


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
