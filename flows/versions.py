"""Definition versions: publishing a plan and getting the plan of a version back.

A version is a content hash with a number given by the store (engine.md R5). It is never changed.
"""

import re
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final

from sqlalchemy import ColumnElement, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from definitions import Plan, from_materials, materials
from flows.beginning_rules import keep_beginnings
from flows.errors import NotFoundError
from flows.runtime import Runtime
from models import DefinitionVersion, Instance, InstanceStatus, lock_alone

ENDED: Final = (InstanceStatus.COMPLETED, InstanceStatus.CANCELLED)


def publish(runtime: Runtime, plan: Plan, *, by: str) -> DefinitionVersion:
    """The version of this plan: the published one with the same hash, or a new one with the next number."""
    with runtime.store.write() as session:
        version, new = publish_within(session, plan, by=by, now=runtime.clock())
    if new:
        runtime.store.listening.forget()
    return version


def publish_within(session: Session, plan: Plan, *, by: str, now: datetime) -> tuple[DefinitionVersion, bool]:
    """What `publish` does, as a part of a transaction, and whether the version is a new one; then the store's
    `listening` has to forget what it knows, when the transaction is over.
    """
    # programs that start at the same time publish the same
    lock_alone(session, [f"publish:{plan.process}"])
    known = session.exec(
        select(DefinitionVersion).where(
            DefinitionVersion.process == plan.process, DefinitionVersion.content_hash == plan.hash
        )
    ).first()
    if known is not None:
        return known, False
    version = DefinitionVersion(
        process=plan.process,
        number=_next_number(session, plan.process),
        content_hash=plan.hash,
        title=plan.title,
        source=plan.source,
        file_name=plan.file,
        materials=materials(plan),
        published_at=now,
        published_by=by,
    )
    session.add(version)
    session.flush()
    keep_beginnings(session, plan, version.number, version.published_at)
    return version, True


def _next_number(session: Session, process: str) -> int:
    last = session.exec(
        select(func.max(DefinitionVersion.number)).where(DefinitionVersion.process == process)
    ).one()
    return (last or 0) + 1


def is_newest() -> ColumnElement[bool]:
    """The condition that a version is the one of its process that new cases begin with."""
    other = aliased(DefinitionVersion)
    last = select(func.max(other.number)).where(col(other.process) == col(DefinitionVersion.process))
    return col(DefinitionVersion.number) == last.scalar_subquery()


def newest(session: Session, process: str) -> DefinitionVersion | None:
    """The version of a process that new cases begin with; None if it was never published."""
    return session.exec(
        select(DefinitionVersion)
        .where(DefinitionVersion.process == process)
        .order_by(col(DefinitionVersion.number).desc())
        .limit(1)
    ).first()


def latest(session: Session, process: str) -> DefinitionVersion:
    """The newest version of a process; NotFoundError if it was never published."""
    version = newest(session, process)
    if version is None:
        raise NotFoundError(
            f"process `{process}` is not published; publish it, or look at `casewright check`"
        )
    return version


_NAME: Final = re.compile(r"(?P<process>[a-z0-9_]+)_v(?P<number>[0-9]+)_(?P<hash>[0-9a-f]{12})")


def flow_name(version: DefinitionVersion) -> str:
    """The name under which programs look a version's flow up: `intake_v3_1a2b3c4d5e6f`."""
    process = version.process.replace("-", "_")
    return f"{process}_v{version.number}_{version.content_hash[:12]}"


def named(session: Session, name: str) -> DefinitionVersion:
    """The version with this flow name; NotFoundError if this database has none."""
    match = _NAME.fullmatch(name)
    wanted = (
        select(DefinitionVersion).where(col(DefinitionVersion.content_hash).startswith(match["hash"]))
        if match
        else None
    )
    for version in session.exec(wanted) if wanted is not None else ():
        if flow_name(version) == name:
            return version
    raise NotFoundError(f"this database has no version `{name}`; look at CASEWRIGHT_HOME, then run: deploy")


def in_use(session: Session) -> tuple[list[DefinitionVersion], frozenset[str]]:
    """The versions that need a carrier, by process and number: the newest of each process, and those with
    instances that have not ended. Then the content hashes of the latter.
    """
    running = set(
        session.exec(select(Instance.version_id).where(col(Instance.status).not_in(ENDED)).distinct())
    )
    versions = session.exec(
        select(DefinitionVersion).order_by(DefinitionVersion.process, col(DefinitionVersion.number))
    ).all()
    newest = {each.process: each.id for each in versions}
    wanted = [each for each in versions if each.id in running or newest[each.process] == each.id]
    return wanted, frozenset(each.content_hash for each in versions if each.id in running)


PlanOf = Callable[[DefinitionVersion], Plan]
"""Gives the plan of a version: `Plans.of`."""


class Plans:
    """The plans of published versions, rebuilt from what each version keeps and held by their hash."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._build = lru_cache(maxsize=256)(self._rebuild)
        self._sources: dict[str, DefinitionVersion] = {}

    def of(self, version: DefinitionVersion) -> Plan:
        """The plan that this version was published from, with the same hash."""
        self._sources[version.content_hash] = version
        return self._build(version.content_hash)

    def _rebuild(self, content_hash: str) -> Plan:
        version = self._sources[content_hash]
        catalogue = self._runtime.catalogue
        return from_materials(
            version.source,
            version.file_name,
            version.materials,
            kinds=catalogue.kinds,
            records=catalogue.records,
            processes=catalogue.processes,
        )
