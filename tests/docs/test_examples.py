"""The examples of the documentation: checked, run, and shown as they are."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from intake_world import MONDAY, client, plans, services, staff
from sqlmodel import select
from written_docs import EXAMPLES, ROOT, example, installation

from definitions import check, parse, process_files, render
from flows.script import Script
from flows.simulation import Simulation, simulate
from models import Case, Client, Consent, Instance, InstanceStatus, Referral, Staff
from models import Record as Row
from ops.checking import check_paths

README = (ROOT / "README.md").read_text(encoding="utf-8")
FOOD_BANK = (EXAMPLES / "food-bank.yaml").read_text(encoding="utf-8")


def shown(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_readme_opens_with_a_definition_of_twenty_lines() -> None:
    assert shown("yaml")[0] == FOOD_BANK
    assert len(FOOD_BANK.splitlines()) == 20


def test_the_readme_shows_the_real_answer_to_a_slip() -> None:
    slip = FOOD_BANK.replace("= talk.consent", "= talk.consnt")
    checked = check(parse(slip.encode(), "food-bank.yaml"), installation().catalogue)
    assert checked.plan is None
    assert shown("text")[0] == "\n".join(render(each) for each in checked.diagnostics) + "\n"


@pytest.mark.parametrize("path", process_files(EXAMPLES), ids=lambda path: path.stem)
def test_every_example_has_no_problem(path: Path) -> None:
    assert example(path.stem).file.endswith(path.name)


def test_the_whole_folder_has_no_problem_and_no_warning() -> None:
    found = check_paths([EXAMPLES])
    assert len(found.files) > 30
    assert [render(each) for each in found.diagnostics] == []


@contextmanager
def food_bank(consent: str) -> Iterator[Simulation]:
    """The example, run for a case whose caseworker fills in the form."""
    rows: list[Row] = [*staff(), *client(1), *services()]
    worker = next(row for row in rows if isinstance(row, Staff) and row.name == "Synthetic Worker")
    person = next(row for row in rows if isinstance(row, Client))
    case = Case(
        number="2026-000001",
        client_id=person.id,
        worker_id=worker.id,
        received_at=MONDAY,
        created_at=MONDAY,
        team="intake_team",
    )
    script = Script.read({"talk": {"answers": {"service": "FOOD-1", "consent": consent}}})
    end = simulate(
        example("food-bank"),
        {"case": case.id},
        script,
        MONDAY,
        catalogue=installation().catalogue,
        records=[*rows, case],
    )
    yield end
    end.store.close()


def test_the_food_bank_gets_a_referral_that_rests_on_the_consent() -> None:
    with food_bank("yes") as end, end.store.read() as session:
        assert end.status is InstanceStatus.COMPLETED
        (referral,) = session.exec(select(Referral)).all()
        (consent,) = session.exec(select(Consent)).all()
        assert referral.consent_id == consent.id
        assert referral.id == end.step("referral").outputs["referral"]


def test_without_consent_nothing_is_passed_on_and_the_caseworker_is_told() -> None:
    with food_bank("no") as end, end.store.read() as session:
        assert end.status is InstanceStatus.INCIDENT
        assert session.exec(select(Referral)).first() is None
        told = end.tasks[-1]
        assert "no consent is recorded" in told.description
        assert "food-bank.yaml:14:5" in told.description
        assert told.assignee_id == end.tasks[0].assignee_id


def test_the_process_with_every_step_kind_runs_to_its_end() -> None:
    rows: list[Row] = [*staff(), *client(1), *services()]
    person = next(row for row in rows if isinstance(row, Client))
    form = {"housing": "stable", "needs": ["food-insecurity"], "service": "FOOD-1", "consent": "yes"}
    goal = {
        "specific": "Eat three times a day",
        "indicator": "meals a day",
        "target": "three",
        "need": "food-insecurity",
        "due": "60 days",
    }
    script = Script.read(
        {
            "meeting": {"book": {"in": "2 working days"}},
            "form": {"first": {"danger": "yes"}, "answers": form},
            "plan": {"goals": [goal]},
        }
    )
    end = simulate(
        example("every-kind"),
        {"client": person.id, "received_at": MONDAY, "urgency": "quick"},
        script,
        MONDAY,
        catalogue=installation().catalogue,
        records=rows,
        others=[example("food-bank"), *plans().values()],
    )
    assert end.status is InstanceStatus.COMPLETED
    assert {step.status for step in end.steps} == {"completed"}
    with end.store.read() as session:
        started = session.exec(select(Instance.process)).all()
    assert "food-bank-referral" in started
    end.store.close()
