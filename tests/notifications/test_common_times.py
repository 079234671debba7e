"""What several safe times leave."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from notifications.common_times import NothingInCommonError, common_times
from notifications.hours import WEEKDAYS, within_windows

WEEK = datetime(2026, 3, 9, tzinfo=UTC)  # a Monday

clock = st.integers(0, 96).map(lambda quarter: f"{quarter // 4:02}:{quarter % 4 * 15:02}")
days = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=3, unique=True).map(",".join)
entry = st.tuples(days, clock, clock).filter(lambda each: each[1] not in {each[2], "24:00"})
safe_times = st.lists(entry, min_size=1, max_size=3).map(
    lambda entries: "; ".join(f"{day} {first}-{last}" for day, first, last in entries)
)


@given(st.lists(safe_times, min_size=1, max_size=3), st.integers(0, 7 * 24 * 4 - 1))
def test_a_moment_is_safe_when_every_text_says_so(texts: list[str], quarter: int) -> None:
    moment = WEEK + timedelta(minutes=15 * quarter)
    everywhere = all(within_windows(moment, "UTC", text) for text in texts)
    try:
        common = common_times(texts)
    except NothingInCommonError:
        assert not everywhere
        return
    assert common is not None
    assert within_windows(moment, "UTC", common) is everywhere


@given(safe_times, safe_times)
def test_the_order_of_telling_changes_no_time(one: str, other: str) -> None:
    try:
        common = common_times([one, other])
    except NothingInCommonError:
        assume(False)
    assert common_times([common, common_times([other, one])]) == common


@pytest.mark.parametrize(
    ("texts", "common"),
    [
        ([None, ""], None),
        ([None, "mon-fri 09:00-17:00"], "mon-fri 09:00-17:00"),
        (["mon-fri 9:00-17:00", "tue 10:00-12:00"], "tue 10:00-12:00"),
        (["mon-fri 09:00-17:00", "tue,thu 16:00-20:00"], "tue,thu 16:00-17:00"),
        (["sat 20:00-02:00", "sun 00:00-24:00; sat 23:00-24:00"], "sat 23:00-24:00; sun 00:00-02:00"),
        (["fri 22:00-06:00", "sat 05:00-07:00"], "sat 05:00-06:00"),
    ],
)
def test_what_is_left_is_written_as_people_write_it(texts: list[str | None], common: str | None) -> None:
    assert common_times(texts) == common


def test_a_text_that_no_program_can_read_stays_for_a_person_to_decide() -> None:
    assert common_times(["mon 09:00-10:00", "when he is out"]) == "when he is out"


def test_times_that_share_nothing_are_no_times() -> None:
    with pytest.raises(NothingInCommonError, match="no time is safe"):
        common_times(["mon 09:00-10:00", "mon 10:00-11:00"])
