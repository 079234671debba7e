"""decisions try, import, export."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dmn_files import dmn
from written_docs import EXAMPLES

Cli = Callable[..., Any]
ROUTING = EXAMPLES / "referral-routing.yaml"
FILE = dmn(
    [("Age", "number"), ("isAffordable", "boolean")],
    [("Verdict", "string", '"Approved", "Declined"')],
    ['>= 18 | true : "Approved"', '< 18 | - : "Declined"', '>= 18 | false : "Declined"'],
)


def tried(cli: Cli, *given: str, ok: bool = True) -> Any:
    pairs = [word for each in given for word in ("-i", each)]
    return cli("decisions", "try", ROUTING, "route", *pairs, "--json", ok=ok)


def test_a_table_is_tried_with_words(cli: Cli) -> None:
    said = cli(
        "decisions", "try", ROUTING, "route", "-i", "danger=no", "-i", "urgency=urgent", "-i", "open=no"
    )
    assert said.out == (
        "Row 2: urgency urgent, open false. Because: Nobody is in the office. "
        "team: on_call; Working hours until somebody answers: 2.\n"
    )


def test_what_is_missing_is_told(cli: Cli) -> None:
    answer = tried(cli, "danger=no", "urgency=routine").json
    assert answer["schema"] == "casewright/decision/1"
    assert (answer["team"], answer["hours"], answer["provisional"]) == ("children", "4", True)
    assert (answer["open_rows"], answer["possible"]) == (
        [5, 6],
        {"team": ["children", "adults"], "hours": ["4"]},
    )


def test_inputs_that_the_table_does_not_have_or_take_are_refused(cli: Cli) -> None:
    assert "no input `dangr`; it has danger, urgency, age, open" in tried(cli, "dangr=no", ok=False).err
    assert "none of yes, no" in tried(cli, "danger=x", ok=False).err
    assert "`age` is none that the table allows" in tried(cli, "danger=no", "age=-1", ok=False).err
    assert "it has route" in cli("decisions", "try", ROUTING, "form", ok=False).err


def test_a_table_of_a_dmn_file_becomes_a_process_that_decides(cli: Cli, tmp_path: Path) -> None:
    file, made = tmp_path / "loan.dmn", tmp_path / "the-result.yaml"
    file.write_bytes(FILE)
    cli("decisions", "import", file, "--to", made)
    assert cli("check", made).out == "1 file: no problems\n"
    tried = cli(
        "decisions", "try", made, "decision", "-i", "age=20", "-i", "is_affordable=true", "--json"
    ).json
    assert (tried["verdict"], tried["rows"]) == ("Approved", [1])
    back = tmp_path / "back.dmn"
    back.write_text(cli("decisions", "export", made, "decision").out)
    assert "verdict" in cli("decisions", "import", back, "--step").out
    assert "exists and is left" in cli("decisions", "import", file, "--to", made, ok=False).err


def test_what_is_beyond_level_2_is_refused_with_line_and_element(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "loan.dmn"
    file.write_bytes(FILE.replace(b"&lt; 18", b"&lt; Limit"))
    said = cli("decisions", "import", file, ok=False)
    assert "loan.dmn: line 16, element `r1i0`: `Limit` is the name of something" in said.err
    assert "cannot be read" in cli("decisions", "import", tmp_path / "none.dmn", ok=False).err
