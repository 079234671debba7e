"""Lists find their rows by indexes: no plan goes through all cases or all tasks."""

import pytest
from access_world import Place
from account_world import MORNING
from databases import in_memory
from sqlalchemy import Select

from models import CASE_OPEN, Case, HumanTask, Role, TaskStatus
from web.access import scope

pytestmark = pytest.mark.sqlite("a small table is read as a whole by PostgreSQL, whatever its indexes")


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
