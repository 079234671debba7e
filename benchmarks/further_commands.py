"""The commands of `python -m benchmarks` for the measures of Casewright alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from benchmarks.bench import opened
from benchmarks.choices import BOTH, Databases, Json, listed, say, tell
from benchmarks.points import DATABASES, Point
from benchmarks.progress import shown
from benchmarks.results import MEASURES, write_findings

further = typer.Typer(add_completion=False)

LONE: Final = 20
"""Cases run alone: three waits each."""


@further.command()
def alert(
    databases: Databases = BOTH,
    alerts: Annotated[int, typer.Option(help="Alerts.")] = 50,
    ordinary: Annotated[int, typer.Option(help="Ordinary intakes that are ready.")] = 10_000,
    as_json: Json = False,
) -> None:
    """The safety alert while ordinary work waits, with Prefect's API and without it."""
    from benchmarks.further.alert import measure_alert
    from benchmarks.further.findings import of_alert

    with _kept("alert", as_json) as found, opened() as bench:
        for database in listed(databases, DATABASES):
            for prefect in (True, False):
                figures = measure_alert(
                    bench.servers, bench.folder, database, alerts=alerts, ordinary=ordinary, prefect=prefect
                )
                found(of_alert(figures, ordinary))


@further.command()
def lone(
    databases: Databases = BOTH,
    cases: Annotated[int, typer.Option(help="Cases, one after the other.")] = LONE,
    as_json: Json = False,
) -> None:
    """A lone case with worker and Prefect's server on the same cores."""
    from benchmarks.further.findings import of_lone

    with _kept("lone", as_json) as found, opened(lone=cases) as bench:
        for database in listed(databases, DATABASES):
            measured = bench.measure(Point("casewright", database, 1)).measured
            p50, p95 = measured.wait_ms(0.5), measured.wait_ms(0.95)
            if p50 is None or p95 is None:
                raise RuntimeError(measured.reason)
            apart = database == "postgresql" and bench.servers.known_prefect is not None
            found(of_lone(database, measured.waits_ms, p50, p95, "postgresql" if apart else "sqlite"))


@further.command()
def stored(
    databases: Databases = BOTH,
    sizes: Annotated[str, typer.Option(help="Waiting cases.")] = "1000,10000,100000",
    pairs: Annotated[int, typer.Option(help="Pairs of full and empty.")] = 5,
    as_json: Json = False,
) -> None:
    """What stored cases that wait cost the others: dispatch, a case, memory."""
    from benchmarks.further.findings import of_stored
    from benchmarks.further.stored import measure_stored

    numbers = [int(each) for each in sizes.split(",")]
    with _kept("stored", as_json) as found, opened() as bench:
        for database in listed(databases, DATABASES):
            for figures in measure_stored(bench.servers, bench.folder, database, numbers, pairs):
                for finding in of_stored(figures):
                    found(finding)


@further.command()
def workers(
    rounds: Annotated[int, typer.Option(help="Rounds.")] = 5,
    cases: Annotated[int, typer.Option(help="Cases of a burst.")] = 400,
    as_json: Json = False,
) -> None:
    """Two workers beside one on PostgreSQL, and what sealing the audit costs."""
    from benchmarks.further.findings import of_scale
    from benchmarks.further.scale import SETTINGS, measure_scale

    with _kept("workers", as_json) as found, opened() as bench:
        with shown("Workers", rounds * len(SETTINGS)) as told:
            figures = measure_scale(bench, cases, rounds, told)
        for finding in of_scale(figures):
            found(finding)


@further.command()
def pages(
    databases: Databases = BOTH,
    samples: Annotated[int, typer.Option(help="Reads of each page.")] = 200,
    cases: Annotated[int, typer.Option(help="Cases stored; three tasks each.")] = 100_000,
    only: Annotated[
        str, typer.Option(help="Pages, as in http_board,http_board_first; then nothing is written.")
    ] = "",
    as_json: Json = False,
) -> None:
    """What the pages of a large department cost to read, for each kind of actor."""
    from benchmarks.further.findings import PAGES, of_pages
    from benchmarks.looking.measure import measure_pages

    wanted = listed(only, PAGES) or list(PAGES)
    with _kept("pages", as_json or bool(only)) as found, opened() as bench:
        for database in listed(databases, DATABASES):
            for figures in measure_pages(bench.servers, bench.folder, database, samples, cases, wanted):
                found(of_pages(figures))


@further.command()
def language(
    steps: Annotated[int, typer.Option(help="Steps of the definition.")] = 500,
    times: Annotated[int, typer.Option(help="How often it is checked.")] = 11,
    runs: Annotated[int, typer.Option(help="Runs of the intake's scenarios.")] = 1_000,
    as_json: Json = False,
) -> None:
    """What a long definition costs to check, and what many scenarios cost to play."""
    from benchmarks.further.findings import of_check, of_scenarios
    from benchmarks.further.language import measure_check, measure_scenarios

    with _kept("language", as_json) as found:
        found(of_check(measure_check(steps, times)))
        for figures in measure_scenarios(runs):
            found(of_scenarios(figures))


@contextmanager
def _kept(name: str, as_json: bool) -> Iterator[Any]:
    """Tells each finding as it comes; at the end all are printed as JSON, or kept under the name."""
    findings: list[Any] = []
    console = Console(stderr=True)

    def found(finding: Any) -> None:
        findings.append(finding)
        console.print(f"{finding['what']}: {finding['found']} (wanted: {finding['target']})", highlight=False)

    yield found
    if as_json:
        tell(findings)
        return
    write_findings(name, findings)
    say(f"written: {MEASURES.name}; `python -m benchmarks page` brings the page up to date")
