"""What Prefect has recorded, read from the database file in its home.

The embedded server ends with the command, and only `flows` talks to Prefect; the file tells the same, and
whether anything stands in it that should not.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

DATABASE = "prefect.db"


@dataclass(frozen=True, slots=True)
class PrefectRuns:
    """The flow runs by flow and by state, and how often each Prefect task ran for each instance.

    `by_instance` is keyed by (instance id, name of the Prefect task).
    """

    flows: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    task_runs: int = 0
    by_instance: Mapping[tuple[str, str], int] = field(default_factory=dict)

    @property
    def flow_runs(self) -> int:
        """All flow runs."""
        return sum(sum(states.values()) for states in self.flows.values())


def read_runs(prefect_home: Path) -> PrefectRuns:
    """What Prefect's database file holds; nothing when there is none yet."""
    file = prefect_home / DATABASE
    if not file.exists():
        return PrefectRuns()
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        flows: dict[str, dict[str, int]] = {}
        query = (
            "SELECT flow.name, flow_run.state_name, count(flow_run.id) FROM flow"
            " LEFT JOIN flow_run ON flow.id = flow_run.flow_id"
            " GROUP BY flow.name, flow_run.state_name ORDER BY flow.name"
        )
        for name, state, count in connection.execute(query):
            counted = flows.setdefault(name, {})
            if count:
                counted[state or "unknown"] = count
        tasks = connection.execute("SELECT name, tags FROM task_run").fetchall()
    return PrefectRuns(flows, len(tasks), _by_instance(tasks))


def _by_instance(tasks: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
    counted: dict[tuple[str, str], int] = {}
    for name, tags in tasks:
        for tag in json.loads(tags or "[]"):
            # a task run is named by its Prefect task and a few characters: `Sum household income-4f2`
            key = (tag, name.rpartition("-")[0] or name)
            counted[key] = counted.get(key, 0) + 1
    return counted


def leaks(prefect_home: Path, secrets: Collection[str]) -> tuple[str, ...]:
    """Those of the texts that stand anywhere in Prefect's files, as written or in lower case."""
    wanted = {secret: secret.lower().encode() for secret in secrets}
    contents = [content.lower() for content in _contents(prefect_home)]
    return tuple(
        sorted(secret for secret, text in wanted.items() if any(text in content for content in contents))
    )


def _contents(folder: Path) -> Iterator[bytes]:
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file.read_bytes()
