"""Instances that are being cancelled"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: None = None
depends_on: None = None

STATUSES = ("running", "waiting", "incident", "held", "cancelling", "completed", "cancelled")


def upgrade() -> None:
    with op.batch_alter_table("instances") as instances:
        instances.drop_constraint("ck_instances_status", type_="check")
        instances.create_check_constraint("ck_instances_status", sa.column("status").in_(STATUSES))


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
