"""What is told: that something has happened, when, and where to read more. Ids only, so no personal data
leaves by a hook: no name, no answer, no status, not even the name of a process.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

API: Final = "/api/v1"


def body_of(
    event_id: str, event: str, happened_at: datetime, about: Mapping[str, str], address: str = ""
) -> bytes:
    """The body of an event. `url` is the address of our API where somebody with a token that may see it reads
    more; without `address` of the pages it begins at the root. It is left out where there is nothing to read.
    """
    where = place_of(event, about)
    told = {
        "id": event_id,
        "type": event,
        "timestamp": happened_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "data": {**about, **({} if where is None else {"url": f"{address}{API}{where}"})},
    }
    return json.dumps(told, separators=(",", ":"), sort_keys=False).encode()


def place_of(event: str, about: Mapping[str, str]) -> str | None:
    """Where our API tells more of an event: the task, or a part of the case."""
    kind = event.partition(".")[0]
    if "task" in about:
        return f"/tasks/{about['task']}"
    if "case" not in about:
        return None
    part = {"alert": "/messages", "message": "/messages", "process": "/process"}.get(kind, "")
    return f"/cases/{about['case']}{part}"
