"""Findings in words, each beside what was wanted: the rows of a table in docs/performance.md."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from benchmarks.results import NAMES

Finding = Mapping[str, Any]

FLAT: Final = "within 15 %"


def of_alert(figures: Finding, ordinary: int) -> Finding:
    """A safety alert in a burst of ordinary work."""
    api = "" if figures["prefect"] else ", Prefect's API stopped"
    first, last = figures["ready"]
    return {
        "what": f"Safety alert, {ordinary:,} ordinary intakes started, one worker,"
        f" {NAMES[figures['database']]}{api}: answer committed to provider called",
        "found": f"{figures['p50_s']:.2f} s, 95th percentile {figures['p95_s']:.2f} s, worst"
        f" {figures['worst_s']:.2f} s of {figures['alerts']}; {first:,} to {last:,} cases were ready",
        "target": "95th percentile within 2 s",
        "figures": figures,
    }


def of_lone(database: str, waits_ms: Sequence[float], p50: float, p95: float, prefects: str) -> Finding:
    """A lone ordinary case."""
    wanted = 1.5 if prefects == "postgresql" else 4
    return {
        "what": f"A lone ordinary case, worker and Prefect's server on the same cores, {NAMES[database]}"
        f" (Prefect on {NAMES[prefects]}): answer committed to next step done",
        "found": f"{p50 / 1000:.2f} s, 95th percentile {p95 / 1000:.2f} s of {len(waits_ms)}",
        "target": f"95th percentile under {wanted:g} s",
        "figures": {"database": database, "waits_ms": [round(each) for each in waits_ms]},
    }


def of_stored(figures: Finding) -> Sequence[Finding]:
    """A full store beside an empty one."""
    where = f"{figures['stored']:,} waiting cases stored, {NAMES[figures['database']]}"
    if "worker_mb" in figures:
        full, empty = figures["worker_mb"]
        return [
            {
                "what": f"{where}: memory of a worker at rest",
                "found": f"{full:.0f} MB; {empty:.0f} MB with an empty store",
                "target": "no growth",
                "figures": figures,
            }
        ]
    names = {"case": "dispatch and pass of a new case", "look": "a look for work when there is none"}
    return [
        {
            "what": f"{where}: {name}",
            "found": f"{figures[f'{key}_ms'][0]:.3g} ms; {figures[f'{key}_ms'][1]:.3g} ms in an empty store"
            f" (pairs {min(figures[f'{key}_ratios']):.2f} - {max(figures[f'{key}_ratios']):.2f})",
            "target": FLAT,
            "figures": figures,
        }
        for key, name in names.items()
    ]


def of_scale(figures: Finding) -> Sequence[Finding]:
    """Two workers beside one, with and without the sealing of the audit."""
    rows = {
        "two_to_one": ("Two workers to one", "reported"),
        "sealed_to_unsealed": ("Two workers, audit sealed to not sealed", "no fall"),
    }
    return [
        {
            "what": f"{what}, PostgreSQL, {figures['cases']:,} cases",
            "found": f"{figures[key]['median']:g} times ({figures[key]['lowest']:g} -"
            f" {figures[key]['highest']:g})",
            "target": target,
            "figures": figures,
        }
        for key, (what, target) in rows.items()
    ]


def of_check(figures: Finding) -> Finding:
    """Checking a long definition."""
    taken = sorted(figures["ms"])
    return {
        "what": f"`check` of a definition with {figures['steps']} steps ({figures['bytes'] // 1024} KiB),"
        " after start-up",
        "found": f"{taken[len(taken) // 2]:.0f} ms, {taken[0]:.0f} to {taken[-1]:.0f} of {figures['times']}",
        "target": "under 300 ms",
        "figures": figures,
    }


def of_scenarios(figures: Finding) -> Finding:
    """Playing scenarios of the intake."""
    how = "what several begin with played once" if figures["shared"] else "each from its beginning"
    return {
        "what": f"{figures['runs']:,} scenario runs of the intake, {figures['different']} scenarios, {how}",
        "found": f"{figures['s']:g} s",
        "target": "under 60 s",
        "figures": figures,
    }


PAGES: Final = {
    "inbox": "Inbox, with its counts",
    "cases": "List of open cases",
    "search": "Search of all cases by a name",
    "case": "First page of a case",
    "whole": "All of a case, by the API",
    "board": "Board, all figures counted anew",
    "http_inbox": "Page over HTTP: inbox",
    "http_cases": "Page over HTTP: list of open cases",
    "http_search": "Page over HTTP: search by a name",
    "http_case": "Page over HTTP: a case",
    "http_board": "Page over HTTP: board, opened again",
    "http_board_first": "Page over HTTP: board of one team or worker, opened for the first time",
}


def of_pages(figures: Finding) -> Finding:
    """What a page costs to read."""
    return {
        "what": f"{PAGES[figures['page']]}: {figures['actor']}, {NAMES[figures['database']]}",
        "found": f"{figures['ms']['p50']:.0f} ms, 95th percentile {figures['ms']['p95']:.0f} ms of"
        f" {figures['samples']}",
        "target": "95th percentile under 200 ms",
        "figures": figures,
    }
