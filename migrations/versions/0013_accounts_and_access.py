"""Accounts, sessions, and who is let in to a case or kept from it"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: None = None
depends_on: None = None

ROLES = (
    "caseworker",
    "specialist",
    "supervisor",
    "manager",
    "operations",
    "data_protection",
    "administrator",
)


def upgrade() -> None:
    _accounts()
    _sessions()
    _access()


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("totp_secret", sa.Text(), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
        sa.Column("openid_issuer", sa.String(), nullable=True),
        sa.Column("openid_subject", sa.String(), nullable=True),
        sa.Column("openid_by_email", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(openid_issuer IS NULL) = (openid_subject IS NULL)", name="ck_accounts_openid_both_or_none"
        ),
        sa.CheckConstraint(
            "totp_confirmed_at IS NULL OR totp_secret IS NOT NULL", name="ck_accounts_totp_has_secret"
        ),
        _link("staff_id", "accounts", "staff"),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
        sa.UniqueConstraint("login", name="uq_accounts_login"),
        sa.UniqueConstraint(
            "openid_issuer", "openid_subject", name="uq_accounts_openid_issuer_openid_subject"
        ),
        sa.UniqueConstraint("staff_id", name="uq_accounts_staff_id"),
    )
    op.create_table(
        "account_roles",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("role", sa.String(40), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by", sa.String(), nullable=False),
        sa.CheckConstraint(sa.column("role").in_(ROLES), name="ck_account_roles_role"),
        _link("account_id", "account_roles", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_account_roles"),
        sa.UniqueConstraint("account_id", "role", name="uq_account_roles_account_id_role"),
    )


def _sessions() -> None:
    op.create_table(
        "login_sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("address_hash", sa.String(64), nullable=True),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        _link("account_id", "login_sessions", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_login_sessions"),
        sa.UniqueConstraint("token_hash", name="uq_login_sessions_token_hash"),
    )
    op.create_index("ix_login_sessions_account_id", "login_sessions", ["account_id"])
    op.create_table(
        "login_throttles",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(80), nullable=False),
        sa.Column("level", sa.Float(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_throttles"),
        sa.UniqueConstraint("key", name="uq_login_throttles_key"),
    )
    op.create_index("ix_login_throttles_counted_at", "login_throttles", ["counted_at"])
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        _link("account_id", "api_tokens", "accounts"),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("token_hash", name="uq_api_tokens_token_hash"),
    )
    op.create_index("ix_api_tokens_account_id", "api_tokens", ["account_id"])


def _access() -> None:
    op.create_table(
        "case_confidants",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("named_by", sa.String(), nullable=False),
        _link("case_id", "case_confidants", "cases"),
        _link("staff_id", "case_confidants", "staff"),
        sa.PrimaryKeyConstraint("id", name="pk_case_confidants"),
        sa.UniqueConstraint("case_id", "staff_id", name="uq_case_confidants_case_id_staff_id"),
    )
    op.create_index("ix_case_confidants_staff_id", "case_confidants", ["staff_id"])
    op.create_table(
        "conflicts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.String(), nullable=True),
        sa.CheckConstraint("ended_at IS NULL OR ended_by IS NOT NULL", name="ck_conflicts_ended_by_someone"),
        _link("staff_id", "conflicts", "staff"),
        _link("client_id", "conflicts", "clients"),
        sa.PrimaryKeyConstraint("id", name="pk_conflicts"),
    )
    op.create_index("ix_conflicts_client_id", "conflicts", ["client_id"])
    _partial("ix_conflicts_open", "conflicts", ["staff_id", "client_id"], "ended_at IS NULL", unique=True)
    op.create_table(
        "break_glasses",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("finding", sa.Text(), nullable=True),
        sa.CheckConstraint("expires_at > opened_at", name="ck_break_glasses_limited"),
        sa.CheckConstraint("(reviewed_at IS NULL) = (reviewed_by IS NULL)", name="ck_break_glasses_reviewed"),
        _link("case_id", "break_glasses", "cases"),
        _link("staff_id", "break_glasses", "staff"),
        _link("reviewed_by", "break_glasses", "staff"),
        sa.PrimaryKeyConstraint("id", name="pk_break_glasses"),
    )
    op.create_index("ix_break_glasses_case_id", "break_glasses", ["case_id"])
    op.create_index("ix_break_glasses_reviewed_by", "break_glasses", ["reviewed_by"])
    op.create_index("ix_break_glasses_staff_id_expires_at", "break_glasses", ["staff_id", "expires_at"])
    _partial("ix_break_glasses_to_review", "break_glasses", ["opened_at"], "reviewed_at IS NULL")
    _partial("ix_human_tasks_told", "human_tasks", ["case_id"], "CAST(escalated_to AS VARCHAR) <> '[]'")


def _partial(name: str, table: str, columns: list[str], where: str, *, unique: bool = False) -> None:
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
    )


def _link(column: str, table: str, target: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint(
        [column], [f"{target}.id"], name=name, deferrable=True, initially="DEFERRED"
    )


def downgrade() -> None:
    raise NotImplementedError("Casewright does not go back to an older database. Restore the backup instead.")
