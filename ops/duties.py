"""What the leading process does besides ticking: a list, so that a reader sees all of it."""

from datetime import timedelta
from typing import Final

from flows.beginnings import plan_days
from flows.hooks import clear_deliveries
from flows.leases import clear_away
from flows.new_work import tell_new_work
from flows.scheduler import Duty
from flows.sealing import seal
from flows.sent_requests import clear_sent_requests

DUTIES: Final[tuple[Duty, ...]] = (
    Duty("seal", timedelta(seconds=5), seal),
    Duty("clear_leases", timedelta(seconds=10), clear_away),
    Duty("plan_days", timedelta(minutes=10), plan_days),
    Duty("clear_deliveries", timedelta(hours=1), clear_deliveries),
    Duty("clear_sent_requests", timedelta(hours=1), clear_sent_requests),
    Duty("tell_new_work", timedelta(seconds=15), tell_new_work),
)
"""Every duty, with how often it is done."""
