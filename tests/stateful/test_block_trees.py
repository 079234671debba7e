"""Blocks in blocks at random: what the engine does is what a small interpreter of the same procedure does.

The interpreter (tests/support/block_model.py) is written from docs/language.md. After each answer, each
passing of time and each change of a record the same steps have run, at the same paths, with the same ends and
outputs; in the end everything has ended and nothing is open. One instance is carried by programs that are
replaced after each single thing they do. `make chaos` tries some thousands.
"""

from collections.abc import Sequence

import databases
from block_search import search
from block_trees import CHOICES, Branch, Node
from block_world import world

EXAMPLES = {"sqlite": 8, "postgresql": 2}


def test_the_engine_does_what_a_procedure_at_random_says() -> None:
    search(EXAMPLES[databases.chosen()], chosen=1)


ALL_A = {**dict.fromkeys(CHOICES, "a"), "members": []}


def _reads(asked: str, block: Node, choices: Sequence[int]) -> None:
    """Somebody answers the question and its block withdraws it all the same; a later step has the answer."""
    with world((block, Node("s4", "note", reads=asked)), ALL_A, ALL_A) as made:
        made.play(choices)
        (first, *_) = made.models
        assert first.stands()[asked, ""] == ("cancelled", 1), made.told
        assert first.gives(("s4", "")) == {"value": "answered"}


def test_what_is_answered_in_the_moment_in_which_its_block_is_left_counts() -> None:
    late = (Node("s3", "note"),)
    _reads("s2", Node("s1", "group", branches=(Branch((Node("s2", "ask"),)),), minutes=1, late=late), [])


def test_what_is_answered_while_another_branch_comes_first_counts() -> None:
    both_at_once = [16]
    branches = (Branch((Node("s2", "ask"),)), Branch((Node("s3", "ask"),)))
    _reads("s3", Node("s1", "first_of", branches=branches), both_at_once)
