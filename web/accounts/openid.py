"""Logging in by OpenID Connect: the code flow with PKCE, state and nonce (OpenID Connect Core 1.0, RFC 7636,
RFC 9207), by Authlib.

An account is known by issuer and subject. The first time it may be matched by a verified e-mail address,
where an administrator has allowed that for this account; nobody gets an account by logging in.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlmodel import Session, col, func, select

from models import Account, Staff, Store
from tasks.history import Act, write_audit
from web.access.watching import NOBODY
from web.accounts.entering import LoggedIn, let_in, locked
from web.accounts.openid_settings import OpenIdSettings
from web.accounts.secret import Secret, token
from web.errors import SecretError, WebError

SCOPE: Final = "openid email profile"
__all__ = ["LASTS", "Arrived", "Begun", "OpenIdError", "OpenIdSettings", "Provider", "discover"]

LASTS: Final = timedelta(minutes=10)
"""How long somebody may take at the provider."""

LEEWAY: Final = 60
"""Seconds by which the provider's clock may be off."""

SIGNED: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures by a key that only the provider has; those made with a shared secret, and none, are refused."""

SECOND_FACTORS: Final = frozenset({"mfa", "otp", "hwk", "swk", "fpt", "face", "sms"})
"""What a provider says (`amr`, RFC 8176) where it asked for more than a password."""

REFUSED: Final = "the login at your organisation's provider did not lead to an account; ask an administrator"


class OpenIdError(WebError):
    """A login by OpenID Connect failed; the message may be shown and says nothing about accounts."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that goes on at the provider: where the browser goes, and what its cookie keeps meanwhile."""

    address: str = field(repr=False)
    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Arrived:
    """Somebody came back and is in; `to` is the page that they wanted."""

    login: LoggedIn
    to: str


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider, with what it says of itself. `connect` makes the HTTP client that asks it."""

    settings: OpenIdSettings
    metadata: Mapping[str, Any]
    connect: Callable[[], httpx.Client] = field(default=lambda: httpx.Client(timeout=10), repr=False)

    def begin(self, secret: Secret, now: datetime, to: str = "/") -> Begun:
        """Send somebody to the provider. The cookie is for this one login, and for ten minutes."""
        state, nonce, verifier = token(), token(), token()
        address = prepare_grant_uri(
            self.metadata["authorization_endpoint"],
            client_id=self.settings.client_id,
            response_type="code",
            redirect_uri=self.settings.redirect_uri,
            scope=SCOPE,
            state=state,
            nonce=nonce,
            code_challenge=create_s256_code_challenge(verifier),
            code_challenge_method="S256",
        )
        kept = {"state": state, "nonce": nonce, "verifier": verifier, "at": now.isoformat(), "to": to}
        return Begun(address, secret.seal(json.dumps(kept), "openid", self.settings.issuer))

    def finish(
        self, store: Store, secret: Secret, cookie: str, query: Mapping[str, str], address: str, now: datetime
    ) -> Arrived:
        """Somebody comes back from the provider with `query`; begin their session. OpenIdError says why not,
        and the audit has a failed login.
        """
        try:
            kept = self._kept(secret, cookie, query, now)
            claims = self._claims(self._tokens(query["code"], kept["verifier"]), kept["nonce"], now)
        except OpenIdError:
            with store.write() as session:
                write_audit(session, NOBODY, Act.LOG_IN_FAILED, "Account", None, now, reason="openid")
            raise
        whence = secret.fingerprint("address", address)
        with store.write() as session:
            login = self._enter(session, claims, whence, now)
        if login is None:
            raise OpenIdError(REFUSED)
        return Arrived(login, kept["to"])

    # -- what comes back

    def _kept(
        self, secret: Secret, cookie: str, query: Mapping[str, str], now: datetime
    ) -> Mapping[str, str]:
        """What the cookie kept, when the answer belongs to it."""
        try:
            kept: dict[str, str] = json.loads(secret.open(cookie, "openid", self.settings.issuer))
        except SecretError:
            raise OpenIdError("this login was not begun in this browser; begin it again") from None
        if now - datetime.fromisoformat(kept["at"]) > LASTS:
            raise OpenIdError("this took longer than ten minutes; begin the login again")
        if not hmac.compare_digest(query.get("state", "").encode(), kept["state"].encode()):
            raise OpenIdError("this answer belongs to another login; begin it again")
        if "iss" in query and query["iss"] != self.settings.issuer:
            raise OpenIdError("this answer is of another provider; begin the login again")
        if "code" not in query:
            raise OpenIdError("the provider refused the login; begin it again, or ask its administrator")
        return kept

    def _tokens(self, code: str, verifier: str) -> Mapping[str, Any]:
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "code_verifier": verifier,
            "redirect_uri": self.settings.redirect_uri,
            "client_id": self.settings.client_id,
        }
        secret = self.settings.client_secret
        name = quote(self.settings.client_id)
        proof = httpx.USE_CLIENT_DEFAULT if secret is None else httpx.BasicAuth(name, quote(secret))
        try:
            with self.connect() as client:
                answer = client.post(self.metadata["token_endpoint"], data=asked, auth=proof)
            return dict(answer.raise_for_status().json())
        except (httpx.HTTPError, ValueError):
            raise OpenIdError("the provider did not confirm the login; begin it again") from None

    def _claims(self, tokens: Mapping[str, Any], nonce: str, now: datetime) -> Mapping[str, Any]:
        """What the provider says of the person, when it is signed by it, for us, now, and for this login."""
        said = self.metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        try:
            decoded = jwt.decode(
                tokens["id_token"], self._keys(), algorithms=[each for each in SIGNED if each in said]
            )
            claims = CodeIDToken(
                decoded.claims,
                decoded.header,
                {
                    "iss": {"essential": True, "value": self.settings.issuer},
                    "aud": {"essential": True, "value": self.settings.client_id},
                    "nonce": {"essential": True, "value": nonce},
                },
                {
                    "nonce": nonce,
                    "client_id": self.settings.client_id,
                    "access_token": tokens.get("access_token"),
                },
            )
            claims.validate(now=int(now.astimezone(UTC).timestamp()), leeway=LEEWAY)
        except (JoseError, KeyError, ValueError, httpx.HTTPError):
            raise OpenIdError("what the provider says of the login does not hold; begin it again") from None
        return dict(claims)

    def _keys(self) -> KeySet:
        """The provider's keys, asked for at each login, so that new ones count at once."""
        with self.connect() as client:
            return KeySet.import_key_set(client.get(self.metadata["jwks_uri"]).raise_for_status().json())

    # -- whose account it is

    def _enter(
        self, session: Session, claims: Mapping[str, Any], whence: str, now: datetime
    ) -> LoggedIn | None:
        account = self._account(session, claims)
        if account is None:
            write_audit(session, NOBODY, Act.LOG_IN_FAILED, "Account", None, now, reason="openid: no account")
            return None
        if account.openid_subject is None:
            account.openid_issuer, account.openid_subject = self.settings.issuer, str(claims["sub"])
            account.openid_by_email = False
            session.add(account)
            fields = ("openid_issuer", "openid_subject")
            write_audit(session, account.staff_id, Act.UPDATE, "Account", account.id, now, fields=fields)
        more = not SECOND_FACTORS.isdisjoint(claims.get("amr") or ())
        return let_in(session, account, now, whence=whence, second_factor=more)

    def _account(self, session: Session, claims: Mapping[str, Any]) -> Account | None:
        bound = select(Account.id).where(
            Account.openid_issuer == self.settings.issuer, Account.openid_subject == str(claims["sub"])
        )
        found = session.exec(bound).first()
        if found is None and claims.get("email") and claims.get("email_verified") is True:
            matching = (
                select(Account.id)
                .join(Staff, col(Staff.id) == col(Account.staff_id))
                .where(
                    col(Account.openid_by_email),
                    col(Account.openid_subject).is_(None),
                    func.lower(Staff.email) == str(claims["email"]).lower(),
                )
            )
            found = session.exec(matching).first()
        return None if found is None else locked(session, found)


def discover(
    settings: OpenIdSettings, connect: Callable[[], httpx.Client] = lambda: httpx.Client(timeout=10)
) -> Provider:
    """Ask the issuer what it is (OpenID Connect Discovery 1.0). OpenIdError when it is not to be had over TLS
    (this machine excepted), says that it is another one, or lacks what a login needs.
    """
    for each in (settings.issuer, settings.redirect_uri):
        _refuse_plain(each)
    address = settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        with connect() as client:
            metadata = client.get(address).raise_for_status().json()
    except (httpx.HTTPError, ValueError):
        raise OpenIdError(f"{address} does not answer as a provider of OpenID Connect does") from None
    if metadata.get("issuer") != settings.issuer:
        raise OpenIdError(f"{address} says that it is another issuer; correct the setting")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not isinstance(metadata.get(name), str):
            raise OpenIdError(f"{address} names no {name}")
        _refuse_plain(metadata[name])
    return Provider(settings, metadata, connect)


def _refuse_plain(address: str) -> None:
    parts = urlsplit(address)
    here = parts.hostname in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (parts.scheme == "http" and here):
        raise OpenIdError(f"{address} is not reached over TLS; give an https address")
