"""Blocks in blocks at random: what the engine does is what a small interpreter of the same procedure does.

The interpreter (tests/support/block_model.py) is written from docs/language.md. After each answer, each
passing of time and each change of a record the same steps have run, at the same paths, with the same ends and
outputs; in the end everything has ended and nothing is open. One instance is carried by programs that are
replaced after each single thing they do. `make chaos` tries some thousands.
"""

import databases
from block_search import search

EXAMPLES = {"sqlite": 8, "postgresql": 2}


def test_the_engine_does_what_a_procedure_at_random_says() -> None:
    search(EXAMPLES[databases.chosen()], chosen=1)
