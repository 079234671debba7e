"""A process that signals begin, and that waits for the next one; and whether each signal was heard."""

from collections.abc import Iterator
from functools import cache

from intake_world import catalogue
from sqlmodel import Session, select

from definitions import Plan, check, parse
from models import Instance, InstanceStatus, Signal, SignalReceipt

SIGNAL = "danger_reported"
ECHO = f"""\
process: echo
title: Echo
purpose: To hear of each danger, and of the next one
owner: intake_team
starts:
  - start: on signal {SIGNAL}
    with:
      case: = signal.case
inputs:
  case:
    type: Case
    title: Case
steps:
  - id: again
    title: Wait whether it is reported again
    do: wait_for_signal
    signal: {SIGNAL}
"""


@cache
def echo() -> Plan:
    """A process that each signal begins, and that waits for another one."""
    checked = check(parse(ECHO.encode(), "echo.yaml"), catalogue())
    assert checked.plan is not None, checked.diagnostics
    return checked.plan


def unheard(session: Session) -> Iterator[str]:
    """Signals that have not begun one process each, or that one that waits for them has not taken in."""
    signals = session.exec(select(Signal)).all()
    echoes = session.exec(select(Instance).where(Instance.process == echo().process)).all()
    if len(echoes) != len(signals):
        kind = "lost" if len(echoes) < len(signals) else "doubled"
        yield f"{kind}: {len(signals)} signals have begun {len(echoes)} processes"
    for each in echoes:
        taken = session.exec(select(SignalReceipt).where(SignalReceipt.instance_id == each.id)).all()
        first = {receipt.signal_id for receipt in taken if not receipt.step_run_id}
        waited = [receipt for receipt in taken if receipt.step_run_id]
        later = [
            one.id
            for one in signals
            if one.case_id == each.case_id and one.sent_at >= each.started_at and one.id not in first
        ]
        over = each.status is InstanceStatus.COMPLETED
        if len(first) != 1 or len(waited) != min(len(later), 1) or over != bool(later):
            yield f"lost: {each.id} has taken in {len(waited)} of {len(later)} signals, {each.status.value}"
