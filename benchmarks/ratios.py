"""Ratios: how many times as fast Casewright is as a peer, from interleaved rounds.

A round runs Casewright and then each peer; a pair is Casewright and one peer of the same round, so what the
machine does meanwhile hits both. Casewright has a burst of a thousand cases. A peer that needs long for them
has fewer: the curve shows that its rate does not rise with their number.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from benchmarks.points import Bench, Point, Result

ROUNDS: Final = 5
BURST: Final = 1_000

PEERS: Final[Mapping[str, int]] = {
    "prefect": 6,
    "prefect_batch": 500,
    "dbos": 60,
    "spiffworkflow": 100,
    "sqlalchemy_step": 300,
    "sqlalchemy_batch": 1_000,
}
"""Cases of each peer in a round."""

Told = Callable[[Result], None]


@dataclass(frozen=True, slots=True)
class Ratio:
    """Casewright against a peer on one database: one figure per pair."""

    peer: str
    database: str
    cases: int
    peer_cases: int
    pairs: Sequence[float]

    def as_data(self) -> Mapping[str, Any]:
        """Median and spread."""
        return {
            "peer": self.peer,
            "database": self.database,
            "cases": self.cases,
            "peer_cases": self.peer_cases,
            "pairs": [round(each, 2) for each in self.pairs],
            "median": round(median(self.pairs), 2),
            "lowest": round(min(self.pairs), 2),
            "highest": round(max(self.pairs), 2),
        }


def measure_ratios(
    bench: Bench, database: str, peers: Mapping[str, int], burst: int, rounds: int, told: Told
) -> list[Ratio]:
    """The ratios on one database. A pair in which one of the two failed is left out."""
    pairs: dict[str, list[float]] = {peer: [] for peer in peers}
    for _ in range(rounds):
        ours = bench.measure(Point("casewright", database, burst))
        told(ours)
        for peer, cases in peers.items():
            theirs = bench.measure(Point(peer, database, cases))
            told(theirs)
            if ours.cases_per_s and theirs.cases_per_s:
                pairs[peer].append(ours.cases_per_s / theirs.cases_per_s)
    return [Ratio(peer, database, burst, peers[peer], found) for peer, found in pairs.items() if found]
