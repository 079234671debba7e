"""`casewright worker`: the worker type of Prefect in a process of ours, ended by Ctrl-C or SIGTERM."""

import asyncio
import signal
from typing import Final

from ops.pages.terminal import note
from ops.prefect_home import own_prefect, worker_environment
from ops.prefect_server import needed_api
from ops.settings import Settings
from ops.stopping import until_stopped
from ops.turn import until_turn

OUTAGE: Final = 2.0
"""Seconds until a Prefect that did not answer is asked again."""


def work(settings: Settings, pool: str, name: str | None) -> None:
    """Run a worker until it is told to end. OpsError when no Prefect server is known."""
    with own_prefect(settings, worker_environment(settings, needed_api(settings))):
        from ops.prefect_worker import CasewrightWorker, work_with

        until_turn()
        work_with(settings)
        asyncio.run(_work(CasewrightWorker, settings, pool, name))
    note("stopped; what is ready waits in the database")


def hand_over(settings: Settings, pool: str) -> None:
    """Make runs for workers of other types, until Ctrl-C or SIGTERM; beside that do what every process
    does that lives on.
    """
    from ops.composition import open_engine
    from ops.living import living
    from ops.metrics import serve_metrics
    from ops.scheduling import scheduling

    with (
        until_stopped() as stopped,
        open_engine(settings, holder="dispatch") as engine,
        serve_metrics(engine),
        living(engine, carries=False) as life,
        scheduling(engine),
        own_prefect(settings, worker_environment(settings, needed_api(settings))),
    ):
        from flows.carrier import Deployments, Line, PrefectAwayError, Reporter, Runs
        from flows.carrier import hand_over as turn
        from flows.dispatch import Dispatcher
        from ops.prefect_worker import MODULE

        dispatcher = Dispatcher(life.runtime, engine.plans)
        note(f"dispatching to the work pool {pool}; Ctrl-C ends it")
        with Line() as line:
            deployments = Deployments(pool, MODULE)
            runs = Runs(line, deployments, dispatcher)
            reporter = Reporter(life.runtime, engine.plans, deployments, line)
            while not stopped.is_set():
                try:
                    turn(runs, dispatcher, settings.limits.passes)
                    reporter.turn()
                except PrefectAwayError as error:
                    note(f"{error}; ordinary work waits")
                    stopped.wait(OUTAGE)
                life.changed.wait(1.0)
    note("stopped; what is ready waits in the database")


async def _work(kind: type, settings: Settings, pool: str, name: str | None) -> None:
    worker = kind(work_pool_name=pool, name=name, limit=settings.limits.passes)
    worker.alone = True
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, worker.end)
    await worker.start(printer=note)
