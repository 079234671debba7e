"""Whoever looks at personal data on the command line leaves a trace in the audit, before anything is
shown.
"""

from collections.abc import Sequence

from ops.composition import Engine, operator
from tasks.history import Act, write_audit


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
    with engine.store.write() as session:
        write_audit(
            session,
            operator(),
            act,
            record,
            record_id,
            engine.runtime.clock(),
            fields=fields,
            case_id=case_id,
            reason="shown on the command line",
        )
