"""The measure of pages: a small department, and that each kind of actor has something to look at."""

from pathlib import Path

import pytest
from sqlmodel import Session, func, select

from benchmarks.further.department import department
from benchmarks.further.findings import of_pages
from benchmarks.looking import measure
from benchmarks.looking.measure import measure_pages, prepare
from benchmarks.place import Place
from benchmarks.servers import open_servers
from models import Case, HumanTask
from web.reading.board.whole import Board

CASES = 1_600
"""Four for each worker, one of them open."""


def test_everybody_in_the_department_has_something_to_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "REAL", 1)
    with department(Place(f"sqlite:///{tmp_path / 'records.db'}", tmp_path)) as house:
        look, people = prepare(house, CASES)
        with house.engine.store.write() as session:
            assert counted(session, Case) == CASES + 1
            assert counted(session, HumanTask) >= 3 * CASES
            for actor in (people.caseworker, people.supervisor, people.manager):
                for name, read in look.pages().items():
                    found = read(session, actor)
                    if name == "board" and actor.leads:
                        assert isinstance(found, tuple)
                        figures = found[0]
                        assert isinstance(figures, Board)
                        expected = 10 if actor is people.supervisor else 400
                        assert figures.caseload.cases == expected + 1
                        assert figures.waiting
                        assert figures.due.rows


def test_the_pages_that_are_wanted_are_measured_for_each_kind_of_actor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure, "REAL", 1)
    with open_servers(tmp_path) as servers:
        found = list(measure_pages(servers, tmp_path, "sqlite", 2, CASES, {"cases", "board"}))
    pages = [(each["page"], each["actor"]) for each in found]
    assert pages == [
        *(("cases", who) for who in ("caseworker", "supervisor of a team", "manager over all")),
        *(("board", who) for who in ("supervisor of a team", "manager over all")),
    ]


def counted(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def test_a_finding_says_who_looked_at_what() -> None:
    found = of_pages(
        {
            "page": "board",
            "actor": "manager over all",
            "database": "sqlite",
            "ms": {"p50": 80.4, "p95": 120.2},
            "samples": 200,
        }
    )
    assert found["what"] == "Board, all figures counted anew: manager over all, SQLite"
    assert found["found"] == "80 ms, 95th percentile 120 ms of 200"
