from __future__ import annotations

import pytest

from definitions.diagnostics import DefinitionError
from definitions.new import NameRefusedError, new

TEMPLATE = "# About\nprocess: intake   # its name\ntitle: 'Social work'\npurpose: P\n"


def test_name_and_title_are_replaced_and_nothing_else() -> None:
    assert new("food-bank", TEMPLATE) == (
        "# About\nprocess: food-bank   # its name\ntitle: Food bank\npurpose: P\n"
    )


@pytest.mark.parametrize("name", ["Food Bank", "food_bank", "../etc", "", "1st", "food--bank", "a" * 61])
def test_a_bad_name_is_refused_with_what_would_do(name: str) -> None:
    with pytest.raises(NameRefusedError, match="small letters"):
        new(name, TEMPLATE)


def test_a_near_name_is_offered() -> None:
    with pytest.raises(NameRefusedError, match='Did you mean "food-bank"'):
        new("Food Bank", TEMPLATE)


@pytest.mark.parametrize("template", ["purpose: P\n", "a: [\n"])
def test_a_template_that_is_no_definition_is_refused(template: str) -> None:
    with pytest.raises(DefinitionError):
        new("food-bank", template)
