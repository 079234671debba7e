"""How the machinery runs, by the API: for administrators alone."""

from collections.abc import Iterator

import pytest
from admin_world import AdminHouse, open_admin, said

from models import Role


@pytest.fixture
def house() -> Iterator[AdminHouse]:
    with open_admin() as opened:
        yield opened


def test_administrators_see_figures_of_no_case(house: AdminHouse) -> None:
    found = said(house.browser("ada", Role.ADMINISTRATOR).get("/api/v1/machinery"), 200)
    assert (found["scheduler"], found["incidents"], found["ready"]["wakes"]) == (None, 0, 0)
    for role in (Role.MANAGER, Role.OPERATIONS, Role.DATA_PROTECTION, Role.CASEWORKER):
        said(house.browser(role.value, role).get("/api/v1/machinery"), 403)
