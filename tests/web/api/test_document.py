"""The document of the API says of every route what a program has to know, in words that one can read."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from api_page import document

from web.api.document import TAGS
from web.api.problem import MEDIA_TYPE

pytestmark = pytest.mark.sqlite("no database is asked")

TOLD = document()


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, found in TOLD["paths"].items():
        yield from ((f"{method.upper()} {path}", operation) for method, operation in found.items())


def test_every_route_has_a_name_of_its_own_a_part_and_a_sentence() -> None:
    names = [operation["operationId"] for _, operation in operations()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)+", each) for each in names)
    for route, operation in operations():
        assert operation["summary"], route
        assert set(operation["tags"]) <= set(TAGS), route


def test_every_route_says_what_it_answers() -> None:
    for route, operation in operations():
        good = {status: each for status, each in operation["responses"].items() if status < "300"}
        assert good, route
        for status, answer in good.items():
            schemas = [each["schema"] for each in answer.get("content", {}).values()]
            assert bool(schemas) == (status != "204"), f"{route}: {status}"
            assert all("$ref" in each or each.get("format") == "binary" for each in schemas), route


def test_every_refusal_is_a_problem() -> None:
    for route, operation in operations():
        refusals = {status: each for status, each in operation["responses"].items() if status >= "400"}
        assert {"401", "403", "422"} <= set(refusals), route
        assert ("404" in refusals) >= ("{" in route), route
        for answer in refusals.values():
            assert answer["content"] == {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}


def test_the_names_of_schemas_are_words() -> None:
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", each) for each in TOLD["components"]["schemas"])
    used = set(re.findall(r"#/components/schemas/(\w+)", str(TOLD)))
    assert used <= set(TOLD["components"]["schemas"])
