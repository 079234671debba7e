"""Scenarios played by the real engine on a virtual clock, and what of a definition they have covered."""

from flows.scenarios.bench import Bench
from flows.scenarios.covering import Coverage, Taken
from flows.scenarios.outcome import Failure, Outcome
from flows.scenarios.shared import SharedBeginnings
from flows.scenarios.world import prepared

__all__ = ["Bench", "Coverage", "Failure", "Outcome", "SharedBeginnings", "Taken", "prepared"]
