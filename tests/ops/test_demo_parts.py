"""The parts of the demo without Prefect: its clock, its files, its scenarios, and its play on an odd day."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from definitions import load_vocabulary
from models import Client, new_id
from notifications.hours import quiet_until
from ops.composition import open_engine
from ops.demo.clock import by_day
from ops.demo.household_files import AS_OF, SHIPPED_DATA, moved_dates, write_files
from ops.demo.logs import LOG, log_to
from ops.demo.playing import Play, demo_settings, fresh_home, play
from ops.demo.scenarios import load_scenarios
from ops.errors import OpsError
from ops.importing import import_folder
from ops.settings import Settings, load_settings

pytestmark = pytest.mark.sqlite("the demo is a home with its file")

NEW_YORK = ZoneInfo("America/New_York")
NEW_YEARS_EVE = datetime(2027, 12, 31, 23, 55, tzinfo=NEW_YORK)


class Silent:
    """Progress that nobody looks at."""

    @contextmanager
    def stage(self, doing: str) -> Iterator[Callable[[str], None]]:
        yield lambda came_of_it: None


def settings_in(home: Path) -> Settings:
    return demo_settings(load_settings({"CASEWRIGHT_HOME": str(home)}), home)


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of a file that comes with the demo."""
    return list(csv.DictReader((SHIPPED_DATA / name).read_text(encoding="utf-8").splitlines()))


# -- the clock


@pytest.mark.parametrize("day", [date(2027, 3, 14), date(2027, 11, 7), date(2028, 2, 29)])
def test_the_clock_never_runs_backwards_and_is_never_in_quiet_hours(day: date) -> None:
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    told = [by_day(moment + timedelta(minutes=minute), NEW_YORK) for minute in range(0, 2 * 24 * 60, 7)]
    assert told == sorted(told)
    assert [each for each in told if quiet_until(each, "America/New_York") is not None] == []


def test_the_clock_tells_the_time_by_day() -> None:
    noon = datetime(2027, 6, 1, 12, tzinfo=NEW_YORK)
    assert by_day(noon, NEW_YORK) == noon


# -- the files


def test_dates_are_moved_and_everything_else_stays() -> None:
    text = "day,at,text\n2026-01-05,2025-12-31T09:00:00Z,since 2020-01-01\n"
    assert moved_dates(text, timedelta(days=1)) == (
        "day,at,text\n2026-01-06,2026-01-01T09:00:00Z,since 2020-01-01\n"
    )


def test_the_files_are_written_once(tmp_path: Path) -> None:
    folder = tmp_path / "demo" / "data"
    assert write_files(folder, date(2030, 1, 1))
    written = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert not write_files(folder, date(2031, 1, 1))
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == written
    assert len(written) == 6


@pytest.mark.parametrize("today", [AS_OF, date(2028, 2, 29), date(2033, 12, 31)])
def test_the_files_can_be_imported_on_any_day_and_again(tmp_path: Path, today: date) -> None:
    write_files(tmp_path / "data", today)
    noon = datetime(today.year, today.month, today.day, 17, tzinfo=UTC)
    with open_engine(settings_in(tmp_path / "home"), lambda: noon) as engine:
        assert import_folder(engine, tmp_path / "data").total > 100
        assert import_folder(engine, tmp_path / "data").total == 0


def test_the_households_are_as_varied_as_the_demo_needs() -> None:
    rows = {file.stem: rows_of(file.name) for file in SHIPPED_DATA.glob("*.csv")}
    clients = rows["clients"]
    assert len({row["reference"] for row in rows["households"]}) >= 12
    assert {row["language"] for row in clients} >= {"en", "es"}
    assert len({row["language"] for row in clients}) >= 5
    assert {row["date_of_birth_quality"] for row in clients} == {"full", "approximate", "doesnt_know"}
    assert any(row["merged_into"] for row in clients)
    assert any(row["domestic_violence"] == "yes" for row in clients)
    assert {row["frequency"] for row in rows["incomes"]} >= {"weekly", "fortnightly", "yearly"}
    assert {row["currency"] for row in rows["incomes"]} == {"USD", "EUR"}
    assert any(not row["amount"] for row in rows["incomes"])
    groups = {part.split(":")[0].strip() for row in rows["staff"] for part in row["groups"].split(";")}
    assert groups == set(load_vocabulary().groups)
    assert any(row["absent_from"] and row["cover"] for row in rows["staff"])


def test_only_reserved_numbers_and_domains_are_used() -> None:
    for file in SHIPPED_DATA.glob("*.csv"):
        for row in rows_of(file.name):
            for text in (text for text in row.values() if text):
                if "@" in text:
                    assert text.lower().rpartition("@")[2] in ("example.org", "example.com", "example.net")
                if text.startswith("+"):
                    digits = "".join(char for char in text if char.isdigit())
                    assert digits[4:9] == "55501" or digits.startswith("447700900"), text


# -- the scenarios


def test_each_scenario_has_a_client_of_its_own_in_the_files() -> None:
    known = {row["reference"] for row in rows_of("clients.csv")}
    clients = [each.client for each in load_scenarios().all]
    assert set(clients) <= known
    assert len(set(clients)) == len(clients) >= 12


def test_answers_are_corrected_later_than_they_are_given() -> None:
    scenario = next(each for each in load_scenarios().all if each.name == "correction")
    assert scenario.early.steps["findings"].correct is None
    assert scenario.late.steps["findings"].correct is not None


# -- playing


@pytest.fixture(scope="module")
def at_night(tmp_path_factory: pytest.TempPathFactory) -> Play:
    """The demo, played in the last minutes of a year, without Prefect."""
    home = tmp_path_factory.mktemp("night")
    settings = settings_in(home)
    with log_to(settings, home):
        return play(settings, lambda: NEW_YEARS_EVE, Silent(), prefect=False)


def test_it_works_in_the_last_night_of_a_year(at_night: Play) -> None:
    assert [each.promise for each in at_night.invariants if not each.holds] == []
    finished = {case.scenario for case in at_night.story.cases if case.status == "completed"}
    assert finished == {"ordinary", "danger", "guardian", "duplicates", "income_missing", "merged"}
    assert {visit.day for visit in at_night.story.visits} == {date(2028, 1, 31)}


def test_no_message_waits_for_the_morning(at_night: Play) -> None:
    assert {each.status for each in at_night.story.messages} == {"delivered", "failed"}


def test_warnings_go_into_the_log_of_the_home(at_night: Play) -> None:
    assert "WARNING notifications" in (at_night.home / LOG).read_text(encoding="utf-8")


def test_it_refuses_a_home_with_other_clients(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    now = datetime(2027, 6, 1, 15, tzinfo=UTC)
    with open_engine(settings, lambda: now) as engine, engine.store.write() as session:
        session.add(Client(id=new_id(), given_name="Somebody", family_name="Real", created_at=now))
    with pytest.raises(OpsError, match=r"clients that are not the demo's; run `casewright demo --fresh`"):
        play(settings, lambda: now, Silent(), prefect=False)


def test_a_configured_provider_database_or_prefect_is_never_used(tmp_path: Path) -> None:
    given = load_settings(
        {
            "CASEWRIGHT_HOME": str(tmp_path),
            "CASEWRIGHT_DATABASE_URL": "postgresql+psycopg://localhost/real",
            "CASEWRIGHT_SMTP_HOST": "mail.example.org",
            "CASEWRIGHT_SMTP_SENDER": "office@example.org",
            "CASEWRIGHT_PREFECT_API_URL": "http://prefect.example.org/api",
        }
    )
    settings = demo_settings(given, tmp_path / "fresh")
    assert (settings.smtp, settings.twilio, settings.prefect_api_url) == (None, None, None)
    assert settings.database_file == tmp_path / "fresh" / "casewright.db"


def test_a_fresh_home_is_always_another_one(tmp_path: Path) -> None:
    now = datetime(2027, 6, 1, 15, tzinfo=UTC)
    first = fresh_home(tmp_path, now)
    first.mkdir()
    assert first.parent == tmp_path
    assert fresh_home(tmp_path, now) not in (first, tmp_path)
