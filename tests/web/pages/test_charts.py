"""Columns over time: what they show adds up, and nothing is drawn outside."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from web.pages.office.charts import columns

BEGINS = [date(2026, 1, 5) + timedelta(weeks=week) for week in range(4)]
counts = st.lists(st.integers(0, 10_000), min_size=4, max_size=4)


@given(counts, counts)
def test_a_column_is_as_high_as_its_parts_and_the_highest_fills_the_chart(
    kept: list[int], missed: list[int]
) -> None:
    kinds = {"kept": "good", "missed": "danger"}
    chart = columns(BEGINS, {"kept": kept, "missed": missed}, kinds, lambda name, _: f"/{name}")
    sums = [one + other for one, other in zip(kept, missed, strict=True)]
    assert chart.top == max(sums)
    assert chart.empty == (not any(sums))
    heights = [0.0] * len(BEGINS)
    for part in chart.parts:
        assert part.x >= 0
        assert part.x + part.width <= 100
        assert -0.01 <= part.y <= part.y + part.height <= 100.02
        heights[int(part.x // 25)] += part.height
    for height, total in zip(heights, sums, strict=True):
        assert abs(height - 100 * total / max(chart.top, 1)) < 0.05
    assert {each.name: each.total for each in chart.series} == {"kept": sum(kept), "missed": sum(missed)}
