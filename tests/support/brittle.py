"""Step kinds that break while a test says so, and what people decide about the incidents that come of it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, select

from flows.errors import InputError
from flows.inbox.case.deciding import retry, skip
from flows.incidents import open_incidents
from flows.runtime import Runtime
from models import HumanTask, TaskKind
from tasks.call import Call
from tasks.registry import Handler
from tasks.result import StepError

Decision = Callable[[Runtime, str, datetime], None]
"""What somebody does about an incident, by its id."""

CODE = "broken_on_purpose"
"""The code of the incidents that tests make."""


@dataclass
class Brittle:
    """Which step kinds are broken now, by name; `used` says whether one of them was begun."""

    broken: set[str] = field(default_factory=set)
    used: bool = False

    def of(self, handlers: Mapping[str, Handler[Any]]) -> Mapping[str, Handler[Any]]:
        """The same step kinds, each of which can break when it is begun."""
        return {name: self._brittle(handler) for name, handler in handlers.items()}

    def _brittle(self, handler: Handler[Any]) -> Handler[Any]:
        def start(call: Call, arguments: Any) -> Any:
            if handler.kind.name in self.broken:
                self.used = True
                raise StepError(CODE, "it is broken for a while")
            return handler.start(call, arguments)

        return replace(handler, start=start)


def unexpected(session: Session) -> Iterator[str]:
    """Incidents that no test has made."""
    for task in session.exec(select(HumanTask).where(HumanTask.kind == TaskKind.INCIDENT)):
        if task.details.get("code") != CODE:
            yield f"incident: {task.title} ({task.description})"


def open_tasks(runtime: Runtime) -> list[str]:
    """The incidents about which nobody has decided."""
    with runtime.store.read() as session:
        return [task.id for task, _ in open_incidents(session)]


def try_again(runtime: Runtime, task_id: str, now: datetime, *, changed: bool = False) -> None:
    """Decide to try again, as things are or with another input."""
    more: dict[str, Any] = {"inputs": {"received_at": now.isoformat()}, "reason": "told later"}
    retry(runtime, task_id, by=None, now=now, **(more if changed else {}))


def leave_out(runtime: Runtime, task_id: str, now: datetime) -> None:
    """Decide to skip the step; where later steps read what it gives, to try again."""
    try:
        skip(runtime, task_id, reason="not needed", by=None, now=now)
    except InputError:
        try_again(runtime, task_id, now)


DECISIONS: tuple[Decision, ...] = (
    try_again,
    lambda runtime, task_id, now: try_again(runtime, task_id, now, changed=True),
    leave_out,
)
