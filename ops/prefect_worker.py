"""What Prefect loads for the worker type `casewright` (entry point `prefect.collections`), so that
`prefect worker start --pool casewright` is a worker too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Final

from flows.worker import CasewrightWorker, Surroundings, compose_with
from ops.collecting import collect_seldom
from ops.composition import open_engine
from ops.living import living
from ops.metrics import serve_metrics
from ops.scheduling import scheduling
from ops.settings import Settings, load_settings
from ops.switching import switch_often

__all__ = ["MODULE", "CasewrightWorker", "work_with"]

MODULE: Final = "ops.prefect_flows"
"""Where Prefect finds the flow of a version."""


@contextmanager
def _compose(settings: Settings | None = None) -> Iterator[Surroundings]:
    told = settings or load_settings()
    with (
        open_engine(told, holder="worker") as engine,
        serve_metrics(engine),
        living(engine) as life,
        scheduling(engine),
    ):
        collect_seldom()
        switch_often()
        yield Surroundings(life.runtime, engine.plans, life.changed, MODULE)


def work_with(settings: Settings) -> None:
    """The workers of this process take these settings instead of reading them from the environment."""
    compose_with(partial(_compose, settings))


compose_with(_compose)
