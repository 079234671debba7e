"""What the API's own description allows, as Schemathesis makes it up: no answer is a fault of ours, every
refusal is a problem document, and each answer is one that the description has: its status, its kind of
content, its shape.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import schemathesis
from application_world import OURS
from hypothesis import HealthCheck, Phase, given, settings
from route_world import House, open_house
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from web.api.problem import MEDIA_TYPE
from web.visitor import COOKIE

pytestmark = pytest.mark.sqlite("what is made up is about the API, and once is enough")


ONCE = settings(
    max_examples=1,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
"""One request for every operation, always the same one."""


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with ExitStack() as stack:
        yield open_house(stack, pages=False)


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def test_nothing_that_is_sent_is_a_fault_of_ours_and_every_answer_is_as_it_was_described(
    house: House,
) -> None:
    headers = {**OURS, "Cookie": f"{COOKIE}={house.people['supervisor'].token}"}
    described = schemathesis.openapi.from_asgi("/api/openapi.json", house.application, headers=headers)

    def ask(case: Any) -> None:
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)
        assert answer.status_code < 400 or MEDIA_TYPE in answer.headers["content-type"]

    for found in described.get_all_operations():
        ONCE(given(case=found.ok().as_strategy())(ask))()
