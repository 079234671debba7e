"""The figures of the last run, as files beside the code: `latest.json` and `measures.json`."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

NAMES: Final[Mapping[str, str]] = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
"""The databases as a reader knows them."""

HERE: Final = Path(__file__).parent
LATEST: Final = HERE / "latest.json"
"""The curve: a list of `{engine, database, cases, cases_per_s, p50_ms, p95_ms, cpu_ms_per_case, rss_mb}`. A
point that was not run has nulls and a `reason`.
"""

MEASURES: Final = HERE / "measures.json"
"""Everything else by name: the machine, the ratios, and the further measures."""


def read_latest(file: Path = LATEST) -> list[dict[str, Any]]:
    """The points of the curve; empty before the first run."""
    found: list[dict[str, Any]] = json.loads(file.read_text()) if file.exists() else []
    return found


def write_latest(entries: Sequence[Mapping[str, Any]], file: Path = LATEST) -> None:
    """Replace the points that were measured again; the others stay, and so does one that failed this time."""
    measured = [each for each in entries if not failed(each)]
    points = {_key(each): dict(each) for each in [*read_latest(file), *measured]}
    lines = ",\n".join(f"  {json.dumps(points[key])}" for key in sorted(points, key=_order))
    file.write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def failed(entry: Mapping[str, Any]) -> bool:
    """Whether a point broke. One that was not run, since it would have taken too long, did not."""
    return str(entry.get("reason", "")).startswith("failed")


def read_measures(file: Path = MEASURES) -> dict[str, Any]:
    """The further measures by name; empty before the first run."""
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return found


def write_measure(name: str, found: Any, file: Path = MEASURES) -> None:
    """Keep one measure; the others stay."""
    known = {**read_measures(file), name: found}
    file.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def write_machine(found: Mapping[str, Any], file: Path = MEASURES) -> None:
    """Keep what measured the curve. A server that this run did not use stays as it was known: the points
    that it gave stay too.
    """
    write_measure("machine", {**read_measures(file).get("machine", {}), **found}, file)


def write_findings(name: str, found: Sequence[Mapping[str, Any]], file: Path = MEASURES) -> None:
    """Keep the findings of one measure, or the ratios, in place of what was found before on the same
    databases; those of a database that was not measured this time stay.
    """
    again = {_database(each) for each in found}
    others = [each for each in read_measures(file).get(name, ()) if _database(each) not in again]
    write_measure(name, sorted([*others, *found], key=_database_order), file)


def _database(finding: Mapping[str, Any]) -> str:
    return str(finding.get("figures", finding).get("database", ""))


def _database_order(finding: Mapping[str, Any]) -> int:
    from benchmarks.points import DATABASES

    database = _database(finding)
    return DATABASES.index(database) if database else 0


def _key(entry: Mapping[str, Any]) -> tuple[str, str, int]:
    return entry["engine"], entry["database"], entry["cases"]


def _order(key: tuple[str, str, int]) -> tuple[int, int, int]:
    from benchmarks.points import DATABASES
    from benchmarks.registry import ENGINES

    engine, database, cases = key
    return DATABASES.index(database), list(ENGINES).index(engine), cases
