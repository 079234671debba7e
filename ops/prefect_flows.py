"""Where Prefect finds the flow of a version: `ops.prefect_flows:intake_v3_1a2b3c4d5e6f`.

Prefect's `process` worker imports this in a process of its own for each flow run. The flow is built from the
version's row in the database that the environment names, so it needs nothing else on that machine.
"""

import os
from contextlib import ExitStack
from functools import lru_cache
from typing import Any

from ops.composition import Engine, open_engine
from ops.errors import OpsError
from ops.settings import load_settings

_open = ExitStack()  # lives as long as the process, which is one flow run's


def __getattr__(name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    from flows.compiler import compile_flow
    from flows.versions import named

    engine = _engine()
    with engine.store.read() as session:
        version = named(session, name)
    return compile_flow(engine.plans.of(version), lambda: engine.runtime)


@lru_cache(maxsize=1)
def _engine() -> Engine:
    if not os.environ.get("CASEWRIGHT_HOME"):
        raise OpsError(
            "CASEWRIGHT_HOME is not set for Prefect's worker, which runs each flow in a folder of its own",
            action="set it, and CASEWRIGHT_DATABASE_URL if you use one, where you start the worker",
        )
    return _open.enter_context(open_engine(load_settings()))
