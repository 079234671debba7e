"""Somebody's own account, as its page and the API show it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from models import ApiToken, StaffGroup
from web.access.actor import Actor
from web.accounts.owning import OwnSession, account_of, sessions_of
from web.accounts.tokens import tokens_of


@dataclass(frozen=True, slots=True)
class TokenLine:
    """A token for a program, without its value."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    counts: bool


@dataclass(frozen=True, slots=True)
class TeamPlace:
    """A team that somebody works in, and what they are there."""

    group: str
    role: str


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """One's own account. `factor_begun`: a second factor waits for its first code."""

    name: str
    login: str
    roles: tuple[str, ...]
    teams: tuple[TeamPlace, ...]
    has_password: bool
    password_changed_at: datetime | None
    second_factor: bool
    second_factor_since: datetime | None
    factor_begun: bool
    openid: bool
    sessions: tuple[OwnSession, ...]
    tokens: tuple[TokenLine, ...]


def own_account(session: Session, actor: Actor, token: str, now: datetime) -> OwnAccount:
    """The account of the one who asks; `token` is that of their session."""
    account = account_of(session, actor.account_id)
    return OwnAccount(
        name=actor.name,
        login=account.login,
        roles=tuple(sorted(each.value for each in actor.roles)),
        teams=places_of(session, actor.staff_id),
        has_password=account.password_hash is not None,
        password_changed_at=account.password_changed_at,
        second_factor=account.second_factor,
        second_factor_since=account.totp_confirmed_at,
        factor_begun=account.totp_secret is not None and not account.second_factor,
        openid=account.openid_subject is not None,
        sessions=tuple(sessions_of(session, account.id, token, now)),
        tokens=tuple(token_line(each, now) for each in tokens_of(session, account.id)),
    )


def places_of(session: Session, staff_id: str) -> tuple[TeamPlace, ...]:
    """The teams that somebody works in, in the order of their names."""
    query = select(StaffGroup).where(StaffGroup.staff_id == staff_id).order_by(col(StaffGroup.group))
    return tuple(TeamPlace(each.group, each.role.value) for each in session.exec(query))


def token_line(row: ApiToken, now: datetime) -> TokenLine:
    """A token as it is listed."""
    return TokenLine(
        id=row.id,
        name=row.name,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        counts=row.revoked_at is None and row.expires_at > now,
    )
