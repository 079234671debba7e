"""The document of the API says of every route what a program has to know, in words that one can read."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from api_page import document
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator
from pydantic import TypeAdapter

from web.api.document import TAGS, examples, operation_id
from web.api.problem import MEDIA_TYPE
from web.application import RESOURCES

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


def bodies() -> dict[str, tuple[dict[str, Any], Any]]:
    """What each request with a JSON body says of it, and the type of the body, by operation."""
    made = [each for resource in RESOURCES for each in resource.router.routes if isinstance(each, APIRoute)]
    routes = {operation_id(each): each for each in made}
    found = {}
    for _, operation in operations():
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            name = operation["operationId"]
            (body,) = routes[name].dependant.body_params
            found[name] = (content["application/json"], body.field_info.annotation)
    return found


def test_every_request_with_a_body_has_an_example_that_it_takes() -> None:
    told = bodies()
    assert set(told) == set(examples())
    for operation, (content, body) in told.items():
        assert content.get("examples"), operation
        for name, example in content["examples"].items():
            assert re.fullmatch(r"[a-z_]+", name), f"{operation}: {name}"
            assert example["summary"][0].isupper(), f"{operation}: {name}"
            sent = json.dumps(example["value"])
            taken = TypeAdapter(body).validate_json(sent)
            assert set(example["value"]) <= set(taken.model_dump()), f"{operation}: {name}"


def test_every_example_is_as_its_schema_says() -> None:
    for operation, (content, _) in bodies().items():
        schema = {**content["schema"], "components": TOLD["components"]}
        for name, example in content["examples"].items():
            faults = [each.message for each in Draft202012Validator(schema).iter_errors(example["value"])]
            assert not faults, f"{operation}: {name}: {faults}"


def test_the_people_of_the_examples_are_made_up() -> None:
    said = json.dumps(examples())
    assert not re.findall(r"@(?!office\.example)[\w.-]+", said)
    assert not re.findall(
        r"\+?\d[\d ()-]{8,}\d", re.sub(r"\(202\) 555-01\d\d|[\d]{4}-[\dT:-]+|01KJQ\w+", "", said)
    )
    assert set(re.findall(r"https?://([\w.-]+)", said)) == {"portal.example"}


def test_the_names_of_schemas_are_words() -> None:
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", each) for each in TOLD["components"]["schemas"])
    used = set(re.findall(r"#/components/schemas/(\w+)", str(TOLD)))
    assert used <= set(TOLD["components"]["schemas"])
