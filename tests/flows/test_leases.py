"""Leases are kept while a pass lasts."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

from engine_world import World, step
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from flows.leases import claim, kept
from models import Lease, Store


@dataclass
class StumblingStore:
    """A database whose first write fails; `written` is set by the end of the next."""

    store: Store
    fails: int = 1
    written: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A transaction."""
        if self.fails:
            self.fails -= 1
            raise OperationalError("UPDATE leases", {}, TimeoutError())
        with self.store.write() as session:
            yield session
        self.written.set()


def test_a_renewal_that_the_database_refuses_is_tried_again(world: World) -> None:
    world.publish(step("say", "one", 0))
    ids = world.start()
    assert world.version is not None
    claimed = claim(world.runtime, world.version.id, ids, holder="test")
    store = StumblingStore(world.runtime.store)
    limits = replace(world.runtime.limits, renewal=timedelta(milliseconds=1))
    world.pass_time(timedelta(seconds=30))
    with kept(replace(world.runtime, store=store, limits=limits), claimed):
        assert store.written.wait(timeout=60)
    with world.runtime.store.read() as session:
        lease = session.get_one(Lease, claimed.lease_id)
    assert lease.expires_at == world.clock[0] + limits.lease
