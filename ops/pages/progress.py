"""Progress of long work: what is being done, on the standard error, and only when somebody looks."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.status import Status

from definitions import Plan
from flows.runner import PassReport
from ops.pages.terminal import counted


@dataclass(frozen=True, slots=True)
class Progress:
    """A line that says what is being done now."""

    status: Status

    def say(self, text: str) -> None:
        """Replace the line."""
        self.status.update(text)

    def prefect(self) -> None:
        """Prefect is about to be started; the first start makes its database."""
        self.say("starting Prefect (the first time takes a while) ...")

    def passed(self, plan: Plan, report: PassReport) -> None:
        """A pass has ended."""
        steps = [plan.step(done.work.step).title for done in report.done if done.work.step]
        cases = counted(len(report.instances), "case")
        self.say(f"{plan.title}: {steps[-1] if steps else 'answers taken in'} ({cases}) ...")


@contextmanager
def shown() -> Iterator[Progress]:
    """Show progress while the block lasts."""
    console = Console(file=sys.stderr, highlight=False, markup=False)
    with console.status("working ...", spinner="line") as status:
        yield Progress(status)
