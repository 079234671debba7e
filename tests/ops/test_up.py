"""Starting everything at once, and the web application alone."""

import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
from served import until

from ops import up
from ops.errors import OpsError, SettingsError
from ops.keys import keys_of
from ops.settings import load_settings
from ops.turn import waiting
from ops.web_server import HOST, address, refuse_taken, serve


def test_a_taken_port_is_said_with_one_that_is_free() -> None:
    with closing(socket.create_server((HOST, 0))) as other:
        port = other.getsockname()[1]
        with pytest.raises(OpsError, match=rf"port {port} is taken.*--port \d+"):
            refuse_taken(HOST, port)
    refuse_taken(HOST, port)


def test_passwords_do_not_cross_a_network_in_the_clear(home: Path) -> None:
    with pytest.raises(OpsError, match=r"in the clear.*CASEWRIGHT_WEB_ADDRESS"):
        serve(load_settings(), "0.0.0.0", 1)
    assert not home.exists()


def test_the_address_is_one_that_a_browser_of_this_machine_can_open() -> None:
    assert address("0.0.0.0", 80) == "http://127.0.0.1:80"
    assert address("::1", 80) == "http://[::1]:80"


@pytest.mark.sqlite("it ends in the same way on both databases")
def test_the_application_ends_though_it_is_told_to_while_it_starts(home: Path, tmp_path: Path) -> None:
    with closing(socket.create_server((HOST, 0))) as free:
        port = free.getsockname()[1]
    log = tmp_path / "web.log"
    own = {"CASEWRIGHT_HOME": str(home), "CASEWRIGHT_SECRET": "for this test alone, long enough"}
    command = [sys.executable, "-m", "casewright", "web", "--port", str(port)]
    with (
        log.open("wb") as output,
        subprocess.Popen(command, env={**os.environ, **own}, stdout=output, stderr=output) as process,
    ):
        try:
            until(lambda: process.poll() is not None or "pages are at" in log.read_text(), "the beginning")
            process.terminate()
            assert process.wait(30) == 0, log.read_text()
        finally:
            process.kill()


def test_a_part_that_ends_by_itself_ends_the_others_and_its_log_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CASEWRIGHT_PREFECT_API_URL", "http://127.0.0.1:1/api")

    def plan(*_: object) -> list[up.Planned]:
        return [up.Planned("short", ("--version",), lambda _part: False, "")]

    monkeypatch.setattr(up, "_plan", plan)
    with pytest.raises(OpsError, match=r"short ended by itself \(status 0\); its log says why"):
        up.run_all(load_settings(), 0)
    assert "casewright" in (home / "logs" / "short.log").read_text()
    said = capsys.readouterr().out
    assert "database   ready" in said
    assert "is ready:" not in said


WAITING = """
import sys
from pathlib import Path
from ops.turn import until_turn
print("has its modules", flush=True)
until_turn()
print("goes on, prepared" if Path(sys.argv[1]).exists() else "goes on too early", flush=True)
"""


def test_parts_have_their_modules_while_things_are_prepared_and_go_on_afterwards(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEWRIGHT_PREFECT_API_URL", "http://127.0.0.1:1/api")
    log, prepared = home / "logs" / "waiting.log", home / "prepared"

    class Preparing(up.Occasion):
        def prepare(self, _stopped: Event) -> str | None:
            until(lambda: log.exists() and "has its modules" in log.read_text(), "the part")
            prepared.touch()
            return "all is there"

    planned = up.Planned("waiting", (str(prepared),), lambda _part: False, "")
    monkeypatch.setattr(up, "PROGRAM", ("-c", WAITING))
    monkeypatch.setattr(up, "_plan", lambda *_: [planned])
    with pytest.raises(OpsError, match=r"waiting ended by itself \(status 0\)"):
        up.run_all(load_settings(), 0, Preparing())
    assert log.read_text().splitlines() == ["has its modules", "goes on, prepared"]


def test_a_part_ends_where_nobody_is_left_to_give_it_its_turn(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WAITING, str(tmp_path)]
    ended = subprocess.run(command, check=False, input=b"", env=waiting(None), capture_output=True)
    assert (ended.returncode, ended.stdout.splitlines()) == (1, [b"has its modules"])


def test_everything_on_one_machine_has_a_secret_of_its_own_that_stays(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings()
    with pytest.raises(SettingsError, match="SECRET is missing"):
        keys_of(settings)
    up._database(settings)
    made = keys_of(settings).secret.value
    up._database(settings)
    assert keys_of(settings).secret.value == made
    assert (home / "secret").stat().st_mode & 0o077 == 0
    monkeypatch.setenv("CASEWRIGHT_SECRET", "another-secret-that-is-set-and-counts-1234")
    assert keys_of(load_settings()).secret.value != made
