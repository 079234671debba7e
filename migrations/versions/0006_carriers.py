"""What carries a pass, and which wakes are critical"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: None = None
depends_on: None = None

UNTOLD = sa.text("closed_at IS NULL AND carrier <> 'direct'")
UNORDINARY = sa.text("critical IS NOT false")


def upgrade() -> None:
    with op.batch_alter_table("leases") as leases:
        leases.add_column(sa.Column("carrier", sa.String(40), nullable=False, server_default="direct"))
        leases.create_check_constraint(
            "ck_leases_carrier", sa.column("carrier").in_(("direct", "prefect", "critical"))
        )
        leases.add_column(sa.Column("carrier_run_id", sa.String(), nullable=True))
        leases.add_column(sa.Column("version_id", sa.String(), nullable=True))
        leases.add_column(sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
        leases.add_column(sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
        leases.add_column(sa.Column("instances", sa.JSON(), nullable=False, server_default="[]"))
    op.create_index(
        "ix_leases_untold",
        "leases",
        ["carrier", "acquired_at"],
        sqlite_where=UNTOLD,
        postgresql_where=UNTOLD,
    )
    op.add_column("wakes", sa.Column("critical", sa.Boolean(), nullable=True))
    op.create_index(
        "ix_wakes_unordinary",
        "wakes",
        ["kind", "instance_id"],
        sqlite_where=UNORDINARY,
        postgresql_where=UNORDINARY,
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
