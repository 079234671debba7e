"""Prefect's surroundings: its home inside ours, and nothing of the Prefect that the user may already have.

Prefect reads its settings when it is imported: from the environment, from a profile, and from `.env`,
`prefect.toml` and `pyproject.toml` of the working directory. So for as long as Prefect is used its
variables are ours and the working directory is its home; both are put back afterwards.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from dataclasses import replace
from typing import Final

from ops.errors import OpsError
from ops.settings import Settings

PREFIX: Final = "PREFECT_"
RETENTION: Final = 30 * 24 * 3600
"""Seconds for which Prefect keeps what it saw (engine.md R3.8); our journal is the record."""

LOGGING_FILE: Final = "logging.yml"
LOG: Final = "prefect.log"
_LOGGING: Final = """\
version: 1
disable_existing_loggers: false
formatters:
  plain:
    format: "%(asctime)s %(levelname)s %(process)d %(name)s: %(message)s"
handlers:
  file:
    class: logging.FileHandler
    filename: {file}
    encoding: utf-8
    delay: true
    formatter: plain
loggers:
  prefect: {{level: WARNING, handlers: [file], propagate: false}}
  prefect.extra: {{level: WARNING, handlers: [file], propagate: false}}
  prefect._internal: {{level: ERROR, handlers: [file], propagate: false}}
  uvicorn: {{level: WARNING, handlers: [file], propagate: false}}
  fastapi: {{level: WARNING, handlers: [file], propagate: false}}
"""
"""Prefect's warnings and errors go into a file of its home, not between the lines of a command's answer."""


def prefect_environment(settings: Settings) -> Mapping[str, str]:
    """Prefect's variables: an embedded server of our own, unless CASEWRIGHT_PREFECT_API_URL names another
    one.
    """
    home = settings.prefect_home
    variables = {
        "PREFECT_HOME": str(home),
        "PREFECT_PROFILES_PATH": str(home / "profiles.toml"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_LOGGING_SETTINGS_PATH": str(home / LOGGING_FILE),
        "PREFECT_LOGGING_TO_API_ENABLED": "false",  # what a step says is in the journal
        "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
        "DO_NOT_TRACK": "1",
        **({"PREFECT_API_AUTH_STRING": settings.prefect_auth} if settings.prefect_auth else {}),
    }
    if settings.prefect_api_url is not None:
        return {**variables, "PREFECT_API_URL": settings.prefect_api_url}
    return {
        **variables,
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        **_own_database(settings),
    }


def worker_environment(settings: Settings, api_url: str) -> Mapping[str, str]:
    """Prefect's variables for a process that lives on and talks to a server. It asks often, and gives a
    server that does not answer little time, since its work is claimed meanwhile.
    """
    return {
        **prefect_environment(replace(settings, prefect_api_url=api_url)),
        "PREFECT_API_REQUEST_TIMEOUT": "20",
        "PREFECT_CLIENT_MAX_RETRIES": "2",
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }


def server_environment(settings: Settings, api_url: str, seen_at: str) -> Mapping[str, str]:
    """Prefect's variables for its server. `seen_at` is where browsers reach its API: its pages have to be
    told.
    """
    return {
        **prefect_environment(replace(settings, prefect_api_url=api_url)),
        **_own_database(settings),
        "PREFECT_UI_API_URL": seen_at,
        "PREFECT_SERVER_UI_API_URL": seen_at,
        "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
        **({"PREFECT_SERVER_API_AUTH_STRING": settings.prefect_auth} if settings.prefect_auth else {}),
    }


def _own_database(settings: Settings) -> Mapping[str, str]:
    return {
        "PREFECT_API_DATABASE_CONNECTION_URL": settings.prefect_database_url
        or f"sqlite+aiosqlite:///{settings.prefect_home / 'prefect.db'}",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(RETENTION),
    }


@contextmanager
def own_prefect(settings: Settings, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """Import and use Prefect inside this, with `environment` in place of `prefect_environment`. Raises
    OpsError when somebody imported it before with another home.
    """
    wanted = environment or prefect_environment(settings)
    if "prefect" in sys.modules and os.environ.get("PREFECT_HOME") != wanted["PREFECT_HOME"]:
        raise OpsError(
            "Prefect was imported already, with settings that are not Casewright's",
            action="import it after Casewright, or run without it (--no-prefect)",
        )
    make_home(settings)
    before = {name: value for name, value in os.environ.items() if name.startswith(PREFIX) or name in wanted}
    _replace(before, wanted)
    try:
        with chdir(settings.prefect_home):
            yield
    finally:
        _replace(wanted, before)


def make_home(settings: Settings) -> None:
    """Prefect's home, with what it is to log where."""
    settings.prefect_home.mkdir(mode=0o700, parents=True, exist_ok=True)
    logging = _LOGGING.format(file=json.dumps(str(settings.prefect_home / LOG)))
    (settings.prefect_home / LOGGING_FILE).write_text(logging, encoding="utf-8")


def _replace(old: Mapping[str, str], new: Mapping[str, str]) -> None:
    for name in old:
        os.environ.pop(name, None)
    os.environ.update(new)
