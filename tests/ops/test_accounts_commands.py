"""`casewright account`: what people are told, and that no password is ever an argument."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer
from account_world import GOOD, OTHER, keys
from typer.testing import CliRunner

from ops.errors import SettingsError
from ops.keys import DEMO_SECRET, keys_of, openid_of
from ops.main import app
from ops.settings import load_settings
from web.accounts.totp import code_at

SECRET = "a secret for tests, thirty-two long"
VERA = ("account", "add", "vera@example.org", "--name", "Vera Lead", "--stdin")

Run = Callable[..., Any]


@dataclass(frozen=True)
class Told:
    """What a command answered."""

    status: int
    out: str
    err: str


@pytest.fixture
def run(home: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command with something on its standard input; hashing is cheap."""
    monkeypatch.setattr("web.accounts.passwords.Passwords", lambda: keys().passwords)

    def give(*arguments: str, typed: str = "", ok: bool = True) -> Told:
        result = CliRunner().invoke(app, arguments, input=typed)
        assert (result.exit_code == 0) is ok, result.output
        assert "nobody foresaw" not in result.stderr
        return Told(result.exit_code, result.stdout, result.stderr)

    return give


def test_the_first_administrator_is_made_here(run: Run) -> None:
    made = run(*VERA, "--role", "administrator", "--role", "manager", typed=f"{GOOD}\n")
    assert made.out == "Made the account vera@example.org.\n"
    listed = run("account", "list").out
    assert re.search(r"vera@example.org +Vera Lead +administrator, manager", listed)
    assert GOOD not in listed + made.out + made.err


def test_a_password_is_asked_for_twice_and_not_shown(run: Run) -> None:
    arguments = [each for each in VERA if each != "--stdin"]
    told = run(*arguments, "--role", "manager", typed=f"{GOOD}\n{GOOD}\n")
    assert GOOD not in told.out + told.err
    assert "The same again" in told.err


@pytest.mark.parametrize(
    ("arguments", "typed", "says"),
    [
        ((*VERA, "--role", "manger"), GOOD, "did you mean manager?"),
        (VERA, GOOD, "give --role: caseworker, specialist"),
        ((*VERA, "--role", "manager"), "short", "at least 12 characters"),
        ((*VERA, "--role", "manager"), "veralead@example", "easy to guess"),
        (("account", "add", "nobody@example.org", "--role", "manager", "--stdin"), GOOD, "--name"),
        (("account", "disable", "vera@example.org"), "", "needs a reason"),
        (("account", "totp", "vera@example.org", "--remove"), "", "needs a reason"),
        (("account", "password", "vera@example.org", "--stdin"), GOOD, "casewright account list"),
    ],
)
def test_what_is_wrong_is_said_in_words(run: Run, arguments: tuple[str, ...], typed: str, says: str) -> None:
    told = run(*arguments, typed=f"{typed}\n", ok=False)
    assert says in told.err
    assert told.err.count("\n") <= 2


def test_a_second_account_of_a_person_is_refused(run: Run) -> None:
    run(*VERA, "--role", "manager", typed=f"{GOOD}\n")
    told = run(*VERA, "--role", "manager", typed=f"{GOOD}\n", ok=False)
    assert "already" in told.err


def test_accounts_are_changed_and_each_answer_says_how_they_are_now(run: Run) -> None:
    import json

    run(*VERA, "--role", "administrator", "--without-password")
    told = json.loads(
        run("account", "password", "VERA@example.org", "--stdin", "--json", typed=f"{OTHER}\n").out
    )
    assert (told["schema"], told["account"]["has_password"]) == ("casewright/account-password/1", True)
    run("account", "add", "ada@example.org", "--name", "Ada", "--role", "administrator", "--without-password")
    told = json.loads(run("account", "role", "vera@example.org", "--role", "manager", "--json").out)
    assert told["account"]["roles"] == ["manager"]
    told = json.loads(run("account", "disable", "vera@example.org", "--reason", "left", "--json").out)
    assert told["account"]["disabled"] is True
    told = json.loads(run("account", "disable", "vera@example.org", "--enable", "--json").out)
    assert told["account"]["disabled"] is False
    rows = json.loads(run("account", "list", "--json").out)["accounts"]
    assert [each["login"] for each in rows] == ["ada@example.org", "vera@example.org"]


def test_a_second_factor_shows_a_code_to_scan_and_counts_after_its_first_code(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(*VERA, "--role", "manager", typed=f"{GOOD}\n")
    told = run("account", "totp", "vera@example.org", ok=False)
    assert "CASEWRIGHT_SECRET is missing" in told.err
    monkeypatch.setenv("CASEWRIGHT_SECRET", SECRET)
    told = run("account", "totp", "vera@example.org", typed="000000\n", ok=False)
    assert "not the code" in told.err
    now = datetime(2026, 3, 2, 8, tzinfo=UTC)
    monkeypatch.setattr("flows.runtime.system_clock", lambda: now)
    shown: list[str] = []

    def typed(*_: object, **__: object) -> str:
        return code_at(shown[0], now)

    monkeypatch.setattr(
        "ops.commands.accounts.note", lambda text: shown.extend(re.findall(r"it: (\w+)", text))
    )
    monkeypatch.setattr(typer, "prompt", typed)
    assert "with a second factor" in run("account", "totp", "vera@example.org").out
    gone = run("account", "totp", "vera@example.org", "--remove", "--reason", "lost")
    assert "without a second factor" in gone.out


# -- the secret


def test_without_a_secret_of_its_own_nothing_is_opened_outside_of_a_demo(home: Path) -> None:
    with pytest.raises(SettingsError, match="openssl rand"):
        keys_of(load_settings({}))
    with pytest.raises(SettingsError, match="that of the demo"):
        keys_of(load_settings({"CASEWRIGHT_SECRET": DEMO_SECRET}))
    assert keys_of(load_settings({}), demo=True).secret.value == DEMO_SECRET
    assert keys_of(load_settings({"CASEWRIGHT_SECRET": SECRET})).secret.value == SECRET


@pytest.mark.parametrize("secret", ["changethis", "x" * 64, "secret" * 8])
def test_a_poor_secret_is_refused_in_words(secret: str) -> None:
    with pytest.raises(SettingsError, match="CASEWRIGHT_SECRET") as caught:
        load_settings({"CASEWRIGHT_SECRET": secret})
    assert secret not in str(caught.value)


def test_the_secret_is_not_in_the_text_of_the_settings() -> None:
    assert SECRET not in repr(load_settings({"CASEWRIGHT_SECRET": SECRET}))


def test_a_token_is_shown_once_listed_and_revoked(run: Run) -> None:
    import json

    run(*VERA, "--role", "caseworker", "--without-password")
    vera = ("account", "token", "vera@example.org")
    made = run(*vera, "--name", "the board", "--scope", "tasks:read").out.strip()
    assert made.startswith("cw_")
    listed = run(*vera)
    assert "the board" in listed.out
    assert made not in listed.out
    (row,) = json.loads(run(*vera, "--json").out)["tokens"]
    run(*vera, "--revoke", row["id"])
    assert "revoked" in run(*vera).out
    assert "the scopes of a token are" in run(*vera, "--name", "x", "--scope", "all", ok=False).err


def test_a_provider_sends_people_back_to_an_address_that_was_set(home: Path) -> None:
    given = {
        "CASEWRIGHT_OPENID_ISSUER": "https://login.example.org",
        "CASEWRIGHT_OPENID_CLIENT": "casewright",
    }
    assert openid_of(load_settings({})) is None
    with pytest.raises(SettingsError, match="CASEWRIGHT_WEB_ADDRESS is missing"):
        openid_of(load_settings(given))
    found = openid_of(load_settings({**given, "CASEWRIGHT_WEB_ADDRESS": "https://casework.example/"}))
    assert found is not None
    assert found.redirect_uri == "https://casework.example/login/openid/back"


def test_an_account_is_tied_to_a_provider_and_no_more(run: Run) -> None:
    run(*VERA, "--role", "manager", "--without-password")
    assert "verified e-mail" in run("account", "openid", "vera@example.org", "--by-email").out
    assert "no provider" in run("account", "openid", "vera@example.org", "--forget").out
    assert "--by-email or --forget" in run("account", "openid", "vera@example.org", ok=False).err
