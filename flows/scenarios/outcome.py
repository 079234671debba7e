"""What came of a scenario: passed, or what was expected where and what was got instead."""

from dataclasses import dataclass, field

from definitions.diagnostics import Span
from flows.scenarios.covering import Taken


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that was not as the scenario says. `span` is where the scenario says it."""

    span: Span
    message: str
    expected: str = ""
    got: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One scenario that was played: its failures, and which ways the processes went."""

    file: str
    process: str
    name: str
    seconds: float
    failures: tuple[Failure, ...] = ()
    taken: frozenset[Taken] = field(default_factory=frozenset)

    @property
    def passed(self) -> bool:
        """Whether everything was as the scenario says."""
        return not self.failures
