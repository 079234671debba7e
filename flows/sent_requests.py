"""Requests that were sent with a key, as the leading process sees them: those that nobody will ask for any
more are thrown away, since their answers can have names in them.
"""

from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import CursorResult
from sqlmodel import col, delete, select

from flows.runtime import Runtime
from models import SentRequest, Store

KEPT: Final = timedelta(days=1)
"""For how long it is known at least that a request was sent."""

AT_ONCE: Final = 1_000
"""Rows that one transaction deletes at most."""


def clear_sent_requests(runtime: Runtime) -> int:
    """Housekeeping: requests that were sent longer than `KEPT` ago are deleted; how many were."""
    gone = 0
    while deleted := _delete_some(runtime.store, runtime.clock() - KEPT):
        gone += deleted
    return gone


def _delete_some(store: Store, before: datetime) -> int:
    old = select(SentRequest.id).where(SentRequest.sent_at < before).order_by(col(SentRequest.id))
    with store.read() as session:
        ids = session.exec(old.limit(AT_ONCE)).all()
    if not ids:
        return 0
    with store.write() as session:
        done = session.execute(
            delete(SentRequest)
            .where(col(SentRequest.id).in_(ids))
            .execution_options(synchronize_session=False)
        )
    return cast(CursorResult[Any], done).rowcount
