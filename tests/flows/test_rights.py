"""What a role needs on PostgreSQL to run the engine, as docs/operations.md says: to read and write rows."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from databases import fresh_url, url_of
from engine_world import World, step, world_on
from sqlalchemy import make_url, text
from sqlalchemy.exc import ProgrammingError

import migrations
from flows.leases import clear_away
from flows.waking.hints import Hint
from models import InstanceStatus, new_id, open_store

pytestmark = pytest.mark.postgresql("SQLite has no roles")


@pytest.fixture
def modest(tmp_path: Path) -> Iterator[World]:
    """A world whose role may read and write rows, and nothing else."""
    with open_store(fresh_url(tmp_path)) as owners:
        migrations.upgrade(owners.engine)
        role = f"modest_{new_id().lower()}"
        with owners.write() as session:
            for right in (
                f"CREATE ROLE {role} LOGIN",
                f"GRANT USAGE ON SCHEMA public TO {role}",
                f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
            ):
                session.execute(text(right))
        url = make_url(url_of(owners)).set(username=role)
        with open_store(url.render_as_string(hide_password=False)) as store:
            yield world_on(store)
        with owners.write() as session:
            session.execute(text(f"DROP OWNED BY {role}"))
            session.execute(text(f"DROP ROLE {role}"))


def test_a_role_that_reads_and_writes_rows_runs_the_engine(modest: World) -> None:
    modest.publish(step("fragile", "one", 0), step("say", "two", 1, implied="one"))
    with Hint(modest.runtime.store) as hint:
        (instance,) = modest.start()
        assert hint.wait(60)
    assert modest.run_all() == 1
    assert modest.instance(instance).status is InstanceStatus.COMPLETED
    modest.pass_time(10 * modest.runtime.limits.lease_kept)
    assert clear_away(modest.runtime) == 1
    assert migrations.check(modest.runtime.store.engine) == []


def test_it_can_not_change_the_tables(modest: World) -> None:
    with pytest.raises(ProgrammingError, match="must be owner"), modest.runtime.store.write() as session:
        session.execute(text("ALTER TABLE wakes ADD COLUMN more TEXT"))
