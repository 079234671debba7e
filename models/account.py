"""Accounts: how a member of staff logs in, what they are allowed to be, and the sessions that they have.

Nothing here holds a password, a token or a second factor in the clear: passwords and tokens are kept as
hashes, the secret of a second factor is encrypted with the application's own secret.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, Index, Text, UniqueConstraint
from sqlmodel import Field

from models.base import Json, Record, Revised, UtcDateTime, link, one_of


class Role(StrEnum):
    """What somebody may be in the application; an account may have several."""

    CASEWORKER = "caseworker"
    SPECIALIST = "specialist"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    OPERATIONS = "operations"
    DATA_PROTECTION = "data_protection"
    ADMINISTRATOR = "administrator"


class Account(Revised, table=True):
    """The one account of a member of staff. `login` is normalised, so two that look alike are one.

    `totp_secret` is encrypted; it counts from `totp_confirmed_at` on. `totp_last_step` is the number of the
    half minute whose code was used last. `openid_by_email` allows the first login by OpenID Connect to be
    matched by a verified e-mail address; afterwards issuer and subject name the account.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        CheckConstraint(
            "(openid_issuer IS NULL) = (openid_subject IS NULL)", name="ck_accounts_openid_both_or_none"
        ),
        CheckConstraint(
            "totp_confirmed_at IS NULL OR totp_secret IS NOT NULL", name="ck_accounts_totp_has_secret"
        ),
        UniqueConstraint("openid_issuer", "openid_subject"),
    )

    staff_id: str = Field(unique=True, sa_column_args=link("staff"))
    login: str = Field(unique=True)
    password_hash: str | None = Field(default=None, sa_type=Text)
    password_changed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    must_change_password: bool = False
    totp_secret: str | None = Field(default=None, sa_type=Text)
    totp_confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    totp_last_step: int | None = Field(default=None, sa_type=BigInteger)
    openid_issuer: str | None = None
    openid_subject: str | None = None
    openid_by_email: bool = False
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    @property
    def second_factor(self) -> bool:
        """Whether a login needs a code besides the password."""
        return self.totp_confirmed_at is not None


class AccountRole(Record, table=True):
    """A role that an account has."""

    __tablename__ = "account_roles"
    __table_args__ = (UniqueConstraint("account_id", "role"),)

    account_id: str = Field(sa_column_args=link("accounts"))
    role: Role = Field(sa_type=one_of(Role))
    granted_at: datetime = Field(sa_type=UtcDateTime)
    granted_by: str


class LoginSession(Record, table=True):
    """One login. Only a hash of the token is kept, and only a hash of the address that it came from."""

    __tablename__ = "login_sessions"

    account_id: str = Field(index=True, sa_column_args=link("accounts"))
    token_hash: str = Field(unique=True, max_length=64)
    address_hash: str | None = Field(default=None, max_length=64)
    second_factor: bool = False
    begun_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LoginThrottle(Record, table=True):
    """How often a login went wrong lately, for an account or an address, which `key` names by a hash.

    `level` is the count at `counted_at`; it goes down as time passes.
    """

    __tablename__ = "login_throttles"

    key: str = Field(unique=True, max_length=80)
    level: float
    counted_at: datetime = Field(sa_type=UtcDateTime, index=True)


class ApiToken(Record, table=True):
    """A key for programs that act for an account, with the scopes it has. Only its hash is kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (Index("ix_api_tokens_submission", "account_id", "idempotency_key", unique=True),)

    account_id: str = Field(index=True, sa_column_args=link("accounts"))
    name: str
    token_hash: str = Field(unique=True, max_length=64)
    scopes: list[str] = Field(default_factory=list, sa_type=Json)
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    expires_at: datetime = Field(sa_type=UtcDateTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    idempotency_key: str | None = None
