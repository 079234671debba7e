"""The files for systemd and Compose, held to the commands, options and variables that there are."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from ops.main import app
from ops.settings import PREFIX, VARIABLES, load_settings

pytestmark = pytest.mark.sqlite("it reads files alone")

ROOT = Path(__file__).parents[2]
HERE = ROOT / "ops" / "deployment"
UNITS = sorted((HERE / "systemd").glob("*.service"))
COMPOSE = yaml.safe_load((HERE / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SECRET = re.compile(r"PASSWORD|TOKEN|SECRET")


def variables(file: Path, *, with_remarks: bool = False) -> dict[str, str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    start = r"#?" if with_remarks else ""
    return dict(re.findall(rf"^{start}([A-Z_]+)=(.*)$", "\n".join(lines), re.MULTILINE))


def settings(unit: Path) -> Iterator[tuple[str, str]]:
    """Keys and values; a key may stand several times."""
    for line in unit.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            yield key, value


def refused(words: list[str]) -> str:
    """Why our command line would not take these words; empty when it would."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        command = command.commands.get(rest.pop(0)) if rest else None
    if command is None:
        return f"no command {words}"
    known = {option for each in command.params for option in each.opts}
    return ", ".join(word for word in rest if word.startswith("--") and word not in known)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_starts_a_command_that_there_is(unit: Path) -> None:
    program, *words = shlex.split(dict(settings(unit))["ExecStart"])
    assert program.startswith("/opt/casewright/bin/")
    if program.endswith("/prefect"):
        assert words == ["server", "start"]
    else:
        assert refused(words) == ""


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_ended_gently_started_again_and_may_do_little(unit: Path) -> None:
    told = dict(settings(unit))
    assert told["KillSignal"] == "SIGTERM"
    assert int(told["TimeoutStopSec"]) > 10  # within which a worker ends
    assert (told["Restart"], told["StartLimitIntervalSec"]) == ("on-failure", "0")
    assert (told["NoNewPrivileges"], told["ProtectSystem"], told["UMask"]) == ("yes", "strict", "0077")
    assert told["StateDirectoryMode"] == "0700"
    assert told["EnvironmentFile"].startswith("/etc/casewright/")
    assert told.get("User") == "casewright" or told.get("DynamicUser") == "yes"


def test_the_target_wants_units_that_are_there() -> None:
    parsed = configparser.ConfigParser()
    parsed.read(HERE / "systemd" / "casewright.target")
    wanted = [re.sub(r"@\d+", "@", name) for name in parsed["Unit"]["Wants"].split()]
    assert set(wanted) <= {unit.name for unit in UNITS}


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    for file in (HERE / "systemd").iterdir():
        text = re.sub(r"/opt/casewright/bin/\w+", "/bin/true", file.read_text(encoding="utf-8"))
        (tmp_path / file.name).write_text(text, encoding="utf-8")
    names = [re.sub("@", "@1", unit.name) for unit in UNITS]
    done = subprocess.run(
        [
            "systemd-analyze",
            "verify",
            "--man=no",
            *(tmp_path / each for each in ("casewright.target", *names)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "casewright" in line]
    assert (done.returncode, ours) == (0, [])


def test_casewrights_variables_are_settings_that_it_takes() -> None:
    given = variables(HERE / "casewright.env.example", with_remarks=True)
    assert {name.removeprefix(PREFIX) for name in given} <= set(VARIABLES)
    load_settings(variables(HERE / "casewright.env.example"))


def test_prefects_variables_are_settings_that_prefect_has(tmp_path: Path) -> None:
    given = set(variables(HERE / "prefect.env.example", with_remarks=True))
    given |= {name for name in SERVICES["prefect"]["environment"] if name.startswith("PREFECT_")}
    page = (ROOT / "docs" / "deployment.md").read_text(encoding="utf-8")
    given |= set(re.findall(r"PREFECT_(?:SERVER|API)_[A-Z_]+", page))
    ours = {name for name in given if name.startswith("PREFECT_") and "REDIS_MESSAGING" not in name}
    assert ours - known_to_prefect(tmp_path) == set()


def known_to_prefect(home: Path) -> set[str]:
    """The variables of the Prefect that is installed, asked in a process of its own."""
    program = """
from prefect.settings import Settings
def walk(model):
    for name, field in model.model_fields.items():
        if hasattr(field.annotation, "model_fields"):
            yield from walk(field.annotation)
        else:
            yield (model.model_config.get("env_prefix", "") + name).upper()
print(*walk(Settings))
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PREFECT_HOME": str(home)},
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_no_file_holds_a_secret() -> None:
    for file in (HERE / ".env.example", HERE / "casewright.env.example"):
        secrets = {
            name: value for name, value in variables(file, with_remarks=True).items() if SECRET.search(name)
        }
        assert set(secrets.values()) <= {"", "CHANGE-ME"}
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            assert not SECRET.search(key) or re.fullmatch(r"\$\{\w+:[-?].*\}", value), (name, key)
            assert not re.search(r"://\w+:(?!\$\{)[^/]*@", value), (name, key)


def test_compose_starts_commands_that_there_are() -> None:
    ours = {name: each for name, each in SERVICES.items() if each["image"] == "casewright"}
    assert set(ours) == {"prefect", "migrate", "deploy", "worker", "scheduler"}
    for name, service in ours.items():
        if service.get("entrypoint") == ["prefect"]:
            assert service["command"] == ["server", "start"]
        else:
            assert refused(service["command"]) == "", name
            given = {each.removeprefix(PREFIX) for each in service["environment"]}
            assert given <= set(VARIABLES)


def test_compose_asks_for_nothing_that_the_example_does_not_name() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (HERE / "compose.yaml").read_text(encoding="utf-8")))
    assert asked == set(variables(HERE / ".env.example"))


def test_compose_waits_for_what_there_is_and_watches_what_lives_on() -> None:
    for name, service in SERVICES.items():
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "healthcheck" in SERVICES[needed], (name, needed)
        if name not in ("migrate", "deploy"):
            assert (service["restart"], "test" in service["healthcheck"]) == ("unless-stopped", True), name
        for port in service.get("ports", ()):
            assert port.startswith("127.0.0.1:")
    assert [SERVICES[name]["deploy"]["replicas"] for name in ("worker", "scheduler")] == [2, 2]
    assert (HERE / "postgresql.sql").exists()
    assert (
        "./postgresql.sql:/docker-entrypoint-initdb.d/10-casewright.sql:ro" in SERVICES["postgres"]["volumes"]
    )


def test_the_image_is_built_from_the_lock_and_from_files_that_are_there() -> None:
    text = (HERE / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes --requirement requirements.lock" in text
    assert not re.search(r"https?://|index-url", text)
    taken = re.findall(
        r"^!(.+)$", (HERE / "Dockerfile.dockerignore").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [name for name in taken if not (ROOT / name).exists()] == []
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    shipped = re.search(r"only-include = \[(.*)\]", project)
    assert shipped
    assert set(re.findall(r'"([^"]+)"', shipped[1])) <= set(taken)
