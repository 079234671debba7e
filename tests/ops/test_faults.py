"""The switch of the crash tests."""

import pytest

from ops.errors import SettingsError
from ops.faults import POINTS, reach_of


def test_without_the_setting_nothing_happens() -> None:
    reach = reach_of(None)
    for point in POINTS:
        reach(point)


def test_the_process_dies_the_given_time_that_a_point_is_reached() -> None:
    died: list[str] = []
    reach = reach_of("step.before_commit:3", lambda: died.append("now"))
    for point in ("step.before_commit", "step.after_commit", "step.before_commit"):
        reach(point)
    assert not died
    reach("step.before_commit")
    assert died == ["now"]
    reach("step.before_commit")
    assert died == ["now"]


@pytest.mark.parametrize("fault", ["nowhere", "step.before_commit:0", "step.before_commit:x", "a:b:c"])
def test_an_unknown_point_is_refused(fault: str) -> None:
    with pytest.raises(SettingsError, match="CASEWRIGHT_FAULT"):
        reach_of(fault)
