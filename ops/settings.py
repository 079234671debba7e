"""The settings: everything that is read from the environment, once, checked, and frozen.

Each is a variable `CASEWRIGHT_...`. An unknown one is refused, so that a typo does not go unnoticed.
Secrets are never printed: neither by an error nor by `repr`.
"""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final, Literal, TypeVar, cast

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from definitions import suggest
from flows.limits import Limits
from notifications import SmtpSettings, TwilioSettings
from notifications.sms import STATUS_PATH
from ops.errors import SettingsError

PREFIX: Final = "CASEWRIGHT_"
DEFAULT_HOME: Final = ".casewright"
SECURITY: Final = ("tls", "starttls", "none")

VARIABLES: Final[Mapping[str, str]] = {
    "HOME": "folder for all that is written (default: .casewright in the working directory)",
    "DATABASE_URL": "sqlite:///FILE or postgresql+psycopg://... (default: casewright.db in the home)",
    "DEFINITIONS": "folder with a department's own processes, vocabulary.yaml, templates/ and contact-form/",
    "PLUGINS": "modules with step kinds of one's own, separated by commas",
    "COUNTRY": "country (ISO 3166-1 alpha-2) of telephone numbers written without one (default: US)",
    "SMTP_HOST": "mail server; without it e-mails are written into the home's messages folder",
    "SMTP_PORT": "its port (default: 587)",
    "SMTP_SECURITY": "tls, starttls or none (default: starttls)",
    "SMTP_USER": "user name at the mail server",
    "SMTP_PASSWORD": "password at the mail server",
    "SMTP_SENDER": "address that e-mails come from",
    "SMTP_SENDER_NAME": "name that e-mails come from",
    "TWILIO_ACCOUNT": "account SID; without it SMS are written into the home's messages folder",
    "TWILIO_TOKEN": "auth token",
    "TWILIO_FROM": "number in E.164, or a messaging service (MG...)",
    "TWILIO_BASE_URL": "replaces https://api.twilio.com",
    "TWILIO_CALLBACK_URL": "address for receipts; without it that of the pages, where WEB_ADDRESS is https://",
    "PREFECT_API_URL": "API of a Prefect server (default: that of `casewright server`, or one for a command)",
    "PREFECT_AUTH": "NAME:PASSWORD that Prefect's API asks for; `casewright server` then asks for it too",
    "PREFECT_DATABASE_URL": "database of `casewright server`, postgresql+asyncpg://... (default: a file)",
    "POOL": "work pool of Prefect (default: casewright)",
    "PASSES": "passes under way at most: one, unless it hangs or somebody starts others (default: 4)",
    "START_SECONDS": "how long a dispatched pass may take to begin; then it is dispatched anew (default: 30)",
    "BATCH": "instances of one pass at most (default: 500)",
    "LEASE_SECONDS": "how long a claim lasts without renewal (default: 60)",
    "RENEWAL_SECONDS": "how often a claim is renewed (default: 15)",
    "PASS_SECONDS": "after how long a pass ends at the next step (default: 4)",
    "LEADERSHIP_SECONDS": "how long the process that ticks leads without saying so again (default: 10)",
    "LEADERSHIP_RENEWAL_SECONDS": "how often it says so, and how often others ask (default: 2)",
    "TICK_SECONDS": "how often it looks for what is due (default: 1)",
    "WEB_ADDRESS": "https:// address at which browsers reach the pages, where a proxy stands in front",
    "HOOK_HOSTS": "hosts of one's own network that webhooks may go to, separated by commas (default: none)",
    "PUBLIC_FORM": "1 lets people ask for help at /contact without logging in (default: 0)",
    "METRICS_PORT": "port at which a process that lives on serves its metrics (default: none)",
    "METRICS_ADDRESS": "address at which it does (default: 127.0.0.1, this machine alone)",
    "LOG": "form of the log on the standard error: plain or json (default: plain)",
    "LOG_LEVEL": "debug, info, warning or error (default: warning)",
    "OTLP_ENDPOINT": "collector that traces are sent to, as in http://127.0.0.1:4318 (default: none)",
    "OPENID_ISSUER": "provider of OpenID Connect that people may log in at, as in https://login.example.org",
    "OPENID_CLIENT": "what the provider calls this application",
    "OPENID_SECRET": "what the two of them know (default: none, a public client)",
    "SECRET": "what second factors and cookies are encrypted with, 32 characters or more",
    "FAULT": "for crash tests: NAME[:n], the process kills itself there",
}
"""Every setting and what it means, without its prefix."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class OpenIdClient:
    """A provider of OpenID Connect, and what it calls us."""

    issuer: str
    client_id: str
    client_secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What the process was told. Paths are absolute. `smtp` and `twilio` are None where not configured."""

    home: Path
    database_url: str = field(repr=False)
    definitions: Path | None = None
    plugins: tuple[str, ...] = ()
    country: str = "US"
    smtp: SmtpSettings | None = None
    twilio: TwilioSettings | None = None
    prefect_api_url: str | None = field(default=None, repr=False)
    prefect_auth: str | None = field(default=None, repr=False)
    web_address: str | None = None
    public_form: bool = False
    hook_hosts: frozenset[str] = frozenset()
    metrics_port: int | None = None
    metrics_address: str = "127.0.0.1"
    prefect_database_url: str | None = field(default=None, repr=False)
    pool: str = "casewright"
    log: str = "plain"
    log_level: str = "warning"
    otlp_endpoint: str | None = None
    openid: OpenIdClient | None = None
    secret: str | None = field(default=None, repr=False)
    fault: str | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def messages(self) -> Path:
        """The folder that messages are written into when no provider is configured."""
        return self.home / "messages"

    @property
    def prefect_home(self) -> Path:
        """Prefect's own folder."""
        return self.home / "prefect"

    @property
    def database_file(self) -> Path | None:
        """The file of an SQLite database; None for a server."""
        url = make_url(self.database_url)
        return Path(str(url.database)) if url.get_backend_name() == "sqlite" else None


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings in the environment. Raises SettingsError, which names the variable and what is allowed."""
    given = _Given(os.environ if environment is None else environment)
    home = _folder(given.text("HOME") or DEFAULT_HOME)
    return Settings(
        home=home,
        database_url=_database_url(given, home),
        definitions=given.read("DEFINITIONS", _existing_folder),
        plugins=tuple(each.strip() for each in (given.text("PLUGINS") or "").split(",") if each.strip()),
        country=given.read("COUNTRY", _country) or "US",
        smtp=_smtp(given),
        twilio=_twilio(given),
        prefect_api_url=given.read("PREFECT_API_URL", _web_address),
        prefect_auth=given.read("PREFECT_AUTH", _name_and_password),
        web_address=given.read("WEB_ADDRESS", _web_address),
        hook_hosts=given.read("HOOK_HOSTS", _hosts) or frozenset(),
        public_form=given.read("PUBLIC_FORM", _one_of("0", "1")) == "1",
        metrics_port=given.read("METRICS_PORT", _whole),
        metrics_address=given.read("METRICS_ADDRESS", _ip_address) or "127.0.0.1",
        prefect_database_url=given.text("PREFECT_DATABASE_URL"),
        pool=given.text("POOL") or "casewright",
        log=given.read("LOG", _one_of("plain", "json")) or "plain",
        log_level=given.read("LOG_LEVEL", _one_of("debug", "info", "warning", "error")) or "warning",
        otlp_endpoint=given.read("OTLP_ENDPOINT", _web_address),
        openid=_openid(given),
        secret=given.read("SECRET", _secret),
        fault=given.text("FAULT"),
        limits=_limits(given),
    )


class _Given:
    """The variables that are set and not empty, by name without the prefix."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        mine = {name: value for name, value in environment.items() if name.startswith(PREFIX)}
        for name in sorted(mine):
            if name.removeprefix(PREFIX) not in VARIABLES:
                known = [PREFIX + each for each in VARIABLES]
                meant = suggest(name, known)
                action = f"did you mean {meant}?" if meant else f"the settings are {', '.join(known)}"
                raise SettingsError(f"{name} is not a setting", action=action)
        self._values = {
            name.removeprefix(PREFIX): value.strip() for name, value in mine.items() if value.strip()
        }

    def text(self, name: str) -> str | None:
        """The variable's text, or None."""
        return self._values.get(name)

    def read(self, name: str, reader: Callable[[str], T]) -> T | None:
        """The variable's value as `reader` reads it; its ValueError becomes a SettingsError."""
        text = self._values.get(name)
        if text is None:
            return None
        try:
            return reader(text)
        except ValueError as error:
            raise SettingsError(f"{PREFIX}{name}: {error}") from None  # the cause may hold a password

    def need(self, name: str, because: str) -> str:
        """The variable's text; SettingsError when it is not set."""
        text = self.text(name)
        if text is None:
            raise SettingsError(
                f"{PREFIX}{name} is missing, and {PREFIX}{because} is set", action="set both or none"
            )
        return text


def _folder(text: str) -> Path:
    return Path(text).expanduser().resolve()


def _existing_folder(text: str) -> Path:
    folder = _folder(text)
    if not folder.is_dir():
        raise ValueError(f"{folder} is not a folder; make it, or correct the path")
    return folder


def _country(text: str) -> str:
    if len(text) != 2 or not text.isalpha() or not text.isascii():
        raise ValueError("a country code (ISO 3166-1 alpha-2) is wanted, as in US")
    return text.upper()


def _web_address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("an address that begins with http:// or https:// is wanted")
    return text


def _hosts(text: str) -> frozenset[str]:
    found = frozenset(each.strip().rstrip(".").lower() for each in text.split(",") if each.strip())
    if any(each.startswith("[") or "/" in each or " " in each for each in found):
        raise ValueError("names of hosts or IP addresses are wanted, without a scheme, a path or brackets")
    return found


def _name_and_password(text: str) -> str:
    name, _, password = text.partition(":")
    if not name or not password:
        raise ValueError("a name and a password with a colon between them are wanted")
    return text


def _one_of(*values: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.lower() not in values:
            raise ValueError(f"one of {', '.join(values)} is wanted, not `{text}`")
        return text.lower()

    return read


def _ip_address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        raise ValueError("an IP address is wanted, such as 127.0.0.1, or 0.0.0.0 for all") from None


def _secret(text: str) -> str:
    if len(text) < 32 or len(set(text)) < 12:
        raise ValueError(
            "this is too short or too simple to keep a secret; make one with: openssl rand -base64 32"
        )
    return text


def _whole(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 65_535:
        raise ValueError(f"a whole number from 1 to 65535 is wanted, not `{text}`")
    return int(text)


def _seconds(text: str) -> timedelta:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds <= 86_400:
        raise ValueError(f"seconds are wanted, more than 0 and at most 86400, not `{text}`")
    return timedelta(seconds=seconds)


def _database_url(given: _Given, home: Path) -> str:
    own = URL.create("sqlite", database=str(home / "casewright.db")).render_as_string(hide_password=False)
    return given.read("DATABASE_URL", _checked_url) or own


def _checked_url(text: str) -> str:
    wanted = "write sqlite:///path/to/file.db or postgresql+psycopg://user:password@host/database"
    try:
        url = make_url(text)
    except ArgumentError:
        raise ValueError(f"this is not a database URL; {wanted}") from None
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise ValueError(f"the database is sqlite or postgresql, not {url.get_backend_name()}; {wanted}")
    if url.get_backend_name() == "postgresql":
        if url.drivername not in ("postgresql", "postgresql+psycopg"):
            raise ValueError(f"PostgreSQL is reached by psycopg, not by {url.drivername}; {wanted}")
        return text
    if url.database in (None, "", ":memory:"):
        raise ValueError(f"a database in memory would be gone with the command; {wanted}")
    return url.set(database=str(_folder(str(url.database)))).render_as_string(hide_password=False)


def _smtp(given: _Given) -> SmtpSettings | None:
    host = given.text("SMTP_HOST")
    if host is None:
        return None
    security = given.read("SMTP_SECURITY", _security) or "starttls"
    return SmtpSettings(
        host=host,
        port=given.read("SMTP_PORT", _whole) or 587,
        sender=given.need("SMTP_SENDER", "SMTP_HOST"),
        sender_name=given.text("SMTP_SENDER_NAME") or "",
        security=security,
        username=given.text("SMTP_USER"),
        password=given.text("SMTP_PASSWORD"),
    )


def _security(text: str) -> Literal["tls", "starttls", "none"]:
    if text not in SECURITY:
        raise ValueError(f"one of {', '.join(SECURITY)} is wanted, not `{text}`")
    return cast(Literal["tls", "starttls", "none"], text)


def _twilio(given: _Given) -> TwilioSettings | None:
    account = given.text("TWILIO_ACCOUNT")
    if account is None:
        return None
    return TwilioSettings(
        account_sid=account,
        auth_token=given.need("TWILIO_TOKEN", "TWILIO_ACCOUNT"),
        sender=given.need("TWILIO_FROM", "TWILIO_ACCOUNT"),
        base_url=given.read("TWILIO_BASE_URL", _web_address),
        callback_url=given.read("TWILIO_CALLBACK_URL", _web_address) or _status_address(given),
    )


def _status_address(given: _Given) -> str | None:
    """Where Twilio calls back: at our pages, where it reaches them over TLS. It refuses to send with an
    address that it can't reach.
    """
    pages = given.read("WEB_ADDRESS", _web_address)
    if pages is None or not pages.startswith("https://"):
        return None
    return pages.rstrip("/") + STATUS_PATH


def _openid(given: _Given) -> OpenIdClient | None:
    issuer = given.read("OPENID_ISSUER", _web_address)
    if issuer is None:
        return None
    client = given.need("OPENID_CLIENT", "OPENID_ISSUER")
    return OpenIdClient(issuer, client, given.text("OPENID_SECRET"))


def _limits(given: _Given) -> Limits:
    usual = Limits()
    limits = replace(
        usual,
        batch=given.read("BATCH", _whole) or usual.batch,
        lease=given.read("LEASE_SECONDS", _seconds) or usual.lease,
        renewal=given.read("RENEWAL_SECONDS", _seconds) or usual.renewal,
        passes=given.read("PASSES", _whole) or usual.passes,
        start=given.read("START_SECONDS", _seconds) or usual.start,
        pass_time=given.read("PASS_SECONDS", _seconds) or usual.pass_time,
        leadership=given.read("LEADERSHIP_SECONDS", _seconds) or usual.leadership,
        leadership_renewal=given.read("LEADERSHIP_RENEWAL_SECONDS", _seconds) or usual.leadership_renewal,
        tick=given.read("TICK_SECONDS", _seconds) or usual.tick,
    )
    _refuse_late_renewal("RENEWAL_SECONDS", limits.renewal, "LEASE_SECONDS", limits.lease)
    _refuse_late_renewal(
        "LEADERSHIP_RENEWAL_SECONDS", limits.leadership_renewal, "LEADERSHIP_SECONDS", limits.leadership
    )
    return limits


def _refuse_late_renewal(renewal: str, often: timedelta, lasting: str, lasts: timedelta) -> None:
    if often >= lasts:
        raise SettingsError(
            f"{PREFIX}{renewal} is not shorter than {PREFIX}{lasting}",
            action=f"renew it several times while it lasts, say every {lasts.total_seconds() / 4:g} of "
            f"{lasts.total_seconds():g} seconds",
        )
