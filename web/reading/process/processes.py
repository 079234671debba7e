"""Processes as operations staff look at them: what is in force, since when and why, and how many cases are
where. Figures only: no case can be told from them, and none is opened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from types import MappingProxyType
from typing import Any, Final

from sqlmodel import Session, col, func, select

from definitions import DefinitionError, Plan
from definitions.explain import beginnings
from definitions.time.clocks import length
from flows.versions import ENDED, Plans, newest
from models import DefinitionVersion, Instance, InstanceStatus, ProcessProposal, StepRun, StepStatus
from web.reading.names import Names
from web.reading.process.outline import Counts, Outline, outline

OPEN: Final = tuple(each for each in InstanceStatus if each not in ENDED)
LONGEST: Final = 6_000
"""Lines of two texts that are compared at most."""

AROUND: Final = 3


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """A process of the list. `in_flight` is how many run, `stuck` how many stand still or are held."""

    process: str
    title: str
    number: int
    published_at: datetime
    published_by: str
    in_flight: int
    stuck: int
    proposals: int


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version: who put it forward and why, who approved it; `by` is who published it."""

    number: int
    published_at: datetime
    by: str
    proposed_by: str | None
    reason: str | None
    decision: str | None
    in_flight: int


@dataclass(frozen=True, slots=True)
class ProcessDetail:
    """One version of a process. `head` are the lines of its header, `outline` its steps; None where this
    program can't run the version any more, and `fault` says why.
    """

    process: str
    title: str
    number: int
    newest: int
    file: str
    source: str
    head: tuple[tuple[str, str], ...]
    outline: Outline | None
    fault: str
    in_flight: Mapping[str, int]
    versions: tuple[VersionLine, ...]


def processes(session: Session) -> list[ProcessLine]:
    """The processes that were ever published, in the order of their titles."""
    running = _in_flight(session)
    waiting = _proposals(session)
    names, found = Names(session), []
    numbers = select(DefinitionVersion.process, func.max(DefinitionVersion.number)).group_by(
        col(DefinitionVersion.process)
    )
    for process, number in session.exec(numbers).all():
        title, at, by = session.exec(_ABOUT.where(*_version_is(process, number))).one()
        counts = running.get(process, {})
        found.append(
            ProcessLine(
                process=process,
                title=title,
                number=number,
                published_at=at,
                published_by=names.of(by) or by,
                in_flight=sum(counts.values()),
                stuck=counts.get(InstanceStatus.INCIDENT, 0) + counts.get(InstanceStatus.HELD, 0),
                proposals=waiting.get(process, 0),
            )
        )
    return sorted(found, key=lambda each: (each.title.casefold(), each.process))


def process_detail(
    session: Session,
    plans: Plans,
    process: str,
    number: int | None = None,
    groups: Mapping[str, str] = MappingProxyType({}),
) -> ProcessDetail | None:
    """A version of a process, the newest unless it is said; None where there is none."""
    last = newest(session, process)
    if last is None:
        return None
    version = last if number is None else _version(session, process, number)
    if version is None:
        return None
    plan, fault = _plan_of(plans, version)
    return ProcessDetail(
        process=process,
        title=version.title,
        number=version.number,
        newest=last.number,
        file=version.file_name,
        source=version.source,
        head=() if plan is None else head_of(plan, groups),
        outline=None if plan is None else outline(plan, _at_steps(session, version), groups),
        fault=fault,
        in_flight={each.value: count for each, count in _of_version(session, version).items()},
        versions=tuple(_versions(session, process)),
    )


def head_of(plan: Plan, groups: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The head of a procedure document, without what is not said."""
    given = (each.title + ("" if each.required else " (may be left out)") for each in plan.inputs)
    rows = [
        ("Purpose", plan.purpose),
        ("Scope", plan.scope),
        ("Responsible", plan.responsible),
        ("Owner", groups.get(plan.owner, plan.owner.replace("_", " "))),
        ("References", ", ".join(plan.references)),
        ("Starts", "; ".join(beginnings(plan))),
        ("Given", ", ".join(given)),
        ("Outcomes", ", ".join(each.replace("_", " ") for each in plan.outcomes)),
    ]
    if plan.review_every is not None:
        rows.append(("Reviewed", f"every {length(plan.review_every.parsed)}"))
    return tuple((label, words) for label, words in rows if words)


@dataclass(frozen=True, slots=True)
class DifferenceLine:
    """A line of a difference: `added`, `removed`, `place` (where the next lines stand), or `same` in both."""

    kind: str
    text: str


def difference(before: str, after: str) -> tuple[DifferenceLine, ...] | None:
    """How two texts differ, line by line with some around; None where they are too long for it."""
    old, new = before.splitlines(), after.splitlines()
    if len(old) + len(new) > LONGEST:
        return None
    lines = list(unified_diff(old, new, n=AROUND, lineterm=""))[2:]
    kinds = {"+": "added", "-": "removed", "@": "place"}
    return tuple(DifferenceLine(kinds.get(line[:1], "same"), line) for line in lines)


def in_flight_of(session: Session, process: str) -> dict[int, int]:
    """How many cases run on the versions of a process, by number; those without any are left out."""
    query: Any = (
        select(DefinitionVersion.number, func.count())
        .join(Instance, col(Instance.version_id) == col(DefinitionVersion.id))
        .where(DefinitionVersion.process == process, col(Instance.status).in_(OPEN))
        .group_by(col(DefinitionVersion.number))
        .order_by(col(DefinitionVersion.number))
    )
    return dict(session.exec(query).all())


_ABOUT: Final = select(
    DefinitionVersion.title, DefinitionVersion.published_at, DefinitionVersion.published_by
)


def _version_is(process: str, number: int) -> tuple[Any, Any]:
    return DefinitionVersion.process == process, DefinitionVersion.number == number


def _version(session: Session, process: str, number: int) -> DefinitionVersion | None:
    return session.exec(select(DefinitionVersion).where(*_version_is(process, number))).first()


def _plan_of(plans: Plans, version: DefinitionVersion) -> tuple[Plan | None, str]:
    try:
        return plans.of(version), ""
    except DefinitionError as error:
        return None, "; ".join(each.message for each in error.diagnostics) or str(error)


def _in_flight(session: Session) -> dict[str, dict[InstanceStatus, int]]:
    query: Any = (
        select(Instance.process, Instance.status, func.count())
        .where(col(Instance.status).in_(OPEN))
        .group_by(col(Instance.process), col(Instance.status))
    )
    found: dict[str, dict[InstanceStatus, int]] = {}
    for process, status, count in session.exec(query):
        found.setdefault(process, {})[InstanceStatus(status)] = count
    return found


def _of_version(session: Session, version: DefinitionVersion) -> dict[InstanceStatus, int]:
    query: Any = (
        select(Instance.status, func.count())
        .where(Instance.version_id == version.id, col(Instance.status).in_(OPEN))
        .group_by(col(Instance.status))
    )
    return {InstanceStatus(status): count for status, count in session.exec(query)}


def _at_steps(session: Session, version: DefinitionVersion) -> Counts:
    query: Any = (
        select(StepRun.step, StepRun.status, func.count(func.distinct(StepRun.instance_id)))
        .join(Instance, col(Instance.id) == col(StepRun.instance_id))
        .where(
            Instance.version_id == version.id,
            col(Instance.status).in_(OPEN),
            col(StepRun.status).in_((StepStatus.WAITING, StepStatus.INCIDENT)),
        )
        .group_by(col(StepRun.step), col(StepRun.status))
    )
    found: dict[str, tuple[int, int]] = {}
    for step, status, count in session.exec(query):
        waiting, stuck = found.get(step, (0, 0))
        still = StepStatus(status) is StepStatus.INCIDENT
        found[step] = (waiting, stuck + count) if still else (waiting + count, stuck)
    return found


def _proposals(session: Session) -> dict[str, int]:
    query: Any = (
        select(ProcessProposal.process, func.count())
        .where(ProcessProposal.state == "waiting")
        .group_by(col(ProcessProposal.process))
    )
    return dict(session.exec(query).all())


def _versions(session: Session, process: str) -> list[VersionLine]:
    columns: Any = (
        select(
            DefinitionVersion.id,
            DefinitionVersion.number,
            DefinitionVersion.published_at,
            DefinitionVersion.published_by,
        )
        .where(DefinitionVersion.process == process)
        .order_by(col(DefinitionVersion.number).desc())
    )
    running, names = in_flight_of(session, process), Names(session)
    rows = session.exec(columns).all()
    ids = [row.id for row in rows]
    put = select(ProcessProposal).where(col(ProcessProposal.version_id).in_(ids))
    proposals = {each.version_id: each for each in session.exec(put)}
    return [
        VersionLine(
            number=row.number,
            published_at=row.published_at,
            by=names.of(row.published_by) or row.published_by,
            proposed_by=names.of(found.proposed_by) if (found := proposals.get(row.id)) else None,
            reason=found.reason if found else None,
            decision=found.decision if found else None,
            in_flight=running.get(row.number, 0),
        )
        for row in rows
    ]
