"""What the API's own description allows, as Schemathesis makes it up: no answer is a fault of ours, and every
refusal is a problem document.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import schemathesis
from application_world import OURS
from hypothesis import HealthCheck, Phase, given, settings
from route_world import House, open_house

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


def test_nothing_that_is_sent_is_a_fault_of_ours(house: House) -> None:
    headers = {**OURS, "Cookie": f"{COOKIE}={house.people['supervisor'].token}"}
    described = schemathesis.openapi.from_asgi("/api/openapi.json", house.application, headers=headers)

    def ask(case: Any) -> None:
        answer = case.call(headers=headers)
        assert answer.status_code < 500, f"{case.method} {case.path}: {answer.text}"
        assert answer.status_code < 400 or MEDIA_TYPE in answer.headers["content-type"]

    for found in described.get_all_operations():
        ONCE(given(case=found.ok().as_strategy())(ask))()
