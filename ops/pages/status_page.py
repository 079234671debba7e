"""How the installation stands, as a page: cases by process, what is ready and under way, what is late, who
works, what can be reached.
"""

from dataclasses import dataclass
from typing import Any

from flows.figures import Figures, figures
from models import Channel
from ops.composition import Engine
from ops.prefect_status import Prefect, prefect_of


@dataclass(frozen=True, slots=True)
class StatusPage:
    """What the status command shows."""

    figures: Figures
    prefect: Prefect

    def plain(self) -> dict[str, Any]:
        """The same as JSON has it. Times since when are seconds."""
        now = self.figures
        return {
            "at": now.at,
            "processes": {
                name: {status.value: count for status, count in counts.items()}
                for name, counts in now.instances.items()
            },
            "ready": {"wakes": now.wakes, "lag_seconds": now.lag.total_seconds()},
            "in_flight": [
                {"holder": each.name, "passes": each.passes, "instances": each.instances}
                for each in now.holders
            ],
            "lapsed_instances": now.lapsed,
            "incidents": now.incidents,
            "outbox": {
                each.value: {
                    "unsent": now.outbox[each].unsent if each in now.outbox else 0,
                    "oldest_seconds": now.age(each).total_seconds(),
                }
                for each in Channel
            },
            "hooks": {
                "untold": now.hooks.untold,
                "oldest_seconds": now.hook_age.total_seconds(),
                "stopped": now.hooks.stopped,
            },
            "timers": {
                "overdue": now.overdue,
                "overdue_seconds": now.lateness.total_seconds(),
                "next_due": now.next_due,
            },
            "scheduler": None
            if now.leader is None
            else {"leader": now.leader.name, "since": now.leader.since, "lapsed": now.leader.lapsed},
            "audit": {"unsealed": now.unsealed},
            "prefect": {
                "api": self.prefect.api,
                "reachable": self.prefect.reachable,
                "workers": [{"name": each.name, "online": each.online} for each in self.prefect.workers],
            },
        }


def status_page(engine: Engine) -> StatusPage:
    """How things stand now."""
    return StatusPage(figures(engine.runtime), prefect_of(engine.settings))
