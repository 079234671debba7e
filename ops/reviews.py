"""Definitions for which the time has come to look at them again (`review_every:`)."""

from sqlmodel import Session, col, select

from models import DefinitionVersion
from ops.composition import Engine


def overdue_reviews(engine: Engine) -> list[str]:
    """A sentence for each process whose newest version is older than its `review_every`."""
    now = engine.runtime.clock()
    said = []
    with engine.store.read() as session:
        for version in _newest(session):
            plan = engine.plans.of(version)
            if plan.review_every is None:
                continue
            clock = plan.review_every.parsed
            calendar = plan.vocabulary.calendar(plan.calendar)
            due = calendar.add(version.published_at, clock.amount, clock.unit)
            if due.moment_utc <= now:
                said.append(
                    f"{plan.process} v{version.number} was to be reviewed by {due.wall}; "
                    f"after the review any change, such as a comment with its date, makes a new version"
                )
    return said


def _newest(session: Session) -> list[DefinitionVersion]:
    rows = session.exec(select(DefinitionVersion).order_by(col(DefinitionVersion.number))).all()
    return list({row.process: row for row in rows}.values())
