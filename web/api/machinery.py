"""How the machinery runs, for administrators: figures only, of no case and nobody."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from flows.figures import Figures, figures
from web.access.actions import Action
from web.api.visiting import Visiting, allowed

router = APIRouter(tags=["machinery"])


@router.get("/machinery")
def machinery(visit: Visiting) -> dict[str, Any]:
    """What is ready, under way, late and unsent; who ticks. Times since when are moments."""
    with visit.web.store.read() as session:
        allowed(session, visit.actor, Action.SEE_MACHINERY, visit.web.now())
    return told(figures(visit.web.runtime))


def told(now: Figures) -> dict[str, Any]:
    """The figures as plain values."""
    return {
        "at": now.at,
        "processes": {
            name: {status.value: count for status, count in counts.items()}
            for name, counts in now.instances.items()
        },
        "ready": {"wakes": now.wakes, "oldest": now.oldest_ready},
        "in_flight": [asdict(each) for each in now.holders],
        "lapsed_instances": now.lapsed,
        "incidents": now.incidents,
        "outbox": {kind.value: asdict(queue) for kind, queue in now.outbox.items()},
        "timers": {"overdue": now.overdue, "overdue_since": now.overdue_since, "next_due": now.next_due},
        "scheduler": None if now.leader is None else asdict(now.leader),
        "unsealed": now.unsealed,
    }
