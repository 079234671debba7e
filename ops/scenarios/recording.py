"""`casewright test --record CASE`: a scenario file from a case of this database."""

from typing import Any

import yaml
from sqlmodel import Session

from definitions import parse, render
from definitions.scenarios import Scenarios, check_scenarios
from flows.instances import of_case
from flows.scenarios import Bench, prepared
from flows.scenarios.recording import recorded
from flows.versions import Plans
from models import DefinitionVersion, Instance
from ops.composition import open_engine
from ops.errors import NotThereError
from ops.references import find_case
from ops.scenarios.loading import Loaded, checked_plans
from ops.scenarios.telling import failures_text
from ops.settings import Settings

HEAD = """\
# Recorded from a case. People, contacts, places and texts are made up; choices, figures and times are not.
# Read it through before you keep it: a choice or a rare course of events can point to somebody too.
"""


class _Plain(yaml.SafeDumper):
    """Writes every value out: scenario files know no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always."""
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Entries of lists stand under their key, as in the definitions."""
        del indentless
        super().increase_indent(flow, False)


def record_case(settings: Settings, case: str) -> tuple[str, list[str]]:
    """The text of a scenario file about the first process of a case, or about the instance of this id, and
    what does not come out the same when it is played here.
    """
    with open_engine(settings) as engine:
        with engine.store.read() as session:
            instance = _instance(session, case)
            version = session.get_one(DefinitionVersion, instance.version_id)
            plan = Plans(engine.runtime).of(version)
            plain = recorded(session, engine.installation.catalogue, plan, instance)
        plans, _ = checked_plans(engine.installation)
        loaded = Loaded(engine.installation, {**plans, plan.process: plan}, (), (), ())
    text = HEAD + yaml.dump(plain, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=1_000)
    return text, _tried(loaded, text)


def _instance(session: Session, name: str) -> Instance:
    found = session.get(Instance, name)
    if found is not None:
        return found
    case = find_case(session, name)
    every = of_case(session, case.id)
    if not every:
        raise NotThereError(f"case {case.number} has no process", action="name a case that has one")
    return every[0]


def _tried(loaded: Loaded, text: str) -> list[str]:
    """Check and play what was recorded."""
    document = parse(text.encode(), "recorded.scenario.yaml")
    catalogue = loaded.installation.catalogue
    found = check_scenarios(document, loaded.plans, catalogue, prepared(catalogue))
    if found.scenarios is None:
        return [render(each) for each in found.diagnostics]
    return list(_played(loaded, found.scenarios))


def _played(loaded: Loaded, scenarios: Scenarios) -> list[str]:
    with Bench(loaded.installation.handlers, loaded.installation.catalogue, loaded.plans) as bench:
        return [line.strip() for line in failures_text(bench.play(scenarios, scenarios.all[0]))]
