"""Requests that were sent with a key, as the leading process sees them: those that nobody will ask for any
more are thrown away, since their answers can have names in them.
"""

from datetime import timedelta
from typing import Final

from sqlmodel import col

from flows.runtime import Runtime
from models import SentRequest, delete_all

KEPT: Final = timedelta(days=1)
"""For how long it is known at least that a request was sent."""


def clear_sent_requests(runtime: Runtime) -> int:
    """Housekeeping: requests that were sent longer than `KEPT` ago are deleted; how many were."""
    return delete_all(runtime.store, SentRequest, col(SentRequest.sent_at) < runtime.clock() - KEPT)
