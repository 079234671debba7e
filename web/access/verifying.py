"""Looking whether the audit is as it was sealed; that somebody has looked, and what came of it, is written
down as well.
"""

from __future__ import annotations

from datetime import datetime

from flows.runtime import Runtime
from flows.sealing import Verdict, told
from flows.sealing import verify as verify_seals
from tasks.history import Act, write_audit


def verify(runtime: Runtime, *, by: str, now: datetime) -> Verdict:
    """Compare the whole audit with its seals. It reads all rows: some seconds for a hundred thousand."""
    found = verify_seals(runtime)
    with runtime.store.write() as session:
        write_audit(session, by, Act.VERIFY, "AuditSeal", None, now, reason=said(found))
    return found


def said(found: Verdict) -> str:
    """What came of it, in words."""
    held = f"{found.rows:,} rows in {found.seals:,} seals are as they were sealed"
    return held if found.broken is None else f"{held}; then the audit was changed: {told(found.broken)}"
