"""The bare SQL of the sixteen steps: what is left of the intake without an engine.

Every peer writes exactly this. The tables are named like Casewright's and hold the same number of rows per
case, so that one count checks all engines.
"""

from benchmarks.bare.answers import ANSWERS, ROUNDS, Answer
from benchmarks.bare.counting import PER_CASE, rows_of
from benchmarks.bare.people import add_people
from benchmarks.bare.steps import SEGMENTS, STEPS, Step
from benchmarks.bare.tables import metadata

__all__ = [
    "ANSWERS",
    "PER_CASE",
    "ROUNDS",
    "SEGMENTS",
    "STEPS",
    "Answer",
    "Step",
    "add_people",
    "metadata",
    "rows_of",
]
