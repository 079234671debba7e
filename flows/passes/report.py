"""What a pass did, in order: for Prefect, for progress, for tests. Free of personal data."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from flows.steps.state import Work


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong for one instance, free of personal data: it reaches Prefect."""

    instance_id: str
    step: str
    position: str
    code: str
    message: str
    incident: bool

    def __str__(self) -> str:
        return (
            f"{self.position}: step `{self.step}` of instance {self.instance_id}: {self.code}: {self.message}"
        )


@dataclass(slots=True)
class Done:
    """What one piece of work did: the instances it was done for, those it could not move included.
    `waiting` of them wait now.
    """

    work: Work
    instances: tuple[str, ...] = ()
    waiting: int = 0
    failures: list[Failure] = field(default_factory=list)

    def add(self, instances: Iterable[str]) -> None:
        """Count these instances, each once: a `for_each` comes to them twice."""
        self.instances = tuple(dict.fromkeys((*self.instances, *instances)))


@dataclass(slots=True)
class PassReport:
    """What a pass did, in order."""

    instances: tuple[str, ...]
    done: list[Done] = field(default_factory=list)

    @property
    def failures(self) -> list[Failure]:
        """All failures of the pass."""
        return [failure for each in self.done for failure in each.failures]
