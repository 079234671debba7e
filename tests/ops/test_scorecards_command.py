"""scorecards try."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from written_docs import EXAMPLES

Cli = Callable[..., Any]
CARD = EXAMPLES / "scorecards" / "childhood-adversity.yaml"


def test_a_scorecard_is_tried_with_words(cli: Cli) -> None:
    said = cli(
        "scorecards", "try", CARD, "-i", "hit=yes", "-i", "prison=prefers_not_to_answer", "--json"
    ).json
    assert said["schema"] == "casewright/score/1"
    assert (said["scorecard"], said["total"], said["items"]["hit"]) == ("childhood-adversity", 1, 1)
    assert (said["known_band"], said["band"], said["provisional"]) == ("some", "many", True)
    assert cli("scorecards", "try", CARD, "-i", "hit=yes").out.startswith("1 point: hit 1 (yes).")


def test_a_spreadsheet_says_which_scores_are_not_the_expected_ones(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    inputs = "insulted,hit,touched,unloved,hungry,parents_parted,mother_hit,addiction,ill_mind,prison"
    nobody = ",".join(["no"] * 9)
    lines = [f"{inputs},expected_total,expected_provisional", f"yes,{nobody},1,no", f"yes,{nobody},2,no"]
    file.write_text("\n".join([*lines, f",{nobody},,yes", ""]), encoding="utf-8-sig")

    said = cli("scorecards", "try", CARD, "--rows", file, "--json", ok=False)
    assert (said.status, said.json["wrong"]) == (1, 1)
    assert [each["line"] for each in said.json["scores"] if each["differences"]] == [3]
    assert (
        "3 scores; 3 with an expectation, 1 not as expected"
        in cli("scorecards", "try", CARD, "--rows", file, ok=False).out
    )


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("hitt\n", "rows.csv:1: column 1, `hitt`, is no input of the scorecard"),
        ("hit,hit\n", "rows.csv:1: column 2, `hit`, stands twice"),
        ("hit,prison\nyes\n", "rows.csv:2: 1 cells under 2 headings"),
        ("hit\nmaybe\n", "rows.csv:2: the input `hit` is none of yes, no"),
        ("", "is empty"),
        ("\udcff", "cannot be read"),
    ],
)
def test_a_spreadsheet_that_does_not_fit_is_refused_with_its_place(
    cli: Cli, tmp_path: Path, rows: str, told: str
) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes(rows.encode("utf-8", "surrogateescape"))
    assert told in cli("scorecards", "try", CARD, "--rows", file, ok=False).err


def test_what_is_no_scorecard_or_no_answer_of_it_is_refused(cli: Cli) -> None:
    assert (
        "no input `hitt`; it has insulted, hit"
        in cli("scorecards", "try", CARD, "-i", "hitt=yes", ok=False).err
    )
    assert "there is no scorecard `foo`; name a file" in cli("scorecards", "try", "foo", ok=False).err
    both = cli("scorecards", "try", CARD, "-i", "hit=yes", "--rows", "rows.csv", ok=False)
    assert "exclude each other" in both.err
