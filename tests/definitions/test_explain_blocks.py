"""Blocks, the steps in them, and work that goes back, in the words of `explain`."""

import pytest
from written_docs import example

from definitions import StepWords, explain


def words(name: str, step: str) -> StepWords:
    return next(each for each in explain(example(name)) if each.id == step)


@pytest.mark.parametrize(
    ("name", "step", "after", "when"),
    [
        (
            "travel-help",
            "taxi",
            "the choice of Decide how they get there, if it is the branch by_taxi",
            "its branch is taken",
        ),
        (
            "home-adaptation",
            "therapist",
            "the beginning of Ask both services, in its branch health",
            "always",
        ),
        ("home-adaptation", "decide", "the deadline of Ask both services", "the block is left that way"),
        (
            "landlord-reply",
            "two_weeks",
            "the beginning of An answer, or two weeks of silence, in its branch silent",
            "always",
        ),
        ("landlord-reply", "visit", "Two weeks (the step before it)", "its branch came first"),
        (
            "cold-weather-calls",
            "call",
            "the beginning of each round of Call until the cold is over",
            "always",
        ),
        ("children-at-school", "household", "nothing: it starts at once", "always"),
    ],
)
def test_a_step_in_a_block_begins_with_its_branch(name: str, step: str, after: str, when: str) -> None:
    told = words(name, step)
    assert (told.starts_after, told.runs_when) == ((after,), (when,))


@pytest.mark.parametrize(
    ("name", "step", "ends"),
    [
        ("travel-help", "way", "the steps of the branch that it took have ended"),
        ("home-adaptation", "answers", "all of the branches that began have ended"),
        ("landlord-reply", "reply", "the steps of the branch that came first have ended"),
        ("children-at-school", "each_one", "the steps have ended for all of the members"),
        ("cold-weather-calls", "calls", "call.warmer is yes, after a round"),
    ],
)
def test_a_block_says_what_ends_it(name: str, step: str, ends: str) -> None:
    assert words(name, step).ends_when == ends


def test_what_sends_work_back_says_where_to_and_how_often() -> None:
    told = "If sign_off.decision is back, it goes back to Write the review with the client, 3 times at most; "
    assert words("annual-review", "sign_off").notes[0] == f"{told}after that it is an incident."
