from __future__ import annotations

import pytest

from definitions.codes import CODES
from definitions.expressions import FUNCTIONS, Function

# A function that a published definition calls is never removed.
RELEASED = {
    *("age_on", "days_between", "count", "sum", "min", "max", "round", "coalesce", "today", "now", "date_of"),
    *("minutes", "hours", "days", "weeks", "months", "money"),
    *("in_working_hours", "working_hours_after", "working_days_after"),
}
RELEASED_CODES = {
    *("CW301", "CW302", "CW303", "CW304", "CW305", "CW306", "CW307", "CW308", "CW309", "CW310", "CW311"),
    *("CW312", "CW313", "CW314", "CW321", "CW322", "CW323", "CW324", "CW325", "CW326", "CW327"),
    *("CW331", "CW332", "CW333", "CW334", "CW335", "CW336", "CW337", "CW338"),
}


def test_no_function_is_ever_removed() -> None:
    assert FUNCTIONS.keys() >= RELEASED


def test_no_code_of_expressions_is_ever_removed() -> None:
    assert {code for code in CODES if code.startswith("CW3")} >= RELEASED_CODES


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS.keys())
def test_a_function_has_words_for_the_documentation(function: Function) -> None:
    assert FUNCTIONS[function.name] is function
    assert function.signature.startswith(f"{function.name}(")
    assert function.summary.endswith(".")
    assert function.most is None or function.least <= function.most
