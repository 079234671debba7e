"""Lists find their rows by indexes: no plan goes through all cases or all tasks."""

from collections.abc import Iterator
from typing import Any

import pytest
from access_world import Place
from account_world import MORNING
from databases import in_memory
from sqlalchemy import Select, select

from models import CASE_OPEN, Case, HumanTask, Role, TaskStatus
from web.access import scope


@pytest.mark.sqlite("a small table is read as a whole by PostgreSQL, whatever its indexes")
@pytest.mark.parametrize("role", [Role.CASEWORKER, Role.MANAGER])
@pytest.mark.parametrize("name", ["cases", "open cases", "tasks", "inbox"])
def test_no_list_reads_a_whole_table(role: Role, name: str) -> None:
    with in_memory() as store, store.write() as session:
        actor = Place(session, role).actor
        lists: dict[str, Select[Case] | Select[HumanTask]] = {
            "cases": scope.visible_cases(actor, MORNING),
            "open cases": scope.visible_cases(actor, MORNING).where(Case.status.in_(CASE_OPEN)),  # type: ignore[attr-defined]
            "tasks": scope.visible_tasks(actor, MORNING).where(HumanTask.status == TaskStatus.REQUESTED),
            "inbox": scope.inbox(actor, MORNING),
        }
        text = lists[name].compile(store.engine, compile_kwargs={"literal_binds": True}).string
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")
        steps = [str(row[-1]) for row in plan]
    whole = [
        each for each in steps if each.startswith(("SCAN cases", "SCAN human_tasks")) and "USING" not in each
    ]
    assert whole == []


@pytest.mark.postgresql("which finds rows by no index where one way of OR is a query")
def test_each_way_to_the_cases_of_a_supervisor_has_an_index() -> None:
    with in_memory() as store, store.write() as session:
        actor = Place(session, Role.SUPERVISOR).actor
        board = select(Case).where(scope.answered_for(actor, MORNING))
        session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")  # small as they are
        text = board.compile(store.engine, compile_kwargs={"literal_binds": True}).string
        found = session.connection().exec_driver_sql(f"EXPLAIN (FORMAT JSON) {text}").scalar_one()
    looks = [each for each in _steps(found[0]["Plan"]) if each.get("Relation Name") == "cases"]
    assert looks
    assert [each for each in looks if not {"Index Cond", "Recheck Cond"} & each.keys()] == []


def _steps(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for each in plan.get("Plans", ()):
        yield from _steps(each)
