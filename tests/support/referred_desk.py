"""A desk with a referral whose service has not answered in time, and the task to ask after it."""

from collections.abc import Iterator
from contextlib import contextmanager

from casework_bench import consent, fire, service, timers
from databases import in_memory
from desk_world import Desk
from referral_world import referral, start
from step_bench import Bench

from models import GroupRole, Referral, TimerPurpose


@contextmanager
def open_referred_desk(**people: str) -> Iterator[Desk]:
    """It is the moment at which the service should have answered. The task lies in the queue of the
    referral team; the desk's worker has the case. `people` are more members of staff, with their group.
    """
    with in_memory() as store:
        with store.write() as session:
            bench = Bench(session)
            lead = bench.staff("Lead", role=GroupRole.SUPERVISOR)
            worker = bench.staff("Worker", supervisor_id=lead.id)
            others = {name: bench.staff(name.capitalize(), group).id for name, group in people.items()}
            client = bench.client()
            case = start(bench, client, service=service(bench), consent=consent(bench, client))
            case.worker_id, case.supervisor_id = worker.id, lead.id
            bench.run("referral")
            due = referral(bench).respond_by
            assert due is not None
            bench.now = due
            (timer,) = timers(bench, TimerPurpose.CHASE)
            fire(bench, timer)
            (task,) = bench.tasks()
            ids = (task.id, worker.id, lead.id, others, case.id)
        yield Desk(store, *ids, now=due)


def only_referral(desk: Desk) -> Referral:
    """The referral as it is now."""
    (found,) = desk.rows(Referral)
    kept: Referral = found
    return kept
