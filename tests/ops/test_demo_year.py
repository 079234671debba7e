"""A year of the demo: the engine lives through it, nobody real is in it, and it is the same year again."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlmodel import col, select

from flows.simulation import VirtualClock
from models import (
    Appointment,
    AppointmentStatus,
    BreakGlass,
    Case,
    CaseNote,
    CaseStatus,
    Client,
    Conflict,
    ContactPoint,
    HumanTask,
    Instance,
    Message,
    MessageStatus,
    Safety,
    Staff,
    StaffGroup,
    StepRun,
)
from ops.composition import open_engine
from ops.demo.year import Lived, fill, year_settings
from ops.demo.year.accounts import PASSPHRASE, ROLES, logins
from ops.demo.year.chance import Chance
from ops.demo.year.guarding import guard_cases
from ops.demo.year.office import FAMILIES, INTAKE, NORTH, SOUTH, TEAMS
from ops.demo.year.wishing import Wishes
from ops.keys import keys_of
from ops.settings import Settings
from ops.up_demo import DemoYear
from tasks.people.holders import on_duty
from web.accounts.commands import LoggedIn, log_in

pytestmark = pytest.mark.sqlite("the demo is a home with its file")

NOW = datetime(2026, 11, 26, 15, tzinfo=UTC)
CASES = 4
LENGTH = timedelta(days=60)


def lived_in(home: Path) -> tuple[Settings, Lived]:
    settings = year_settings(Settings(home, ""), home)
    home.mkdir(exist_ok=True)
    lived = fill(settings, NOW, cases=CASES, length=LENGTH)
    assert lived is not None
    return settings, lived


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Lived]:
    return lived_in(tmp_path_factory.mktemp("year"))


def test_every_newcomer_has_a_case_and_nothing_was_refused(year: tuple[Settings, Lived]) -> None:
    settings, lived = year
    with open_engine(settings) as engine, engine.store.read() as session:
        statuses = Counter(session.exec(select(Case.status)))
    assert (lived.cases, lived.refused) == (CASES, 0)
    assert statuses.total() == CASES


def test_it_is_lived_by_the_engine_up_to_now_and_no_further(year: tuple[Settings, Lived]) -> None:
    settings, lived = year
    with open_engine(settings) as engine, engine.store.read() as session:
        began = list(session.exec(select(StepRun.started_at)))
        created = list(session.exec(select(HumanTask.created_at)))
        instances = Counter(session.exec(select(Instance.status)))
    moments = [each for each in (*began, *created) if each is not None]
    assert min(moments) >= NOW - LENGTH
    assert max(moments) <= NOW
    assert max(moments) - min(moments) > timedelta(days=1)
    assert lived.commands > 0
    assert instances.total() >= CASES


def test_cases_have_notes_and_it_is_said_whether_appointments_were_kept(year: tuple[Settings, Lived]) -> None:
    settings, _ = year
    with open_engine(settings) as engine, engine.store.read() as session:
        notes = list(session.exec(select(CaseNote)))
        over = select(Appointment.status).where(col(Appointment.ends_at) < NOW)
        states = set(session.exec(over))
    assert any(note.signed_at for note in notes)
    assert max(note.written_at for note in notes) <= NOW
    assert states <= {AppointmentStatus.DONE, AppointmentStatus.MISSED, AppointmentStatus.CANCELLED}


def test_nobody_is_written_to_at_an_unsafe_place(year: tuple[Settings, Lived]) -> None:
    settings, _ = year
    with open_engine(settings) as engine, engine.store.read() as session:
        unsafe = select(ContactPoint.id).where(ContactPoint.safe == Safety.NO)
        sent = select(Message.id).where(
            col(Message.contact_point_id).in_(unsafe),
            col(Message.status).in_((MessageStatus.SENT, MessageStatus.DELIVERED)),
        )
        assert session.exec(sent).all() == []
        assert session.exec(select(Message.id)).first() is not None


def test_all_people_are_made_up(year: tuple[Settings, Lived]) -> None:
    settings, _ = year
    with open_engine(settings) as engine, engine.store.read() as session:
        values = [each for each in session.exec(select(ContactPoint.value)) if each]
        references = [each for each in session.exec(select(Client.reference)) if each]
    assert all(each.endswith("@example.org") or (each[5:9] == "5550" and each[9] == "1") for each in values)
    assert all(each.startswith("D-Y") for each in references)


def test_a_home_with_people_in_it_stays_as_it_is(year: tuple[Settings, Lived]) -> None:
    settings, _ = year
    assert fill(settings, NOW, cases=CASES, length=LENGTH) is None


def test_the_same_year_comes_again(year: tuple[Settings, Lived], tmp_path: Path) -> None:
    _, first = year
    _, again = lived_in(tmp_path)
    assert again == first


def test_people_log_in_with_the_passphrase_that_is_shown(year: tuple[Settings, Lived]) -> None:
    settings, _ = year
    with open_engine(settings) as engine:
        shown = logins(engine.store)
        keys = keys_of(settings, demo=True)
        entered = [
            log_in(engine.store, keys, each.login, PASSPHRASE, None, address="127.0.0.1", now=NOW)
            for each in shown[::5]  # a password takes its time
        ]
    assert [each.login for each in shown] == list(ROLES)
    assert all(isinstance(each, LoggedIn) for each in entered)


def test_a_year_that_is_broken_off_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    home = tmp_path / "home"
    demo = DemoYear(year_settings(Settings(home, ""), home), cases=CASES, length=LENGTH)
    stopped = Event()
    stopped.set()
    assert demo.prepare(stopped) is None
    assert not demo.whole.exists()


def test_the_parts_of_a_demo_know_nothing_of_what_is_set_for_real(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEWRIGHT_SMTP_HOST", "mail.example.org")
    home = tmp_path / "home"
    environment = DemoYear(year_settings(Settings(home, ""), home)).environment
    assert {name: value for name, value in environment.items() if name.startswith("CASEWRIGHT_")} == {
        "CASEWRIGHT_HOME": str(home),
        "CASEWRIGHT_DEFINITIONS": str(home / "definitions"),
        "CASEWRIGHT_HOOK_HOSTS": "localhost,127.0.0.1",
        "CASEWRIGHT_PUBLIC_FORM": "1",
    }


def test_somebody_is_away_and_covered_and_somebody_on_duty(year: tuple[Settings, Lived]) -> None:
    settings, _ = year
    with open_engine(settings) as engine, engine.store.read() as session:
        (away,) = [each for each in session.exec(select(Staff)) if not each.is_available(NOW)]
        cover = session.get_one(Staff, away.cover_id)
        assert (away.name, cover.name) == ("Uma Worker", "Ines Worker")
        assert [each.name for each in on_duty(session, "duty_manager", NOW)] == ["Dana Duty"]


def test_the_department_has_its_own_teams_each_with_a_supervisor_who_logs_in(
    year: tuple[Settings, Lived],
) -> None:
    settings, _ = year
    with open_engine(settings) as engine, engine.store.read() as session:
        assert engine.installation.catalogue.vocabulary.groups.items() >= TEAMS.items()
        leading = select(StaffGroup.group, Staff.email).join(Staff, col(Staff.id) == col(StaffGroup.staff_id))
        led = dict(session.exec(leading.where(StaffGroup.role == "supervisor")).all())
    assert set(led) == {INTAKE, *TEAMS}
    assert set(led.values()) <= set(ROLES)


def test_an_active_case_is_handed_over_to_somebody_of_another_team_with_a_note(
    year: tuple[Settings, Lived],
) -> None:
    settings, _ = year
    with open_engine(settings, VirtualClock(NOW)) as engine:
        with engine.store.write() as session:
            case = session.exec(select(Case).where(Case.team == INTAKE)).all()[0]
            case.status, case.activated_on = CaseStatus.ACTIVE, NOW.date()
            session.add(case)
        wishes = Wishes(engine, {}, Chance(1), {("hand-over", case.id): NOW})
        assert wishes.fulfil() == 1
        with engine.store.read() as session:
            moved = session.get_one(Case, case.id)
            groups = session.exec(select(StaffGroup.group).where(StaffGroup.staff_id == moved.worker_id))
            assert moved.team in TEAMS
            assert list(groups) == [moved.team]
            titles = session.exec(select(CaseNote.title).where(CaseNote.case_id == case.id))
            assert any(each and each.startswith("Handover to ") for each in titles)


def test_at_the_end_one_case_is_sealed_one_opened_by_another_team_and_one_client_known(
    year: tuple[Settings, Lived],
) -> None:
    settings, _ = year
    with open_engine(settings, VirtualClock(NOW)) as engine:
        with engine.store.write() as session:
            for team, case in zip((FAMILIES, NORTH, SOUTH), session.exec(select(Case)), strict=False):
                case.status, case.activated_on, case.team = CaseStatus.ACTIVE, NOW.date(), team
                session.add(case)
        guard_cases(engine, NOW)
        with engine.store.read() as session:
            sealed = session.exec(select(Case.team).where(col(Case.sealed))).all()
            opened = session.exec(select(BreakGlass.case_id)).all()
            known = session.exec(select(Conflict.client_id)).all()
    assert sealed == [FAMILIES]
    assert (len(opened), len(known)) == (1, 1)
