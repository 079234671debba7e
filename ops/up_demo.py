"""`casewright up --demo`: everything on this machine, in a home of its own with a year of synthetic cases."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Final

from ops.collecting import collect_seldom
from ops.demo.logs import log_to
from ops.demo.year import CASES, YEAR, fill, write_words, year_settings
from ops.demo.year.accounts import PASSPHRASE, logins
from ops.pages.terminal import note
from ops.settings import PREFIX, Settings
from ops.up import Occasion, run_all

HOME: Final = "up-demo"
"""The folder in the home that is the home of this demo."""

OWN_HOSTS: Final = "localhost,127.0.0.1"
"""Where webhooks of the demo may go besides the public network."""

WHOLE: Final = "year-is-lived"
"""The file that says so. A year that was broken off is begun anew."""


class _StoppedError(Exception):
    """Somebody has pressed Ctrl-C in the middle of the year."""


@dataclass
class DemoYear(Occasion):
    """The year of the demo's home, which is lived while Prefect's server starts."""

    settings: Settings
    cases: int = CASES
    length: timedelta = YEAR
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    shown: date | None = None

    @property
    def whole(self) -> Path:
        """The file that says that all of the year is there."""
        return self.settings.home / WHOLE

    @property
    def environment(self) -> Mapping[str, str]:
        """That of the parts: the demo's home, and nothing of what is set for real ones."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        own = {"HOME": self.settings.home, "DEFINITIONS": self.settings.definitions}
        set_here = {f"{PREFIX}{name}": str(path) for name, path in own.items() if path is not None}
        return {**kept, **set_here, f"{PREFIX}HOOK_HOSTS": OWN_HOSTS, f"{PREFIX}PUBLIC_FORM": "1"}

    def prepare(self, stopped: Event) -> str | None:
        """Live the year, unless it is there."""
        if self.whole.exists():
            return "is there already"

        def tell(day: date) -> None:
            if stopped.is_set():
                raise _StoppedError
            self._show(day)

        try:
            with log_to(self.settings, self.settings.home / "logs"):
                lived = fill(self.settings, self.began, cases=self.cases, length=self.length, tell=tell)
        except _StoppedError:
            return None
        self.whole.touch()
        seconds = (datetime.now(UTC) - self.began).total_seconds()
        return "" if lived is None else f"{lived.cases} synthetic cases lived through in {seconds:.0f} s"

    def words(self) -> Iterator[str]:
        """Who can log in, and with what; and what needs no login."""
        from ops.composition import opened

        yield f"\nLog in with the passphrase: {PASSPHRASE}"
        with opened(self.settings) as store:
            for each in logins(store):
                yield f"  {each.login:<26} {each.name}, {each.role}"
        yield "The form for those who ask for help is at /contact; it needs no login."

    def _show(self, day: date) -> None:
        """The month that is being lived, once each."""
        month = day.replace(day=1)
        if month != self.shown:
            self.shown = month
            note(f"           living {month:%B %Y} ...")


def run_demo(settings: Settings, port: int) -> None:
    """`run_all` in a home of its own, which is filled with a year when it is new. Providers, database and
    Prefect that the settings name are not used.
    """
    year = DemoYear(year_settings(settings, settings.home / HOME))
    if not year.whole.exists():
        shutil.rmtree(year.settings.home, ignore_errors=True)
    write_words(year.settings)
    collect_seldom()  # the year makes millions of rows, values and statements
    run_all(year.settings, port, year)
