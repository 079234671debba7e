"""The bare records: one case at a time and a batch at a time leave the same rows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select

from benchmarks.bare import ANSWERS, PER_CASE, ROUNDS, SEGMENTS, STEPS, metadata, rows_of
from benchmarks.bare.tables import cases, contact_points
from benchmarks.place import Place, open_database, with_bare_tables

NUMBERS = (1, 2, 3)


def whole(connection: Connection, numbers: Sequence[int]) -> None:
    for names, segment in zip(((), *ROUNDS), SEGMENTS, strict=True):
        for number in numbers:
            for name in names:
                ANSWERS[name].write(connection, number)
        for step in segment:
            STEPS[step].run(connection, numbers)


def written(home: Path, batches: Sequence[Sequence[int]]) -> tuple[dict[str, int], list[Any]]:
    engine = with_bare_tables(Place(f"sqlite:///{home / 'records.db'}", home), NUMBERS)
    with engine.begin() as connection:
        for batch in batches:
            whole(connection, batch)
        found = connection.execute(
            select(cases.c.id, cases.c.status, cases.c.risk_level, cases.c.priority, cases.c.household_size)
            .add_columns(cases.c.income_per_month)
            .order_by(cases.c.id)
        ).all()
        counted = rows_of(connection)
        aside = select(contact_points.c.id).where(contact_points.c.set_aside_at.is_not(None))
        assert len(connection.execute(aside).all()) == len(NUMBERS)
    engine.dispose()
    return counted, [tuple(row) for row in found]


@pytest.mark.parametrize("batches", [[(1,), (2,), (3,)], [NUMBERS]], ids=["one by one", "as a batch"])
def test_an_intake_leaves_the_same_rows_alone_and_in_a_batch(
    tmp_path: Path, batches: Sequence[Sequence[int]]
) -> None:
    counted, found = written(tmp_path, batches)
    assert counted == {name: each * len(NUMBERS) for name, each in PER_CASE.items()}
    assert [row[1:5] for row in found] == [("active", "medium", "medium", 2)] * len(NUMBERS)
    assert [float(row[5]) for row in found] == [1083.33] * len(NUMBERS)


def test_all_sixteen_steps_are_in_a_segment_once() -> None:
    assert sorted(step for segment in SEGMENTS for step in segment) == sorted(STEPS)
    assert len(STEPS) == 16
    assert sorted(name for names in ROUNDS for name in names) == sorted(ANSWERS)


def test_sqlite_keeps_what_was_committed(tmp_path: Path) -> None:
    engine = open_database(Place(f"sqlite:///{tmp_path / 'records.db'}", tmp_path))
    metadata.create_all(engine)
    with engine.connect() as connection:
        kept = [
            connection.exec_driver_sql(f"PRAGMA {each}").scalar() for each in ("journal_mode", "synchronous")
        ]
    engine.dispose()
    assert kept == ["wal", 2]
