"""The tables of docs/performance.md, written from the figures; a test compares the two."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.points import DATABASES
from benchmarks.registry import ENGINES
from benchmarks.results import NAMES, read_latest, read_measures

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"

PLOTS: Final[Mapping[str, str]] = {
    "curve": "Cases per second over the number of cases",
    "cpu": "CPU per case",
    "latency": "The wait of a lone case",
}
"""The plots by file name, with what they show."""

Entry = Mapping[str, Any]


def bring_up_to_date(file: Path = PAGE) -> None:
    """Replace what stands between the markers `<!-- figures: NAME -->` and `<!-- end -->`."""
    file.write_text(with_figures(file.read_text(encoding="utf-8")), encoding="utf-8")


def with_figures(text: str) -> str:
    """The text with all its figures as they are in the files. KeyError for an unknown name."""
    tables = {
        "machine": _machine,
        "curve": _curve,
        "plots": _plots,
        "ratios": _ratios,
        "measures": _measures,
        "language": _language,
        "pages": _pages,
    }

    def replace(found: re.Match[str]) -> str:
        return f"{found[1]}\n{tables[found[2]]()}\n{found[3]}"

    return re.sub(r"(<!-- figures: (\w+) -->)\n.*?(<!-- end -->)", replace, text, flags=re.DOTALL)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    align = ["---", *("---:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, align, *rows))


def _machine() -> str:
    known = read_measures().get("machine")
    if known is None:
        return "Not measured yet."
    disk = known["fsync_ms"]
    servers = f"PostgreSQL {known['postgresql']}" if "postgresql" in known else "no PostgreSQL"
    prefects = (
        f"Prefect's own database on PostgreSQL {known['prefects_postgresql']} in the PostgreSQL column"
        if "prefects_postgresql" in known
        else "Prefect's own database on SQLite in both columns"
    )
    return (
        f"{known['cores']} cores, {known['memory_gb']} GB, {known['system']}; Python {known['python']},"
        f" SQLite {known['sqlite']}, {servers}; {prefects}; Prefect {known['prefect']}, DBOS {known['dbos']},"
        f" SpiffWorkflow {known['spiffworkflow']}, SQLAlchemy {known['sqlalchemy']}, psycopg"
        f" {known['psycopg']}. The disk keeps 4 KiB for good in {disk['p50']} ms (median; 95th percentile"
        f" {disk['p95']} ms)."
    )


def _curve() -> str:
    entries = read_latest()
    if not entries:
        return "Not measured yet."
    return "\n\n".join(
        f"**{NAMES[database]}**\n\n{_of_database([e for e in entries if e['database'] == database])}"
        for database in DATABASES
    )


def _of_database(entries: Sequence[Entry]) -> str:
    sizes = sorted({each["cases"] for each in entries})
    head = [
        "Cases per second at",
        *(f"{size:,} cases" for size in sizes),
        "CPU ms/case",
        "Memory MB",
        "Lone case p50, p95 ms",
    ]
    rows = []
    for engine, entry in ENGINES.items():
        points = {each["cases"]: each for each in entries if each["engine"] == engine}
        measured = [points[size] for size in sizes if size in points and points[size]["cases_per_s"]]
        if not measured:
            continue
        rates = [_figure(points.get(size, {}).get("cases_per_s")) for size in sizes]
        last = measured[-1]
        wait = "-" if last["p50_ms"] is None else f"{_figure(last['p50_ms'])}, {_figure(last['p95_ms'])}"
        rows.append([entry.title, *rates, _figure(last["cpu_ms_per_case"]), _figure(last["rss_mb"]), wait])
    return _table(head, rows)


def _plots() -> str:
    found = [
        f"![{title}](performance/{name}.svg)"
        for name, title in PLOTS.items()
        if (PAGE.parent / "performance" / f"{name}.svg").exists()
    ]
    return "\n\n".join(found) or "Not drawn yet."


def _ratios() -> str:
    ratios = read_measures().get("ratios")
    if not ratios:
        return "Not measured yet."
    rows = [
        (
            f"{ENGINES[each['peer']].title}, {NAMES[each['database']]}",
            f"{each['cases']:,} and {each['peer_cases']:,}",
            f"{_figure(each['median'])} times",
            f"{_figure(each['lowest'])} - {_figure(each['highest'])}",
            str(len(each["pairs"])),
            " and ".join(f"{sync['p50']:g}" for sync in each["fsync_ms"]),
        )
        for each in ratios
    ]
    head = (
        "Casewright against",
        "Cases of each",
        "Median",
        "Spread",
        "Pairs",
        "fsync before and after, ms",
    )
    return _table(head, rows)


def _measures() -> str:
    return _findings(
        each
        for name, findings in sorted(read_measures().items())
        if name not in ("machine", "ratios", "language", "pages")
        for each in findings
    )


def _language() -> str:
    return _findings(read_measures().get("language", ()))


def _pages() -> str:
    return _findings(read_measures().get("pages", ()))


def _findings(findings: Iterable[Entry]) -> str:
    rows = [(each["what"], each["found"], each["target"]) for each in findings]
    return _table(("Measured", "Found", "Wanted"), rows) if rows else "Not measured yet."


def _figure(value: float | None) -> str:
    """Three digits that count; `not run` for what was not measured."""
    if value is None:
        return "not run"
    if value >= 100:
        return f"{value:,.0f}"
    return f"{float(f'{value:.3g}'):g}"
