"""The numbers of the engine, all in one place (start values of engine.md R2.8)."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Limits:
    """How long, how often, how many. A setting may replace any of them.

    `start` is how long a dispatched carrier may take to begin; then its instances are ready again. `links` is
    how many processes may begin one another in a row.
    """

    lease: timedelta = timedelta(seconds=60)
    renewal: timedelta = timedelta(seconds=15)
    lease_kept: timedelta = timedelta(minutes=10)
    start: timedelta = timedelta(seconds=30)
    sweep: timedelta = timedelta(seconds=5)
    batch: int = 500
    passes: int = 4
    pass_time: timedelta = timedelta(seconds=4)
    transaction_time: timedelta = timedelta(milliseconds=200)
    transaction_batch: int = 100
    infrastructure_retries: int = 5
    slow_transaction: timedelta = timedelta(seconds=2)
    leadership: timedelta = timedelta(seconds=10)
    leadership_renewal: timedelta = timedelta(seconds=2)
    tick: timedelta = timedelta(seconds=1)
    timer_batch: int = 500
    links: int = 10
