"""A definition that is to be reviewed says so when the time has come."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ops.composition import open_engine, publish_known
from ops.reviews import overdue_reviews
from ops.settings import load_settings

PUBLISHED = datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_a_version_older_than_its_review_every_is_named_with_the_day(tmp_path: Path) -> None:
    settings = load_settings({"CASEWRIGHT_HOME": str(tmp_path)})
    clock = [PUBLISHED]
    with open_engine(settings, lambda: clock[0]) as engine:
        publish_known(engine)
        assert overdue_reviews(engine) == []
        clock[0] += timedelta(days=364)
        assert overdue_reviews(engine) == []
        clock[0] += timedelta(days=2)
        said = overdue_reviews(engine)
    assert [each.split(";")[0] for each in said if each.startswith("intake")] == [
        "intake v1 was to be reviewed by 2027-03-02 17:00 America/New_York"
    ]
