"""The answer to a commit gets lost: the client sees an error before the database has committed, or after.

Nothing may be lost, doubled or stuck, and it is nobody's incident (engine.md R2.6). `make chaos` loses each
commit of each process alone.
"""

from collections.abc import Callable, Iterator, Mapping

import pytest
from commit_faults import Lost, share
from crash_figures import Outcome
from crash_table import ANSWERS_LOST, CrashTable
from crashes import Stage
from forks import Pool
from scenes import SCENES

PARTS = (0.25, 0.1, 0.03)
"""How many of all commits lose their answers; with many, the tries after them do too."""

Case = tuple[str, float, Lost]


@pytest.fixture(scope="module")
def outcomes(prepared: Mapping[str, Stage], crash_table: CrashTable) -> Iterator[Pool[Case, Outcome]]:
    pool = Pool(
        {
            (process, part, how): _losing(stage, part, how)
            for process, stage in prepared.items()
            for part in PARTS
            for how in Lost
        }
    )
    yield pool
    pool.close()
    crash_table.add(ANSWERS_LOST, *pool.ended().values())


def _losing(stage: Stage, part: float, how: Lost) -> Callable[[], Outcome]:
    return lambda: stage.lose(share(part, seed=3), how)


@pytest.mark.parametrize("how", Lost)
@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("process", SCENES)
def test_a_lost_answer_to_a_commit_loses_nothing_and_doubles_nothing(
    process: str, part: float, how: Lost, outcomes: Pool[Case, Outcome]
) -> None:
    outcome = outcomes.result((process, part, how))
    assert outcome.broken == ()
    assert outcome.crashes > 0
