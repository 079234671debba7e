"""The commands of `python -m benchmarks`."""

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from benchmarks import machine
from benchmarks.curve import SIZES, count, measure_curve
from benchmarks.points import DATABASES, Bench
from benchmarks.progress import shown
from benchmarks.ratios import BURST, PEERS, ROUNDS, measure_ratios
from benchmarks.registry import ENGINES
from benchmarks.results import LATEST, MEASURES, write_latest, write_measure
from benchmarks.servers import Servers, open_servers

QUICK: Final = 4
"""Cases of a smoke run."""

ALL: Final = ",".join(ENGINES)
BOTH: Final = ",".join(DATABASES)
USUAL: Final = ",".join(map(str, SIZES))
AGAINST: Final = ",".join(PEERS)

app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)

Engines = Annotated[str, typer.Option("--engines", help=f"Some of {', '.join(ENGINES)}; all by default.")]
Databases = Annotated[str, typer.Option("--databases", help="sqlite, postgresql, or both.")]
Json = Annotated[bool, typer.Option("--json", help="Print the figures as JSON and write no file.")]
Quick = Annotated[bool, typer.Option("--quick", help="A smoke run: a handful of cases, nothing is kept.")]
Options = Annotated[
    list[str], typer.Option("--set", help="NAME=NUMBER, an engine's setting: to find the best one.")
]


@app.command()
def curve(
    engines: Engines = ALL,
    databases: Databases = BOTH,
    sizes: Annotated[str, typer.Option(help="Numbers of cases.")] = USUAL,
    cap: Annotated[float, typer.Option(help="Seconds that a point may take.")] = 60.0,
    as_json: Json = False,
    quick: Quick = False,
    setting: Options = [],  # noqa: B006 - typer copies it
) -> None:
    """Cases per second, CPU, memory and the wait of a lone case, over the number of cases."""
    wanted = _listed(engines, ENGINES), _listed(databases, DATABASES)
    numbers = [QUICK] if quick else [int(each) for each in sizes.split(",")]
    with _bench(cap, lone=1 if quick else None, setting=setting) as bench:
        with shown("Curve", count(*wanted, numbers)) as told:
            results = measure_curve(bench, *wanted, numbers, told)
        entries = [each.entry() for each in results]
        about = _about(bench)
    if as_json or quick:
        print(json.dumps({"machine": about, "points": entries}))  # noqa: T201 - the answer
        failed = [each for each in entries if str(each.get("reason", "")).startswith("failed")]
        raise typer.Exit(1 if failed else 0)
    write_latest(entries)
    write_measure("machine", about)
    _say(f"written: {LATEST.name}, {MEASURES.name}; `python -m benchmarks page` brings the page up to date")


@app.command()
def ratios(
    peers: Annotated[str, typer.Option(help="The peers.")] = AGAINST,
    databases: Databases = BOTH,
    rounds: Annotated[int, typer.Option(help="Pairs.")] = ROUNDS,
    burst: Annotated[int, typer.Option(help="Casewright's cases; a peer never gets more.")] = BURST,
    as_json: Json = False,
) -> None:
    """Casewright against each peer, in interleaved pairs."""
    against = {peer: min(PEERS[peer], burst) for peer in _listed(peers, PEERS)}
    where = _listed(databases, DATABASES)
    found: list[Any] = []
    with _bench(60.0, lone=0) as bench:
        for database in where:
            syncs = [machine.fsync_ms(bench.folder)]
            with shown(f"Pairs on {database}", rounds * (len(against) + 1)) as told:
                some = measure_ratios(bench, database, against, burst, rounds, told)
            syncs.append(machine.fsync_ms(bench.folder))
            found += [{**each.as_data(), "fsync_ms": syncs} for each in some]
    if as_json:
        print(json.dumps(found))  # noqa: T201 - the answer
        return
    write_measure("ratios", found)
    _say(f"written: {MEASURES.name}")


@app.command()
def page() -> None:
    """Draw the plots and bring the tables of docs/performance.md up to date."""
    from benchmarks.page import bring_up_to_date
    from benchmarks.plots import draw_all

    draw_all()
    bring_up_to_date()


@contextmanager
def _bench(cap: float, *, lone: int | None = None, setting: list[str] | None = None) -> Iterator[Bench]:
    folder = Path(tempfile.mkdtemp(prefix="casewright-bench-"))
    folder.chmod(0o755)  # the account that runs PostgreSQL has to pass through
    more: dict[str, Any] = {} if lone is None else {"lone": lone}
    options = {name: int(value) for name, value in (each.split("=", 1) for each in setting or [])}
    try:
        with open_servers(folder) as servers:
            yield Bench(servers, folder, cap, options=options, **more)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _about(bench: Bench) -> dict[str, Any]:
    return {**machine.describe(), "fsync_ms": machine.fsync_ms(bench.folder), **_versions(bench.servers)}


def _versions(servers: Servers) -> dict[str, str]:
    """The PostgreSQL servers that were used."""
    used = {"postgresql": servers.known_records, "prefects_postgresql": servers.known_prefect}
    return {name: cluster.version for name, cluster in used.items() if cluster is not None}


def _listed(text: str, known: Any) -> list[str]:
    names = [each.strip() for each in text.split(",") if each.strip()]
    unknown = [each for each in names if each not in known]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: not one of {', '.join(known)}")
    return names


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
