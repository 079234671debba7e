"""The commands of `python -m benchmarks`."""

from math import inf
from typing import Annotated, Any, Final

import typer

from benchmarks import machine
from benchmarks.bench import CAP, opened
from benchmarks.choices import ALL, BOTH, Databases, Engines, Json, Options, Quick, listed, say, tell
from benchmarks.curve import SIZES, count, measure_curve
from benchmarks.further_commands import further
from benchmarks.points import DATABASES, Bench
from benchmarks.progress import shown
from benchmarks.ratios import BURST, PEERS, ROUNDS, measure_ratios
from benchmarks.registry import ENGINES
from benchmarks.results import LATEST, MEASURES, failed, write_findings, write_latest, write_machine

QUICK: Final = 4
"""Cases of a smoke run."""

AGAINST: Final = ",".join(PEERS)
USUAL: Final = ",".join(map(str, SIZES))

app = typer.Typer(
    help="Measure the intake by Casewright and by its peers, and write docs/performance.md.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.command()
def curve(
    engines: Engines = ALL,
    databases: Databases = BOTH,
    sizes: Annotated[str, typer.Option(help="Numbers of cases.")] = USUAL,
    cap: Annotated[float, typer.Option(help="Seconds that a point may take.")] = CAP,
    minutes: Annotated[float, typer.Option(help="Minutes after which no further point is begun.")] = inf,
    as_json: Json = False,
    quick: Quick = False,
    setting: Options = [],  # noqa: B006 - typer copies it
) -> None:
    """Cases per second, CPU, memory and the wait of a lone case, over the number of cases."""
    wanted = listed(engines, ENGINES), listed(databases, DATABASES)
    numbers = [QUICK] if quick else [int(each) for each in sizes.split(",")]
    options = {name: int(value) for name, value in (each.split("=", 1) for each in setting)}
    with opened(cap, options=options, **({"lone": 1} if quick else {})) as bench:
        with shown("Curve", count(*wanted, numbers)) as told:
            results = measure_curve(bench, *wanted, numbers, told, minutes * 60)
        about = _about(bench)
    entries = [each.entry() for each in results]
    failures = [str(each.point) for each in results if failed(each.entry())]
    if as_json or quick:
        tell({"machine": about, "points": entries})
    else:
        write_latest(entries)
        write_machine(about)
        say(
            f"written: {LATEST.name}, {MEASURES.name}; `python -m benchmarks page` brings the page up to date"
        )
    if failures:
        again = "measure them again with --engines, --databases and --sizes"
        say(f"failed, and not kept: {'; '.join(failures)}: {again}")
        raise typer.Exit(1)


@app.command()
def ratios(
    peers: Annotated[str, typer.Option(help="The peers.")] = AGAINST,
    databases: Databases = BOTH,
    rounds: Annotated[int, typer.Option(help="Pairs.")] = ROUNDS,
    burst: Annotated[int, typer.Option(help="Casewright's cases; a peer never gets more.")] = BURST,
    as_json: Json = False,
) -> None:
    """Casewright against each peer, in interleaved pairs."""
    against = {peer: min(PEERS[peer], burst) for peer in listed(peers, PEERS)}
    found: list[Any] = []
    with opened(lone=0) as bench:
        for database in listed(databases, DATABASES):
            syncs = [machine.fsync_ms(bench.folder)]
            with shown(f"Pairs on {database}", rounds * (len(against) + 1)) as told:
                some = measure_ratios(bench, database, against, burst, rounds, told)
            syncs.append(machine.fsync_ms(bench.folder))
            found += [{**each.as_data(), "fsync_ms": syncs} for each in some]
    if as_json:
        tell(found)
        return
    if not found:
        say("no pair was measured; nothing was written")
        raise typer.Exit(1)
    write_findings("ratios", found)
    say(f"written: {MEASURES.name}; `python -m benchmarks page` brings the page up to date")


@app.command()
def page() -> None:
    """Draw the plots and bring the tables of docs/performance.md up to date."""
    from benchmarks.page import bring_up_to_date
    from benchmarks.plots import draw_all

    draw_all()
    bring_up_to_date()


app.add_typer(further)


def _about(bench: Bench) -> dict[str, Any]:
    used = {"postgresql": bench.servers.known_records, "prefects_postgresql": bench.servers.known_prefect}
    versions = {name: cluster.version for name, cluster in used.items() if cluster is not None}
    return {**machine.describe(), "fsync_ms": machine.fsync_ms(bench.folder), **versions}
