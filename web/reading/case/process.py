"""What runs or has run for a case, as diagrams."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from flows.versions import ENDED
from flows.viewing.case_view import Sources, instance_facts
from models import Case, DefinitionVersion, Instance
from web.access.actions import Action
from web.access.actor import Actor
from web.access.policy import may
from web.reading.process.drawing import ProcessMap, process_map

NEWEST: Final = 10
"""Of those that have ended, so many are drawn at once; each takes several statements."""


@dataclass(frozen=True, slots=True)
class CaseProcesses:
    """What is under way first, then the newest that have ended; `earlier` is how many more there are."""

    maps: tuple[ProcessMap, ...]
    earlier: int


def case_processes(
    session: Session,
    sources: Sources,
    actor: Actor,
    case: Case,
    groups: Mapping[str, str],
    now: datetime,
    *,
    everything: bool = False,
) -> CaseProcesses:
    """The diagrams of a case. Those who see the machinery get its flow runs."""
    machinery = bool(may(session, actor, Action.SEE_MACHINERY, now=now))
    newest = (col(Instance.started_at).desc(), col(Instance.id).desc())
    rows = session.exec(select(Instance).where(Instance.case_id == case.id).order_by(*newest)).all()
    over = [each for each in rows if each.status in ENDED]
    drawn = over if everything else over[:NEWEST]
    under_way = [each for each in rows if each.status not in ENDED]
    maps = []
    for instance in (*under_way, *drawn):
        plan = sources.plans.of(session.get_one(DefinitionVersion, instance.version_id))
        facts = instance_facts(session, sources, instance)
        maps.append(process_map(session, plan, facts, groups, machinery=machinery))
    return CaseProcesses(tuple(maps), len(over) - len(drawn))
