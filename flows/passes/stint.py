"""How long a transaction has worked: waiting for others is no work."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Stint:
    """The working time of one transaction, in seconds by the stopwatch."""

    stopwatch: Callable[[], float]
    _since: float | None = field(init=False)
    _before: float = 0.0

    def __post_init__(self) -> None:
        self._since = self.stopwatch()

    def begin(self) -> None:
        """It has its turn now; what was before was waiting."""
        self._before, self._since = 0.0, self.stopwatch()

    def pause(self) -> None:
        """It waits for others."""
        self._before, self._since = self.seconds(), None

    def go_on(self) -> None:
        """It works again."""
        self._since = self.stopwatch()

    def seconds(self) -> float:
        """So far."""
        return self._before + (0.0 if self._since is None else self.stopwatch() - self._since)
