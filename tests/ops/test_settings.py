"""Settings: read once, checked, never printed."""

from datetime import timedelta
from pathlib import Path

import pytest

from ops.errors import SettingsError
from ops.settings import VARIABLES, OpenIdClient, load_settings

pytestmark = pytest.mark.sqlite("no database is touched")

SMTP = {
    "CASEWRIGHT_SMTP_HOST": "mail.example.org",
    "CASEWRIGHT_SMTP_SENDER": "office@example.org",
    "CASEWRIGHT_SMTP_USER": "office",
    "CASEWRIGHT_SMTP_PASSWORD": "hunter2secret",
}
OPENID = {"ISSUER": "https://login.example.org", "CLIENT": "casewright", "SECRET": "shared-by-two"}
TWILIO = {
    "CASEWRIGHT_TWILIO_ACCOUNT": "AC1",
    "CASEWRIGHT_TWILIO_TOKEN": "tokensecret",
    "CASEWRIGHT_TWILIO_FROM": "+12125550100",
}


def test_without_variables_everything_lies_in_one_folder_of_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load_settings({})
    assert settings.home == tmp_path / ".casewright"
    assert settings.database_file == tmp_path / ".casewright" / "casewright.db"
    assert settings.smtp is None
    assert settings.twilio is None


def test_variables_of_others_are_left_alone() -> None:
    assert load_settings({"PREFECT_API_URL": "http://x", "HOME": "/"}).prefect_api_url is None


def test_providers_are_configured_by_their_variables() -> None:
    settings = load_settings({**SMTP, **TWILIO, "CASEWRIGHT_SMTP_PORT": "2525"})
    assert settings.smtp is not None
    assert (settings.smtp.port, settings.smtp.security) == (2525, "starttls")
    assert settings.twilio is not None
    assert settings.twilio.sender == "+12125550100"


def test_a_provider_of_openid_connect_is_configured_by_its_variables() -> None:
    given = {f"CASEWRIGHT_OPENID_{name}": value for name, value in OPENID.items()}
    assert load_settings({}).openid is None
    settings = load_settings(given)
    assert settings.openid == OpenIdClient(OPENID["ISSUER"], "casewright", "shared-by-two")
    assert "shared-by-two" not in repr(settings)


def test_secrets_are_not_in_the_text_of_the_settings() -> None:
    url = "postgresql+psycopg://office:dbsecret@localhost/office"
    text = repr(load_settings({**SMTP, **TWILIO, "CASEWRIGHT_DATABASE_URL": url}))
    for secret in ("hunter2secret", "tokensecret", "dbsecret"):
        assert secret not in text


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("HOM", "/tmp", "did you mean CASEWRIGHT_HOME?"),
        ("DATABASE_URL", "mysql://localhost/x", "sqlite or postgresql, not mysql"),
        ("DATABASE_URL", "nonsense", "not a database URL"),
        ("DATABASE_URL", "postgresql+asyncpg://localhost/x", "psycopg, not by postgresql+asyncpg"),
        ("DATABASE_URL", "sqlite://", "in memory"),
        ("DEFINITIONS", "/nowhere/at/all", "is not a folder"),
        ("COUNTRY", "Germany", "ISO 3166-1"),
        ("SMTP_PORT", "70000", "from 1 to 65535"),
        ("SMTP_SECURITY", "ssl", "one of tls, starttls, none"),
        ("PREFECT_API_URL", "localhost:4200", "http://"),
        ("BATCH", "-1", "from 1 to 65535"),
        ("OPENID_ISSUER", "https://login.example.org", "CASEWRIGHT_OPENID_CLIENT is missing"),
        ("LEASE_SECONDS", "soon", "seconds are wanted"),
        ("RENEWAL_SECONDS", "60", "not shorter than CASEWRIGHT_LEASE_SECONDS"),
    ],
)
def test_a_bad_setting_is_named_with_what_is_allowed(name: str, value: str, says: str) -> None:
    given = {**SMTP, f"CASEWRIGHT_{name}": value}
    with pytest.raises(SettingsError) as caught:
        load_settings(given)
    assert f"CASEWRIGHT_{name}" in str(caught.value)
    assert says in str(caught.value)


def test_an_error_does_not_repeat_a_password() -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({"CASEWRIGHT_DATABASE_URL": "mysql://office:dbsecret@localhost/x"})
    assert "dbsecret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_half_a_provider_is_refused() -> None:
    with pytest.raises(SettingsError, match="CASEWRIGHT_TWILIO_TOKEN is missing"):
        load_settings({"CASEWRIGHT_TWILIO_ACCOUNT": "AC1"})


def test_limits_are_seconds_and_numbers() -> None:
    settings = load_settings({"CASEWRIGHT_BATCH": "7", "CASEWRIGHT_PASS_SECONDS": "0.5"})
    assert settings.limits.batch == 7
    assert settings.limits.pass_time == timedelta(seconds=0.5)


def test_every_setting_says_what_it_means() -> None:
    assert all(VARIABLES.values())


@pytest.mark.parametrize(
    ("address", "called"),
    [
        ("https://cases.example.org/", "https://cases.example.org/callbacks/twilio/status"),
        ("http://[::1]", None),
    ],
)
def test_twilio_calls_back_at_the_pages_where_it_can_reach_them(address: str, called: str | None) -> None:
    given = {"TWILIO_ACCOUNT": "AC1", "TWILIO_TOKEN": "t", "TWILIO_FROM": "MG1", "WEB_ADDRESS": address}
    twilio = load_settings({f"CASEWRIGHT_{name}": value for name, value in given.items()}).twilio
    assert twilio is not None
    assert twilio.callback_url == called
