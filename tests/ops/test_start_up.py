"""What starting costs, how errors are told, and the public module."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import casewright

pytestmark = pytest.mark.sqlite("no database is touched")

HEAVY = (
    *("prefect", "sqlalchemy", "sqlmodel", "pydantic", "alembic", "jinja2", "yaml", "rich"),
    *("holidays", "babel", "phonenumbers", "icalendar", "twilio", "apscheduler"),
    *("argon2", "authlib", "nicegui", "zxcvbn"),
    *("definitions", "flows", "models", "notifications", "tasks", "web"),
)


def _python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import contextlib, io, sys; from ops.main import app\n"
        "with contextlib.redirect_stdout(io.StringIO()): app(['--help'], standalone_mode=False)\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    assert _python(code) == "[]"


def test_the_public_module_imports_names_when_they_are_asked_for() -> None:
    code = f"import casewright, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert _python(code) == "[]"


def test_every_public_name_exists() -> None:
    missing = [
        name for name in casewright.__all__ if name != "compile_flow" and not hasattr(casewright, name)
    ]
    assert missing == []
    assert set(casewright._MODULES) == set(casewright.__all__)


def test_an_unknown_public_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no `chekc`"):
        casewright.chekc  # noqa: B018


def test_the_module_can_be_run() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "casewright", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("casewright ")


def test_a_wrong_option_ends_with_2(cli: Callable[..., Any]) -> None:
    assert cli("check", "--nonsense", ok=False).status == 2


def test_a_bad_setting_is_one_line(cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEWRIGHT_SMPT_HOST", "x")
    said = cli("tick", "--no-prefect", ok=False)
    assert said.status == 1
    assert said.err == (
        "casewright: CASEWRIGHT_SMPT_HOST is not a setting; did you mean CASEWRIGHT_SMTP_HOST?\n"
    )


def test_an_error_that_nobody_foresaw_has_no_traceback_without_debug(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from ops.main import app

    def fail(*_: object) -> None:
        raise ZeroDivisionError("a client's name")

    monkeypatch.setattr("ops.settings.load_settings", fail)
    plain = CliRunner().invoke(app, ["tick"])
    assert plain.exit_code == 1
    assert "nobody foresaw (ZeroDivisionError)" in plain.stderr
    assert "client's name" not in plain.stderr
    assert isinstance(CliRunner().invoke(app, ["--debug", "tick"]).exception, ZeroDivisionError)
