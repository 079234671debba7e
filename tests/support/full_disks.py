"""A disk that is full, and has room again: for a database of either kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from models import Store


@contextmanager
def full_disk(store: Store, room: int) -> Iterator[None]:
    """Inside the block there is little room: SQLite may grow its file by so many pages, PostgreSQL takes so
    many statements that insert rows, and then refuses with the error of a full disk (53100).
    """
    if store.dialect == "sqlite":
        yield from _few_pages(store, room)
    else:
        yield from _few_inserts(store, room)


def _few_pages(store: Store, room: int) -> Iterator[None]:
    with store.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one() + room
    store.engine.dispose()

    def limit(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}").close()

    event.listen(store.engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(store.engine, "connect", limit)
        store.engine.dispose()


_TABLES = ("step_runs", "wakes", "human_tasks", "messages", "chronology_entries", "leases")
_REFUSAL = """
CREATE SEQUENCE room;
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF nextval('room') > {room} THEN
        RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100';
    END IF;
    RETURN NULL;
END $$
"""


def _few_inserts(store: Store, room: int) -> Iterator[None]:
    with store.engine.begin() as connection:
        connection.exec_driver_sql(_REFUSAL.format(room=room))
        for table in _TABLES:
            connection.exec_driver_sql(
                f"CREATE TRIGGER no_room BEFORE INSERT ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION no_room()"
            )
    try:
        yield
    finally:
        with store.engine.begin() as connection:
            connection.exec_driver_sql("DROP FUNCTION no_room CASCADE; DROP SEQUENCE room")
