"""Steps that wait for a moment, and their timers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
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
)
WAITS = ("people", "message", "condition", "child", "timer", "iterations", "signal", "moment")


def upgrade() -> None:
    with op.batch_alter_table("timers") as timers:
        timers.drop_constraint("ck_timers_purpose", type_="check")
        timers.create_check_constraint("ck_timers_purpose", sa.column("purpose").in_(PURPOSES))
    with op.batch_alter_table("step_runs") as runs:
        runs.drop_constraint("ck_step_runs_waits_for", type_="check")
        runs.create_check_constraint("ck_step_runs_waits_for", sa.column("waits_for").in_(WAITS))


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
