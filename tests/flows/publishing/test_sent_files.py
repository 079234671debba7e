"""What is sent is sorted, and what is too much or has no fit name is refused unread."""

import pytest

from definitions.source import MOST_BYTES
from flows.publishing.sent_files import MOST, SentFile, SentFileError, kept, sort_out

DEFINITION = SentFile("a.yaml", "process: a\n")
SHARED = SentFile("hardship.yaml", "scorecard: hardship\n")
SCENARIO = SentFile("a.scenario.yaml", "process: a\n")


def test_definition_shared_files_and_scenarios_are_told_apart_and_kept_as_they_were() -> None:
    files = sort_out([SCENARIO, SHARED, DEFINITION])
    assert files.definition.file == "a.yaml"
    assert [each.file for each in files.shared] == ["hardship.yaml"]
    assert [each.file for each in files.scenarios] == ["a.scenario.yaml"]
    assert kept(files.plain).files == files.files


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ([], "no file"),
        ([SCENARIO, SHARED], "no process definition"),
        ([DEFINITION, SentFile("b.yaml", "process: b\n")], "2 definitions"),
        ([DEFINITION, DEFINITION], "two files"),
        ([SentFile("../a.yaml", "process: a")], "name of a file"),
        ([SentFile("a.yaml\n", "process: a")], "name of a file"),
        ([SentFile("a.exe", "process: a")], "name of a file"),
        ([SentFile(f"a{n}.yaml", "") for n in range(MOST + 1)], "at most"),
        ([SentFile(f"a{n}.yaml", "ä" * MOST_BYTES) for n in range(2)], "too large"),
    ],
)
def test_what_is_refused_is_refused_with_the_reason(files: list[SentFile], why: str) -> None:
    with pytest.raises(SentFileError, match=why):
        sort_out(files)
