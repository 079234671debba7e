"""Several workers on PostgreSQL, and what sealing the audit costs: interleaved rounds of the same burst."""

from collections.abc import Mapping
from dataclasses import replace
from statistics import median
from typing import Any, Final

from benchmarks.points import Bench, Point
from benchmarks.ratios import Told

ROUNDS: Final = 5
CASES: Final = 400
SETTINGS: Final[Mapping[str, Mapping[str, int]]] = {
    "one": {"workers": 1},
    "two": {"workers": 2},
    "two, audit not sealed": {"workers": 2, "scheduler": 0},
}
"""What is compared. The scheduler seals the audit; without it nothing is sealed, and nothing ticks."""


def measure_scale(bench: Bench, cases: int, rounds: int, told: Told) -> Mapping[str, Any]:
    """Cases per second of each setting, and the ratios to the first within each round."""
    rates: dict[str, list[float]] = {name: [] for name in SETTINGS}
    for _ in range(rounds):
        for name, options in SETTINGS.items():
            result = replace(bench, options=options, lone=0).measure(Point("casewright", "postgresql", cases))
            told(result)
            if result.cases_per_s is None:
                raise RuntimeError(f"{name}: {result.measured.reason}")
            rates[name].append(result.cases_per_s)
    one, two, unsealed = rates.values()
    return {
        "cases": cases,
        "cases_per_s": {name: [round(each, 2) for each in some] for name, some in rates.items()},
        "two_to_one": _spread([b / a for a, b in zip(one, two, strict=True)]),
        "sealed_to_unsealed": _spread([a / b for a, b in zip(two, unsealed, strict=True)]),
    }


def _spread(ratios: list[float]) -> Mapping[str, float]:
    return {
        "median": round(median(ratios), 2),
        "lowest": round(min(ratios), 2),
        "highest": round(max(ratios), 2),
    }
