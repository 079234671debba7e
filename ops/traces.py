"""Whoever looks at personal data on the command line leaves a trace in the audit, before anything is
shown.
"""

from collections.abc import Sequence

from models import AuditEvent
from ops.composition import Engine, operator
from tasks.history import Act


def leave_trace(
    engine: Engine,
    act: Act,
    record: str,
    record_id: str | None,
    fields: Sequence[str],
    *,
    case_id: str | None = None,
) -> None:
    """Write the audit event in a transaction of its own. `fields` are names, never values."""
    event = AuditEvent(
        at=engine.runtime.clock(),
        actor=operator(),
        action=act.value,
        record=record,
        record_id=record_id,
        fields=list(fields),
        case_id=case_id,
        reason="shown on the command line",
    )
    with engine.store.write() as session:
        session.add(event)
