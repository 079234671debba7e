"""All that runs or has run for a case, as diagrams."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from flows.viewing.case_view import Sources, instance_facts, instances_of
from models import Case, DefinitionVersion, Instance
from web.access.actions import Action
from web.access.actor import Actor
from web.access.policy import may
from web.reading.process_map import ProcessMap, process_map


def process_maps(
    session: Session,
    sources: Sources,
    actor: Actor,
    case: Case,
    groups: Mapping[str, str],
    now: datetime,
) -> tuple[ProcessMap, ...]:
    """What is under way first, then the newest. Those who see the machinery get its flow runs."""
    machinery = bool(may(session, actor, Action.SEE_MACHINERY, now=now))
    found = []
    for each in instances_of(session, case.id):
        instance = session.get_one(Instance, each)
        plan = sources.plans.of(session.get_one(DefinitionVersion, instance.version_id))
        facts = instance_facts(session, sources, instance)
        found.append(process_map(session, plan, facts, groups, machinery=machinery))
    newest = sorted(found, key=lambda each: each.started_at, reverse=True)
    return tuple(sorted(newest, key=lambda each: not each.open))
