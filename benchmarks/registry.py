"""The engines by name, each with the module that sets it up. A module is imported when it is measured."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

from benchmarks.place import Opens


@dataclass(frozen=True, slots=True)
class Entry:
    """Where an engine is set up, and what a reader has to know of it."""

    module: str
    function: str
    title: str
    uses_prefect: bool = False


ENGINES: Final[Mapping[str, Entry]] = {
    "casewright": Entry("casewright_engine", "open_casewright", "Casewright", uses_prefect=True),
    "prefect": Entry("prefect_hand", "open_one", "Prefect, one case per flow run", uses_prefect=True),
    "prefect_batch": Entry("prefect_hand", "open_batch", "Prefect, a batch per flow run", uses_prefect=True),
    "dbos": Entry("dbos_engine", "open_dbos", "DBOS"),
    "spiffworkflow": Entry("spiff", "open_spiff", "SpiffWorkflow"),
    "sqlalchemy_step": Entry("plain", "open_step", "SQLAlchemy, a commit per step"),
    "sqlalchemy_batch": Entry("plain", "open_batch", "SQLAlchemy, a commit per step and batch"),
}
"""The seven, in the order in which they are shown."""


def opener(engine: str) -> Opens:
    """What sets this engine up."""
    entry = ENGINES[engine]
    return cast(Opens, getattr(import_module(f"benchmarks.engines.{entry.module}"), entry.function))
