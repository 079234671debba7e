"""Which part of its loops a step run is for, in words that people understand: `need: food, round 2`."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlmodel import Session, col, select

from definitions.plan import Plan, PlanStep
from flows.steps.scopes import part_key
from models import StepRun
from tasks.outputs import MEMBERS
from tasks.records.record_view import LiveRecord

_ID: Final = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")
_NAMES: Final = (("given_name", "family_name"), ("name",), ("title",), ("number",))
"""The columns by which people know a record."""


def part_words(session: Session, plan: Plan, instance_id: str, step: PlanStep, iteration: str) -> str:
    """The members and rounds of the loops around the run of a step, the outermost first; '' outside of loops.

    A record is told by its name, so these words are for the pages of the department only.
    """
    return ", ".join(_words(session, plan, instance_id, step, iteration)) if iteration else ""


def _words(session: Session, plan: Plan, instance_id: str, step: PlanStep, iteration: str) -> Iterator[str]:
    loops = [plan.step(name) for name in reversed(plan.loops_around(step))]
    if step.for_each is not None and step.block is None:
        loops.append(step)
    parts = iteration.split("/")
    for depth, (loop, part) in enumerate(zip(loops, parts, strict=False)):
        if loop.for_each is None:
            yield f"round {part}"
        else:
            run = _newest(session, instance_id, loop.id, "/".join(parts[:depth]))
            members = {} if run is None else dict(run.outputs.get(MEMBERS, {}))
            yield f"{loop.for_each.name.replace('_', ' ')}: {_member(session, members, part)}"


def _newest(session: Session, instance_id: str, step: str, path: str) -> StepRun | None:
    query = select(StepRun).where(
        StepRun.instance_id == instance_id, StepRun.step == step, StepRun.iteration == path
    )
    return session.exec(query.order_by(col(StepRun.attempt).desc()).limit(1)).first()


def _member(session: Session, members: Mapping[str, Any], part: str) -> str:
    for number, (key, member) in enumerate(members.items(), 1):
        if part in (key, part_key(key)):
            named = _record(session, member)
            plain = f"number {number}" if _ID.fullmatch(key) else key.replace("_", " ")
            return named or plain
    return part


def _record(session: Session, member: object) -> str | None:
    """What people call the record that a member is; None for a member that is none."""
    if not isinstance(member, Mapping) or not {"record", "id"} <= member.keys():
        return None
    row = LiveRecord(str(member["record"]), str(member["id"]), session).row
    for columns in _NAMES:
        found = [str(value) for name in columns if (value := getattr(row, name, None))]
        if found:
            return " ".join(found)
    return None
