"""With Prefect: its own home, nothing of anybody else's, no personal data; and the loop that can be
stopped.
"""

import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from ops.prefect_home import make_home, prefect_environment, server_environment
from ops.settings import Settings, load_settings

pytestmark = pytest.mark.sqlite("it looks into its file")

NAMES = ("Marigold", "Testwell", "marigold@example.org", "2125550101", "1991-04-12")


def settings_of(home: Path, **more: str) -> Settings:
    return load_settings({"CASEWRIGHT_HOME": str(home), **more})


def command(home: Path, *arguments: object, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEWRIGHT_")}
    return subprocess.run(
        [sys.executable, "-m", "casewright", *map(str, arguments)],
        env={**environment, "CASEWRIGHT_HOME": str(home), **more},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_users_own_prefect_is_out_of_reach(tmp_path: Path) -> None:
    environment = prefect_environment(settings_of(tmp_path))
    assert "PREFECT_API_URL" not in environment
    assert environment["PREFECT_HOME"] == str(tmp_path / "prefect")
    named = prefect_environment(settings_of(tmp_path, CASEWRIGHT_PREFECT_API_URL="http://127.0.0.1:4300/api"))
    assert named["PREFECT_API_URL"] == "http://127.0.0.1:4300/api"


def test_prefects_server_understands_how_long_it_is_to_keep_flow_runs(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    make_home(settings)
    code = (
        "from prefect.settings import get_current_settings\n"
        "vacuum = get_current_settings().server.services.db_vacuum\n"
        "print(sorted(vacuum.enabled_vacuum_types), vacuum.retention_period.days)"
    )
    told = server_environment(settings, "http://127.0.0.1:4300/api", "http://127.0.0.1:4300/api")
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **told}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "['events', 'flow_runs', 'orphans'] 30\n"


def test_environment_and_working_directory_are_put_back(tmp_path: Path) -> None:
    code = (
        "import os; from ops.prefect_home import own_prefect; from ops.settings import load_settings\n"
        "before = dict(os.environ), os.getcwd()\n"
        "with own_prefect(load_settings()):\n"
        "    assert 'PREFECT_API_KEY' not in os.environ and os.getcwd().endswith('prefect')\n"
        "assert (dict(os.environ), os.getcwd()) == before"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "CASEWRIGHT_HOME": str(tmp_path), "PREFECT_API_KEY": "the user's"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_an_intake_runs_as_prefect_flow_runs_in_its_own_home(tmp_path: Path, imported: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "users-prefect"
    foreign = {"PREFECT_HOME": str(elsewhere), "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    shutil.copytree(imported, home)
    done = command(home, "run", "intake", "-i", "client=C-1", "-i", "received_at=now", **foreign)
    assert done.returncode == 0, done.stderr
    assert "waits for Ann Worker" in done.stdout
    assert not elsewhere.exists()
    with closing(sqlite3.connect(home / "prefect" / "prefect.db")) as connection:
        flows = connection.execute("SELECT name FROM flow").fetchall()
        runs = connection.execute("SELECT count(*) FROM flow_run").fetchone()[0]
        names = [row[0] for row in connection.execute("SELECT name FROM task_run")]
        everything = "\n".join(connection.iterdump())
    assert ("Social work intake",) in flows
    assert runs == 1
    begun = [re.sub(r"-[0-9a-f]+$", "", name) for name in names]
    assert sorted(begun) == [
        "Assign intake assessment task",
        "Fetch household members",
        "Initialize case record",
        "Retrieve client profile",
        "Sum household income",
    ]
    assert not [name for name in NAMES if name in everything]
    log = home / "prefect" / "prefect.log"
    assert not log.exists() or not [name for name in NAMES if name in log.read_text(encoding="utf-8")]


def test_the_loop_ends_at_ctrl_c_with_a_word(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEWRIGHT_")}
    with subprocess.Popen(
        [sys.executable, "-m", "casewright", "tick", "--every", "1h", "--no-prefect"],
        env={**environment, "CASEWRIGHT_HOME": str(tmp_path / "home")},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert "every 3600 seconds" in first
    assert "stopped; what is due waits in the database" in rest
    assert process.returncode == 0


def test_a_process_can_be_made_to_die_at_a_point_and_goes_on_afterwards(
    tmp_path: Path, imported: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(imported, home)
    start = ("run", "intake", "-i", "client=C-1", "-i", "received_at=now", "--no-prefect", "--key", "once")
    died = command(home, *start, CASEWRIGHT_FAULT="step.before_commit:3")
    assert died.returncode == -signal.SIGKILL
    done = command(home, *start)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(home / "casewright.db")) as connection:
        assert connection.execute("SELECT count(*) FROM cases").fetchone()[0] == 1


def test_prefect_that_was_imported_before_is_refused(tmp_path: Path) -> None:
    code = "import sys, types; sys.modules['prefect'] = types.ModuleType('prefect')\n" + (
        "from ops.prefect_home import own_prefect; from ops.settings import load_settings\n"
        "with own_prefect(load_settings()): pass"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "CASEWRIGHT_HOME": str(tmp_path)},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Prefect was imported already" in done.stderr
