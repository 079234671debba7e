"""The measures of Casewright alone: their stores are real ones, their figures stand in the page's words."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from benchmarks.further.clones import clone
from benchmarks.further.department import department
from benchmarks.further.findings import of_check, of_lone, of_scale, of_scenarios, of_stored
from benchmarks.further.language import measure_check, measure_scenarios
from benchmarks.further.provider import provider
from benchmarks.further.stored import measure_stored
from benchmarks.house.office import mobile
from benchmarks.place import Place
from benchmarks.servers import open_servers
from models import Case, Channel, HumanTask, Instance, InstanceStatus, StepRun, Timer
from notifications import Outgoing, TwilioChannel
from ops.settings import load_settings

CLONES = 3
NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_a_clone_is_a_case_that_goes_on_like_its_template(tmp_path: Path) -> None:
    with department(Place(f"sqlite:///{tmp_path / 'records.db'}", tmp_path)) as house:
        (instance,) = house.start([1]).values()
        house.engine.run()
        clone(house.engine.store, instance, 1, CLONES)
        with house.engine.store.read() as session:
            cases = session.exec(select(Case.number, Case.client_id)).all()
            assert len({number for number, _ in cases}) == len({client for _, client in cases}) == CLONES + 1
            timers = session.exec(select(func.count()).select_from(Timer).group_by(col(Timer.instance_id)))
            assert len(set(timers.all())) == 1
        assert house.people.act() == CLONES + 1, "each of them has a task to book"
        house.engine.run()
        with house.engine.store.read() as session:
            begun = select(StepRun.instance_id).where(StepRun.step == "findings").distinct()
            assert len(session.exec(begun).all()) == CLONES + 1
            statuses = session.exec(select(Instance.status)).all()
            assert statuses == [InstanceStatus.WAITING] * (CLONES + 1)
            assert len(session.exec(select(HumanTask.id)).all()) == CLONES + 1


def test_a_full_store_is_compared_with_an_empty_one(tmp_path: Path) -> None:
    with open_servers(tmp_path) as servers:
        found = next(iter(measure_stored(servers, tmp_path, "sqlite", [2], 1)))
    assert found["stored"] == 2
    assert [len(found[name]) for name in ("case_ms", "look_ms", "case_ratios", "look_ratios")] == [2, 2, 1, 1]
    assert [row["target"] for row in of_stored(found)] == ["within 15 %"] * 2


def test_the_stand_in_takes_an_sms_and_remembers_when_it_was_called() -> None:
    began = time.time()
    with provider() as phone:
        settings = load_settings({**phone.settings, "CASEWRIGHT_HOME": "unused"})
        assert settings.twilio is not None
        channel = TwilioChannel(settings.twilio)
        outgoing = Outgoing("1", Channel.SMS, mobile(1), "", "Synthetic", "en", NOW)
        accepted = channel.send(outgoing)
        assert channel.status(accepted.provider_id).status == "delivered"
    assert list(phone.called) == [mobile(1)]
    assert began <= phone.called[mobile(1)] <= time.time()


def test_findings_say_in_words_what_was_measured_and_what_was_wanted() -> None:
    lone = of_lone("sqlite", [100.0, 2_000.0], 100.0, 2_000.0, "sqlite")
    assert (lone["found"], lone["target"]) == (
        "0.10 s, 95th percentile 2.00 s of 2",
        "95th percentile under 4 s",
    )
    spread = {"median": 1.5, "lowest": 1.4, "highest": 1.6}
    two, sealed = of_scale({"cases": 400, "two_to_one": spread, "sealed_to_unsealed": spread})
    assert two["found"] == sealed["found"] == "1.5 times (1.4 - 1.6)"
    (memory,) = of_stored({"database": "sqlite", "stored": 1_000, "worker_mb": [160.0, 161.0]})
    assert memory["found"] == "160 MB; 161 MB with an empty store"


@pytest.mark.parametrize("steps", [13, 33])
def test_a_long_definition_is_right_and_has_as_many_steps_as_it_says(steps: int) -> None:
    found = measure_check(steps, 1)
    assert (found["steps"], len(found["ms"])) == (steps, 1)
    assert of_check(found)["target"] == "under 300 ms"


def test_scenarios_of_the_intake_are_played_with_and_without_sharing() -> None:
    alone, shared = measure_scenarios(2)
    assert (alone["shared"], shared["shared"]) == (False, True)
    assert [of_scenarios(each)["what"].startswith("2 scenario runs") for each in (alone, shared)] == [
        True
    ] * 2
