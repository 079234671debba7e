"""What Prefect loads for the worker type `casewright` (entry point `prefect.collections`), so that
`prefect worker start --pool casewright` is a worker too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from flows.worker import CasewrightWorker, Surroundings, compose_with
from ops.composition import open_engine
from ops.living import living
from ops.settings import load_settings

__all__ = ["MODULE", "CasewrightWorker"]

MODULE: Final = "ops.prefect_flows"
"""Where Prefect finds the flow of a version."""


@contextmanager
def _compose() -> Iterator[Surroundings]:
    settings = load_settings()
    with open_engine(settings, holder="worker") as engine, living(engine) as life:
        yield Surroundings(life.runtime, engine.plans, life.changed, MODULE)


compose_with(_compose)
