"""The page about the workflow patterns and the tests that run them belong together."""

import re
from collections import Counter

from patterns import Pattern, page, patterns
from written_docs import ROOT

FLOWS = ROOT / "tests" / "flows"


def names_of_tests(*names: str) -> list[str]:
    found = [
        re.findall(r"^def (test_\w+)\(", (FLOWS / name).read_text("utf-8"), re.MULTILINE) for name in names
    ]
    return [test for tests in found for test in tests]


def claimed() -> list[Pattern]:
    return [each for each in patterns() if each.verdict != "No"]


def test_each_of_the_43_patterns_stands_on_the_page_once() -> None:
    assert sorted(each.number for each in patterns()) == list(range(1, 44))


def test_each_pattern_that_is_claimed_has_a_test_that_is_there() -> None:
    known = set(names_of_tests(*(path.name for path in FLOWS.glob("test_*.py"))))
    assert [each.number for each in claimed() if each.test not in known] == []


def test_each_pattern_that_is_not_claimed_has_none() -> None:
    assert [each.number for each in patterns() if each.verdict == "No" and (each.test or each.steps)] == []


def test_each_test_of_the_patterns_is_named_once() -> None:
    named = [each.test for each in claimed()]
    assert len(set(named)) == len(named)
    assert set(names_of_tests("test_patterns.py", "test_patterns_of_loops.py")) <= set(named)


def test_the_page_counts_what_it_claims() -> None:
    count = Counter(each.verdict for each in patterns())
    said = f"{count['Yes']} are said directly, {count['Partly']} partly, {count['No']} are not."
    assert said in page()


def test_each_published_case_of_the_page_has_its_tests() -> None:
    (cases,) = re.findall(r"<!-- cases -->\n(.*?)<!-- end -->", page(), re.DOTALL)
    known = set(names_of_tests(*(path.name for path in FLOWS.glob("test_*.py"))))
    named = set(re.findall(r"`(test_\w+)`", cases))
    assert named - known == set()
    assert set(names_of_tests("test_pattern_cases.py")) <= named
