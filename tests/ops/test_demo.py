"""The demo, run once as people run it: with Prefect, in a folder of its own, asked for its data."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.sqlite("the demo is a home with its file")

STEPS = 16
LONGEST = 240
"""Seconds after which a run has hung. It takes about 30 on two cores that have nothing else to do."""


@dataclass(frozen=True)
class Run:
    """A run of the demo: where, with what status, what it said."""

    home: Path
    status: int
    said: dict[str, Any]
    progress: str

    def case(self, scenario: str) -> dict[str, Any]:
        """The case of a scenario."""
        return next(each for each in self.said["cases"] if each["scenario"] == scenario)

    def step(self, scenario: str, step: str) -> dict[str, Any]:
        """A step of the case of a scenario."""
        return next(each for each in self.case(scenario)["steps"] if each["step"] == step)

    def messages(self, scenario: str, channel: str) -> list[dict[str, Any]]:
        """What was sent to people outside for the case of a scenario."""
        number = self.case(scenario)["case"]
        return [
            each
            for each in self.said["messages"]
            if each["case"] == number and each["channel"] == channel and each["to"] != "staff"
        ]

    def handed_over(self, scenario: str, step: str) -> list[dict[str, Any]]:
        """What people took over from a step."""
        instance = self.case(scenario)["instance"]
        return [
            each for each in self.said["handed_over"] if (each["instance"], each["step"]) == (instance, step)
        ]


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with a home inside, and a Prefect of the user's that nobody may touch."""
    return tmp_path_factory.mktemp("demo")


def play(surroundings: Path, *options: str) -> Run:
    """Run `casewright demo --json`."""
    home = surroundings / "home"
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("CASEWRIGHT_", "PREFECT_"))
    }
    environment = {
        **kept,
        "CASEWRIGHT_HOME": str(home),
        "CASEWRIGHT_LOG": "json",
        "CASEWRIGHT_LOG_LEVEL": "debug",
        "HOME": str(surroundings / "user"),
        "PREFECT_HOME": str(surroundings / "user" / "prefect"),
        "PREFECT_API_URL": "http://127.0.0.1:1/api",
    }
    command = [sys.executable, "-m", "casewright", "demo", "--json", *options]
    ended = subprocess.run(
        command,
        cwd=surroundings,
        env=environment,
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
    assert ended.stdout, ended.stderr
    return Run(home, ended.returncode, json.loads(ended.stdout), ended.stderr)


@pytest.fixture(scope="module")
def first(surroundings: Path) -> Run:
    return play(surroundings)


@pytest.fixture(scope="module")
def second(surroundings: Path, first: Run) -> Run:
    return play(surroundings)


def test_every_promise_holds_and_the_status_says_so(first: Run) -> None:
    assert [each["promise"] for each in first.said["promises"] if not each["holds"]] == []
    assert len(first.said["promises"]) == 6
    assert first.status == 0


def test_it_shows_progress(first: Run) -> None:
    assert "Importing the households" in first.progress
    assert "Starting Prefect" in first.progress
    assert "Traceback" not in first.progress


def test_every_case_shows_the_sixteen_steps(first: Run) -> None:
    assert len(first.said["cases"]) >= 12
    for case in first.said["cases"]:
        assert [step["number"] for step in case["steps"]] == list(range(1, STEPS + 1))
        assert len({step["title"] for step in case["steps"]}) == STEPS


def test_an_ordinary_case_goes_through_all_steps(first: Run) -> None:
    case = first.case("ordinary")
    states = {step["step"]: step["state"] for step in case["steps"]}
    assert case["status"] == "completed"
    assert case["case_status"] == "active"
    assert states.pop("safety_alert") == "skipped"
    assert set(states.values()) == {"completed"}
    assert "does not hold" in first.step("ordinary", "safety_alert")["why"]
    parts = first.step("ordinary", "referral")["parts"]
    assert {part["part"] for part in parts} == {"food-insecurity", "utility-insecurity"}
    assert {part["state"] for part in parts} == {"completed"}


def test_an_ordinary_case_gets_an_invitation_with_a_calendar_entry(first: Run) -> None:
    (message,) = first.messages("ordinary", "email")
    mail = message_from_bytes((first.home / message["file"]).read_bytes(), policy=policy.default)
    assert message["status"] == "delivered"
    assert [part.get_content_type() for part in mail.walk()].count("text/calendar") == 1
    assert first.messages("ordinary", "sms") == []


def test_immediate_danger_sends_a_neutral_text_message_in_the_clients_language(first: Run) -> None:
    (message,) = first.messages("danger", "sms")
    text = (first.home / message["file"]).read_text(encoding="utf-8")
    assert (message["status"], message["to"], message["critical"]) == ("delivered", "client", True)
    assert text.startswith("To: +12125550102\nLanguage: es\n")
    assert not any(word in text.lower() for word in ("peligro", "riesgo", "danger", "urgen"))
    assert first.case("danger")["risk"] == "critical"


def test_unknown_danger_raises_the_risk_and_sends_nothing(first: Run) -> None:
    assert first.case("danger_unknown")["risk"] == "critical"
    assert first.step("danger_unknown", "safety_alert")["state"] == "skipped"
    assert first.messages("danger_unknown", "sms") == []


@pytest.mark.parametrize(
    ("scenario", "refusals"),
    [
        ("unsafe_phone", ["client: it is recorded as not safe", "guardian: no such contact is recorded"]),
        (
            "guardian_unsafe",
            ["client: no such contact is recorded", "guardian: an alleged perpetrator uses it"],
        ),
    ],
)
def test_danger_without_a_safe_phone_is_handed_to_the_duty_manager(
    first: Run, scenario: str, refusals: list[str]
) -> None:
    (task,) = first.handed_over(scenario, "safety_alert")
    assert (task["holder"], task["priority"]) == ("the queue of duty_managers", "stat")
    assert task["refusals"] == refusals
    assert first.messages(scenario, "sms") == []
    assert task in first.said["not_sent"]


def test_nothing_lies_in_the_folder_for_an_unsafe_contact(first: Run) -> None:
    unsafe = ("+12125550104", "nadia.samplesby@", "+12125550162", "grant.fictionby@", "+12125550108\n")
    for file in (first.home / "messages").iterdir():
        if file.name != "failing.txt":
            text = file.read_text(encoding="utf-8", errors="replace")
            assert not any(each in text for each in unsafe), file.name


def test_a_number_that_said_stop_is_not_forced(first: Run) -> None:
    (message,) = first.messages("said_stop", "sms")
    (task,) = first.handed_over("said_stop", "safety_alert")
    assert (message["status"], message["file"]) == ("failed", None)
    assert "STOP" in message["why"]
    assert task["holder"] == "the queue of duty_managers"


def test_the_guardian_gets_the_alert_of_a_client_without_a_phone(first: Run) -> None:
    (message,) = first.messages("guardian", "sms")
    assert (message["to"], message["status"]) == ("guardian", "delivered")
    assert first.step("guardian", "appointment_email")["why"] == "a person did it another way"
    assert first.case("guardian")["status"] == "completed"


def test_a_case_that_waits_for_a_person_waits_there(first: Run) -> None:
    step = first.step("waits_for_booking", "assessment")
    assert step["state"] == "waiting"
    assert "Worker" in step["why"]
    assert first.step("waits_for_booking", "findings")["state"] == "not started"
    assert first.messages("waits_for_booking", "email") == []
    assert first.step("half_filled", "findings")["state"] == "waiting"
    assert first.step("half_filled", "appointment_email")["state"] == "completed"


def test_a_missing_income_is_provisional_and_never_nothing(first: Run) -> None:
    result = first.step("income_missing", "income")["result"]
    assert "1 missing" in result
    assert "provisional" in result
    assert "total" not in result


def test_two_currencies_are_an_incident_with_the_line_of_the_definition(first: Run) -> None:
    step = first.step("two_currencies", "income")
    assert step["state"] == "incident"
    assert "EUR and USD" in step["why"]
    assert "intake.yaml:" in step["why"]
    assert first.case("two_currencies")["priority"].endswith("(provisional)")


def test_without_consent_nothing_is_passed_on(first: Run) -> None:
    (task,) = first.handed_over("no_consent", "referral")
    assert "no consent" in task["why"]
    assert task["holder"] == "the queue of referral_team"


def test_a_corrected_answer_runs_its_readers_again(first: Run) -> None:
    assert first.step("correction", "risk")["earlier"] == 1
    assert first.step("correction", "vulnerability")["earlier"] == 1
    assert first.step("correction", "household")["earlier"] == 0
    assert first.case("correction")["risk"] == "high"


def test_a_merged_client_leads_to_the_case_of_the_survivor(first: Run) -> None:
    assert first.case("merged")["case"] == first.case("income_missing")["case"]
    assert "was there already" in first.step("merged", "case")["result"]


def test_duplicate_contacts_are_set_aside(first: Run) -> None:
    assert "2 set aside" in first.step("duplicates", "clean_up")["result"]


def test_visits_are_booked_on_the_last_day_of_a_month(first: Run) -> None:
    from datetime import date, timedelta

    active = {each["case"] for each in first.said["cases"] if each["status"] == "completed"}
    planned = [each for each in first.said["visits"] if each["status"] == "planned"]
    assert {each["case"] for each in planned} == active
    assert {each["starts"] for each in planned} == {"welfare-check"}
    assert all((date.fromisoformat(each["day"]) + timedelta(days=1)).day == 1 for each in planned)


def test_the_report_lies_where_it_says_and_names_nobody(first: Run) -> None:
    (report,) = first.said["reports"]
    text = (first.home / report["file"]).read_text(encoding="utf-8")
    assert report["cases"] >= 12
    assert first.case("ordinary")["case"] in text
    assert not any(name in text for name in names_of(first.home))


def test_prefect_has_a_flow_per_process_and_failed_only_where_an_incident_is(first: Run) -> None:
    flows = first.said["prefect"]["flows"]
    assert set(flows) >= {"Social work intake", "Welfare check", "Monthly case summary"}
    assert set(flows["Social work intake"]) == {"Completed", "Failed"}
    assert flows["Social work intake"]["Failed"] == 1


def test_all_that_is_written_lies_in_the_home(first: Run, surroundings: Path) -> None:
    assert [each.name for each in surroundings.iterdir()] == ["home"]
    assert {each.name for each in first.home.iterdir()} >= {
        "casewright.db",
        "demo",
        "messages",
        "prefect",
        "reports",
    }


def test_no_personal_data_lies_in_prefects_database(first: Run) -> None:
    personal = names_of(first.home) | contacts_of(first.home)
    assert len(personal) > 50
    for value in values_in(first.home / "prefect" / "prefect.db"):
        assert not any(each.lower() in value for each in personal), value[:200]
    for file in (first.home / "prefect").iterdir():
        content = file.read_bytes().lower()
        assert [each for each in personal if each.lower().encode() in content] == [], file.name


def test_no_personal_data_lies_in_the_logs(first: Run) -> None:
    log = (first.home / "casewright.log").read_text(encoding="utf-8")
    personal = names_of(first.home) | contacts_of(first.home) | staff_of(first.home)
    lines = [json.loads(line) for line in log.splitlines()]
    assert {"pass_began", "step_done", "pass_ended", "message_left", "message"} <= {
        each["event"] for each in lines
    }
    assert all({"time", "level", "logger"} <= each.keys() for each in lines)
    for text in (log, first.progress):
        assert [each for each in personal if each in text] == []


def test_a_second_run_starts_and_sends_nothing_again(first: Run, second: Run) -> None:
    assert second.status == 0
    assert (second.said["again"], second.said["started"], second.said["imported"]) == (True, 0, {})
    for part in ("cases", "messages", "tasks", "appointments", "visits", "reports", "prefect"):
        assert second.said[part] == first.said[part], part


def test_the_first_command_that_it_suggests_works(first: Run) -> None:
    command = first.said["next"][0]["command"]
    assert command.endswith(f"show {first.case('ordinary')['case']}")


def names_of(home: Path) -> set[str]:
    """The family names of clients and the names of people around them."""
    query = "SELECT family_name FROM clients UNION SELECT name FROM involvements WHERE name IS NOT NULL"
    return set(column(home, query))


def contacts_of(home: Path) -> set[str]:
    """Numbers and e-mail addresses."""
    return set(column(home, "SELECT value FROM contact_points WHERE value IS NOT NULL"))


def staff_of(home: Path) -> set[str]:
    """Names, numbers and addresses of those who work there, and the names of households."""
    query = "SELECT name FROM staff UNION SELECT email FROM staff UNION SELECT phone FROM staff"
    return {each for each in column(home, f"{query} UNION SELECT name FROM households") if each != "None"}


def column(home: Path, query: str) -> list[str]:
    with closing(sqlite3.connect(home / "casewright.db")) as connection:
        return [str(row[0]) for row in connection.execute(query)]


def values_in(database: Path) -> Iterator[str]:
    """Every value of every table, in lower case."""
    with closing(sqlite3.connect(database)) as connection:
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield " ".join(str(value) for value in row if value is not None).lower()
