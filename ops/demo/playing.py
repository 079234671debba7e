"""Playing the demo: publish, import, start an intake per scenario, do what people do, until nothing moves.

Everything may be done again: what is there stays, and what was begun goes on.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from sqlmodel import col, or_, select

from definitions import Plan, load_vocabulary, render
from flows.dispatch import Carry
from flows.instances import start
from flows.runner import PassReport
from flows.script import Script, apply_script
from models import Client
from notifications.folder import FAILING_FILE
from ops.composition import Engine, Published, carrying, open_engine, publish_known
from ops.demo.clock import demo_clock
from ops.demo.household_files import write_files
from ops.demo.invariants import Invariant, judge_story
from ops.demo.prefect_runs import PrefectRuns, read_runs
from ops.demo.report_files import ReportFile, write_reports
from ops.demo.scenarios import Scenarios, load_scenarios
from ops.demo.story import Begun, Story, read_story
from ops.errors import OpsError
from ops.importing import Imported, import_folder
from ops.pages.terminal import counted
from ops.settings import Settings

PROCESS: Final = "intake"
DATA: Final = Path("demo") / "data"
"""Where the CSV files lie in the home."""

REFERENCES: Final = "D-%"
"""The references of the demo's clients."""

Tell = Callable[[str], None]


class Progress(Protocol):
    """Is told what the demo does."""

    def stage(self, doing: str) -> AbstractContextManager[Tell]:
        """A stage begins. The function that the `with` block gets is told what came of it."""


@dataclass(frozen=True, slots=True)
class Play:
    """What a run of the demo did and what there is now. `started` counts the intakes that are new."""

    home: Path
    zone: ZoneInfo
    now: datetime
    published: tuple[Published, ...]
    imported: Imported
    started: int
    passes: int
    story: Story
    reports: tuple[ReportFile, ...]
    runs: PrefectRuns | None
    invariants: tuple[Invariant, ...]

    @property
    def again(self) -> bool:
        """Whether all intakes had been started before."""
        return self.started == 0

    @property
    def holds(self) -> bool:
        """Whether every promise holds."""
        return all(each.holds for each in self.invariants)


def demo_settings(settings: Settings, home: Path) -> Settings:
    """The settings of the demo: all in one folder, no provider, the shipped definitions, an own Prefect.

    A real mail server, telephone company, database or Prefect that is configured is never used.
    """
    database = f"sqlite:///{home / 'casewright.db'}"
    return replace(Settings(home, database), fault=settings.fault, limits=settings.limits)


def fresh_home(home: Path, now: datetime) -> Path:
    """A folder inside the home that does not exist yet, named by the time."""
    first = home / f"demo-{now:%Y%m%d-%H%M%S}"
    names = (first, *(first.with_name(f"{first.name}-{number}") for number in range(2, 100)))
    return next(each for each in names if not each.exists())


def play(
    settings: Settings, clock: Callable[[], datetime], progress: Progress, *, prefect: bool = True
) -> Play:
    """Play all scenarios. `settings` are those of `demo_settings`; `clock` tells the real time. Without
    `prefect` the same steps run without it.

    Raises OpsError when the home holds clients that are not the demo's.
    """
    scenarios = load_scenarios()
    zone = ZoneInfo(load_vocabulary().calendar().zone)
    with open_engine(settings, demo_clock(clock, zone)) as engine:
        _refuse_strangers(engine)
        published = _publish(engine, progress)
        imported = _import(engine, progress)
        _tell_folder(settings.messages / FAILING_FILE, scenarios)
        begun, started = _start(engine, published[PROCESS], scenarios, progress)
        with carrying(settings, prefect=prefect) as carry:
            opening = _opening(started, prefect=prefect)
            passes = _run(engine, scenarios, begun, carry, opening, progress)
        with progress.stage("Reading what has come of it") as tell:
            runs = read_runs(settings.prefect_home) if prefect else None
            story, reports, invariants = _read(engine, published[PROCESS].plan, begun, runs)
            tell(f"{sum(each.holds for each in invariants)} of {len(invariants)} promises hold")
        return Play(
            home=settings.home,
            zone=zone,
            now=engine.runtime.clock(),
            published=tuple(published.values()),
            imported=imported,
            started=started,
            passes=passes,
            story=story,
            reports=reports,
            runs=runs,
            invariants=invariants,
        )


def _refuse_strangers(engine: Engine) -> None:
    """Synthetic people must not be put among real ones."""
    with engine.store.read() as session:
        foreign = or_(col(Client.reference).is_(None), col(Client.reference).not_like(REFERENCES))
        if session.exec(select(Client.id).where(foreign).limit(1)).first() is not None:
            raise OpsError(
                f"{engine.settings.home} holds clients that are not the demo's",
                action="run `casewright demo --fresh`, or set CASEWRIGHT_HOME to another folder",
            )


def _publish(engine: Engine, progress: Progress) -> dict[str, Published]:
    with progress.stage("Checking and publishing the processes") as tell:
        published, problems = publish_known(engine)
        if problems or PROCESS not in published:
            raise OpsError("a shipped process is faulty:\n" + "\n".join(render(each) for each in problems))
        tell(", ".join(f"{name} v{each.version.number}" for name, each in published.items()))
        return dict(published)


def _import(engine: Engine, progress: Progress) -> Imported:
    with progress.stage("Importing the households") as tell:
        folder = engine.settings.home / DATA
        write_files(folder, engine.runtime.clock().astimezone(engine.zone).date())
        imported = import_folder(engine, folder)
        tell(str(imported))
        return imported


def _tell_folder(file: Path, scenarios: Scenarios) -> None:
    """The folder stands in for mail server and telephone company; it is told whom it can't reach."""
    file.parent.mkdir(parents=True, exist_ok=True)
    lines = (f"{address} {code}\n" for address, code in scenarios.failing.items())
    file.write_text("".join(lines), encoding="utf-8")


def _start(
    engine: Engine, intake: Published, scenarios: Scenarios, progress: Progress
) -> tuple[tuple[Begun, ...], int]:
    """Start what was not started before; the key of a scenario lets it start once."""
    with progress.stage("Starting the intakes") as tell:
        begun, new = [], 0
        for scenario in scenarios.all:
            inputs = {"client": _client(engine, scenario.client), "received_at": engine.runtime.clock()}
            key = f"demo:{scenario.name}"
            started = start(engine.runtime, intake.plan, intake.version, inputs, key=key)
            new += started.new
            begun.append(Begun(scenario.name, scenario.about, scenario.client, started.instance.id))
        tell(f"{new} started, {len(begun) - new} were there already")
        return tuple(begun), new


def _client(engine: Engine, reference: str) -> str:
    with engine.store.read() as session:
        found = session.exec(select(Client.id).where(Client.reference == reference)).first()
    if found is None:
        raise OpsError(f"the demo's client {reference} is missing", action="run `casewright demo --fresh`")
    return found


def _opening(started: int, *, prefect: bool) -> str:
    if not started:
        return "Going on where it was"
    return "Starting Prefect and opening the cases" if prefect else "Opening the cases"


def _run(
    engine: Engine,
    scenarios: Scenarios,
    begun: Sequence[Begun],
    carry: Carry,
    opening: str,
    progress: Progress,
) -> int:
    """Let the engine run, then people do what they can, until neither changes anything."""
    passes = _settle(engine, carry, opening, progress)
    for doing, scripts in (
        ("People book, ask and answer", [each.early for each in scenarios.all]),
        ("Plans are agreed, an answer is corrected", [each.late for each in scenarios.all]),
    ):
        while _people(engine, begun, scripts, doing, progress):
            passes += _settle(engine, carry, "The engine goes on", progress)
    return passes


def _people(
    engine: Engine, begun: Sequence[Begun], scripts: Sequence[Script], doing: str, progress: Progress
) -> int:
    with progress.stage(doing) as tell:
        pairs = zip(begun, scripts, strict=True)
        done = sum(apply_script(engine.runtime, each.instance_id, script) for each, script in pairs)
        tell(counted(done, "command", "commands") if done else "nothing left to do")
        return done


def _settle(engine: Engine, carry: Carry, doing: str, progress: Progress) -> int:
    with progress.stage(doing) as tell:
        steps = 0

        def count(_plan: Plan, report: PassReport) -> None:
            nonlocal steps
            steps += len(report.done)

        passes = engine.run(carry, count)
        tell(
            f"{counted(passes, 'pass', 'passes')} over {counted(steps, 'step', 'steps')}"
            if passes
            else "nothing to do"
        )
        return passes


def _read(
    engine: Engine, plan: Plan, begun: Sequence[Begun], runs: PrefectRuns | None
) -> tuple[Story, tuple[ReportFile, ...], tuple[Invariant, ...]]:
    home = engine.settings.home
    with engine.store.read() as session:
        story = read_story(session, plan, begun, home)
        reports = write_reports(session, home, engine.runtime.clock(), engine.zone)
        return story, reports, judge_story(session, story, runs, home)
