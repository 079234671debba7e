"""What the address of a list says: whatever stands there, the list is shown."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from web.reading import cases
from web.reading.board.narrowed import USUAL, Narrowed
from web.reading.case import chronology
from web.reading.said import LAST_PAGE
from web.reading.work import inbox

ENDLESS = "9" * 5_000
"""A number that Python refuses to read."""


@pytest.mark.parametrize("read", [cases.Asked.read, chronology.Wanted.read, inbox.Asked.read])
def test_a_page_that_there_cannot_be_is_the_first(read: Callable[[Mapping[str, str]], Any]) -> None:
    for said in ("", "0", "-1", "x", "1.5", "²", str(LAST_PAGE + 1), ENDLESS):
        assert read({"page": said}).page == 1
    for number in (1, 2, LAST_PAGE):
        assert read({"page": str(number)}).page == number


def test_a_board_looks_back_over_one_of_its_periods() -> None:
    assert Narrowed.read({"days": "364"}).days == 364
    for said in ("", "0", "365", "x", ENDLESS):
        assert Narrowed.read({"days": said}).days == USUAL
