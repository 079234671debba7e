"""Server, deployments and workers as real processes (engine.md R3.5 - R3.8)."""

import json
import signal
import tomllib
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
from alerts import DANGER, frozen, prepare, raise_alert
from crash_figures import Outcome
from crash_table import PROCESSES, CrashTable
from served import ROOT, Served, broken, end, states, until
from sqlmodel import col, select

from flows.inbox import answer_item
from models import Carrier, Lease
from ops.errors import OpsError
from ops.prefect_server import serving
from ops.settings import load_settings

NUMBERS = count(1)
PREFECTS = "it is about Prefect's server and processes, whatever the records lie on"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One Prefect server for all tests of this module."""
    home = tmp_path_factory.mktemp("server") / "home"
    with serving(load_settings({"CASEWRIGHT_HOME": str(home)})) as (address, _):
        yield address


@pytest.fixture
def served(api: str, tmp_path: Path) -> Served:
    """A home of its own, with a pool of its own."""
    return Served(tmp_path / "home", api, f"pool-{next(NUMBERS)}")


@pytest.mark.sqlite(PREFECTS)
def test_a_server_with_a_password_serves_who_has_it(tmp_path: Path) -> None:
    home, auth = tmp_path / "home", "office:correct horse"
    given = {"CASEWRIGHT_HOME": str(home), "CASEWRIGHT_PREFECT_AUTH": auth}
    with serving(load_settings(given)) as (api, _):
        served = Served(home, api, "private")
        assert httpx.post(f"{api}/flows/filter", json={}).status_code == 401
        assert served.command("deploy", CASEWRIGHT_PREFECT_AUTH=auth).returncode == 0
        refused = served.command("deploy")
    assert refused.returncode == 1
    assert "CASEWRIGHT_PREFECT_AUTH" in refused.stderr


@pytest.mark.sqlite(PREFECTS)
def test_a_server_that_others_reach_wants_a_password(tmp_path: Path) -> None:
    settings = load_settings({"CASEWRIGHT_HOME": str(tmp_path / "home")})
    with pytest.raises(OpsError, match=r"everybody who reaches.*CASEWRIGHT_PREFECT_AUTH"):
        serving(settings, host="0.0.0.0").__enter__()


@pytest.mark.sqlite(PREFECTS)
def test_deploy_makes_pool_and_deployments_once(served: Served) -> None:
    first = json.loads(served.command("deploy", "--json").stdout)
    again = json.loads(served.command("deploy", "--json").stdout)
    assert (first["pool"], first["type"], first["pool_created"]) == (served.pool, "casewright", True)
    assert {each["done"] for each in first["deployments"]} == {"created"}
    assert {each["flow"] for each in first["deployments"]} >= {"Social work intake", "Welfare check"}
    assert all(each["name"].startswith("v1-") for each in first["deployments"])
    assert again["pool_created"] is False
    assert {each["done"] for each in again["deployments"]} == {"kept"}


@pytest.mark.sqlite(PREFECTS)
def test_without_a_server_a_worker_says_what_to_start(served: Served) -> None:
    said = served.command("worker", CASEWRIGHT_PREFECT_API_URL="")
    assert said.returncode == 1
    assert "no Prefect server is known here; start one with `casewright server`" in said.stderr


def test_a_worker_carries_what_is_ready_as_flow_runs_and_ends_when_told(served: Served) -> None:
    ids = served.begin(12)
    with served.process("worker") as worker:
        until(served.quiet, "the end of the burst")
        runs = until(lambda: _all_ended(served), "the end of the runs")
        assert end(worker) == 0
    assert served.statuses() == ["waiting"] * 12
    assert states(runs) == ["Completed"] * len(runs)
    assert len(runs) < len(ids)
    assert all(set(run["parameters"]) == {"instances"} for run in runs)
    assert sorted(id_ for run in runs for id_ in set(run["parameters"]["instances"])) >= sorted(ids)
    assert runs[0]["name"].startswith("Social work intake: step")


@pytest.mark.sqlite(PREFECTS)
def test_a_worker_that_is_told_to_end_while_it_makes_itself_known_ends_in_order(served: Served) -> None:
    assert served.command("deploy").returncode == 0
    with served.process("worker") as worker:
        until(lambda: "started!" in served.said(), "the start")
        assert end(worker) == 0
    assert "nobody foresaw" not in served.said()


def test_a_worker_that_is_told_to_end_in_the_middle_leaves_nothing_claimed(served: Served) -> None:
    served.begin(30)
    with served.process("worker") as worker:
        until(lambda: "Running" in states(served.runs()), "the first run")
        assert end(worker) == 0
    with served.process("worker"):
        until(served.quiet, "the rest")
    assert served.statuses() == ["waiting"] * 30


@pytest.mark.sqlite(PREFECTS)
def test_prefects_own_process_worker_runs_the_same_deployments(served: Served) -> None:
    assert served.command("deploy", "--type", "process").returncode == 0
    served.begin(2)
    start = ("start", "--pool", served.pool, "--type", "process")
    prefect = {"PREFECT_API_URL": served.api, "PREFECT_WORKER_QUERY_SECONDS": "1"}
    with served.process("dispatch"), served.process("worker", *start, program=("-m", "prefect"), **prefect):
        until(served.quiet, "the end of the run")
        runs = until(lambda: _all_ended(served), "the end of the run in Prefect")
    assert states(runs) == ["Completed"]
    assert served.statuses() == ["waiting", "waiting"]


def _all_ended(served: Served) -> list[dict[str, Any]]:
    runs = served.runs()
    over = all(run["state_type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} for run in runs)
    return runs if over else []


def test_a_killed_worker_loses_nothing_and_its_run_is_marked_crashed(
    served: Served, crash_table: CrashTable
) -> None:
    served.settings |= {"CASEWRIGHT_LEASE_SECONDS": "2", "CASEWRIGHT_RENEWAL_SECONDS": "0.5"}
    served.begin(3)
    with served.process("worker", CASEWRIGHT_FAULT="step.before_commit:3") as worker:
        assert worker.wait(120) == -signal.SIGKILL
        recovery = served.left_by(worker)
    with served.process("worker"):
        until(lambda: served.gone_on(recovery), "what the dead worker had in hand")
        until(served.quiet, "the end of the burst")
        runs = until(lambda: _all_ended(served), "the end of the runs")
    assert len(recovery.all()) >= 3, "its instances, and what it led"
    crash_table.add(PROCESSES, Outcome(1, tuple(broken(served)), 0))
    crash_table.took(PROCESSES, *recovery.all())
    assert states(runs)[0] == "Completed"
    assert states(runs)[-1] == "Crashed"
    assert served.statuses() == ["waiting"] * 3


def test_a_dispatcher_that_dies_loses_nothing(served: Served, crash_table: CrashTable) -> None:
    """Neither does the one who dies when it has told Prefect of the first one's end."""
    served.settings |= {"CASEWRIGHT_START_SECONDS": "1", "CASEWRIGHT_LEASE_SECONDS": "2"}
    served.settings |= {"CASEWRIGHT_RENEWAL_SECONDS": "0.5"}
    served.begin(2)
    for fault in ("dispatch.carried", "report.ends_told"):
        _dies(served, fault)
    with served.process("worker"):
        until(served.quiet, "the end of the burst")
        runs = until(lambda: _all_ended(served), "the end of the runs")
    assert "Completed" in states(runs)
    assert set(states(runs)) <= {"Completed", "Crashed"}
    assert served.statuses() == ["waiting"] * 2
    crash_table.add(PROCESSES, Outcome(2, tuple(broken(served)), 0))
    assert broken(served) == []


def test_a_worker_that_dies_while_it_reports_an_alert_reports_it_once(
    served: Served, crash_table: CrashTable
) -> None:
    served.settings |= {"CASEWRIGHT_LEASE_SECONDS": "2", "CASEWRIGHT_RENEWAL_SECONDS": "0.5"}
    (task,) = prepare(served, 1)
    with served.engine() as engine:
        answer_item(engine.store, task, DANGER, "yes", by=None, now=engine.runtime.clock())
    for fault in ("report.before_told", "report.told"):
        _dies(served, fault)
    with served.process("worker"):
        until(served.quiet, "the end")
        until(lambda: _all_told(served), "the reports")
    critical = [run["idempotency_key"] for run in served.runs() if "critical" in run["tags"]]
    assert sorted(critical) == sorted(_critical_leases(served))
    assert len(list((served.home / "messages").glob("*.txt"))) == 1
    crash_table.add(PROCESSES, Outcome(2, tuple(broken(served)), 0))
    assert broken(served) == []


def _dies(served: Served, fault: str) -> None:
    with served.process("worker", CASEWRIGHT_FAULT=fault) as worker:
        assert worker.wait(120) == -signal.SIGKILL


def _all_told(served: Served) -> bool:
    with served.store() as store, store.read() as session:
        untold = select(Lease.id).where(Lease.carrier != Carrier.DIRECT, col(Lease.closed_at).is_(None))
        return session.exec(untold).first() is None


def _critical_leases(served: Served) -> list[str]:
    with served.store() as store, store.read() as session:
        return list(session.exec(select(Lease.id).where(Lease.carrier == Carrier.CRITICAL)))


def test_an_alert_goes_out_while_prefect_does_not_answer_and_is_reported_when_it_does(
    tmp_path: Path,
) -> None:
    home = tmp_path / "home"
    with serving(load_settings({"CASEWRIGHT_HOME": str(home)})) as (api, server):
        served = Served(home, api, "alone")
        (task,) = prepare(served, 1)
        (instance,) = served.started
        with served.process("worker"):
            until(served.worker_is_known, "the worker")
            with frozen(server.pid), served.engine() as engine:
                raise_alert(served, engine, task)
                other = served.begin(1)
            # what was frozen on its way to Prefect goes on when its lease has lapsed, if not before
            until(served.quiet, "what waited", 300)
            until(served.reported, "the reports")
            runs = until(lambda: _all_ended(served), "the ends of the runs")
        told = httpx.post(f"{api}/artifacts/filter", json={}, timeout=60).json()
        tables = {each["flow_run_id"] for each in told}
    critical = [run for run in runs if "critical" in run["tags"]]
    assert states(critical) == ["Completed"] * len(critical)
    # the alert's own steps, and the crisis process that its signal began with a critical step
    assert [instance] in [run["parameters"]["instances"] for run in critical]
    assert all("reported afterwards" in run["state"]["message"] for run in critical)
    assert {run["id"] for run in critical} <= tables
    ordinary = {each for run in runs if run not in critical for each in run["parameters"]["instances"]}
    assert ordinary >= set(other)  # in a batch of their own, or with what else was ready by then


def test_a_run_that_is_cancelled_in_prefect_stops_and_its_instances_go_on_in_another(served: Served) -> None:
    served.settings |= {"CASEWRIGHT_PASS_SECONDS": "600"}
    served.begin(200)
    with served.process("worker"):
        (first,) = until(lambda: [run for run in served.runs() if run["state_name"] == "Running"], "a run")
        served.cancel(first["id"])
        until(served.quiet, "the end of the burst", 300)
        runs = until(lambda: _all_ended(served), "the end of the runs")
    assert {run["id"]: run["state_name"] for run in runs}[first["id"]] == "Cancelled"
    assert "Completed" in states(runs)
    assert served.statuses() == ["waiting"] * 200


@pytest.mark.sqlite(PREFECTS)
def test_prefects_command_starts_the_same_worker(served: Served, tmp_path: Path) -> None:
    """Prefect finds the worker type by the entry point that the package declares."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    info = tmp_path / "site" / "casewright_here-0.dist-info"
    info.mkdir(parents=True)
    lines = [f"{name} = {module}" for name, module in declared["prefect.collections"].items()]
    (info / "entry_points.txt").write_text(
        "[prefect.collections]\n" + "\n".join(lines) + "\n", encoding="utf-8"
    )
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: casewright-here\nVersion: 0\n", encoding="utf-8"
    )
    assert served.command("deploy").returncode == 0
    served.begin(2)
    prefect = {"PREFECT_API_URL": served.api, "PYTHONPATH": f"{ROOT}:{info.parent}"}
    with served.process(
        "worker", "start", "--pool", served.pool, program=("-m", "prefect"), **prefect
    ) as worker:
        until(served.quiet, "the end of the run")
        runs = until(lambda: _all_ended(served), "the end of the run in Prefect")
        assert end(worker) == 0
    assert states(runs) == ["Completed"] * len(runs)
    assert served.statuses() == ["waiting", "waiting"]


@pytest.mark.sqlite(PREFECTS)
def test_a_worker_ends_in_time_though_prefect_hangs(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(load_settings({"CASEWRIGHT_HOME": str(home)})) as (api, server):
        served = Served(home, api, "alone")
        with served.process("worker") as worker:
            until(served.worker_is_known, "the worker")
            with frozen(server.pid):
                served.begin(1)
                assert end(worker, 45) == 0  # a question that nobody answers would keep it for a minute
