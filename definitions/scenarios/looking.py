"""What the check of a scenario knows: the process, the records that are given, and what it has found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from definitions.catalogue import Catalogue
from definitions.checks.placing import place, place_all
from definitions.checks.shape import Path
from definitions.diagnostics import Diagnostic, Severity, Span, suggest
from definitions.plan import Plan, PlanStep
from definitions.problems import PlacedProblem, Problem
from definitions.scenarios.shape import Act, Records
from definitions.source import Document
from definitions.yaml_text.nodes import Scalar


@dataclass(frozen=True, slots=True)
class Look:
    """One check of a scenario file. `records` are the records that can be named, with their kind."""

    document: Document
    plan: Plan
    catalogue: Catalogue
    records: dict[str, str]
    found: list[Diagnostic] = field(default_factory=list)

    def inside(self, given: Records, acts: Iterable[Act]) -> "Look":
        """The same inside one scenario, which gives more records."""
        added = [act.add for act in acts if act.add is not None]
        more = {name: kind for each in (given, *added) for kind, records in each.items() for name in records}
        return replace(self, records={**self.records, **more})

    def report(  # noqa: PLR0913  (all but the first three are keyword-only)
        self,
        code: str,
        message: str,
        path: Path,
        *,
        allowed: Iterable[str] = (),
        word: str | None = None,
        advice: str | None = None,
        related: tuple[Span, str] | None = None,
        severity: Severity = "error",
        key: bool = False,
    ) -> None:
        """Report a problem at a value, or at its key; `word` is what was written, for a near miss."""
        node = self.document.node(path)
        of_key = key or not isinstance(node, Scalar)
        names = tuple(allowed)
        self.found.append(
            self.document.diagnose(
                code,
                message,
                self.document.span(path, of="key" if of_key else "value"),
                severity=severity,
                allowed=names,
                suggestion=None if word is None else suggest(word, names),
                advice=advice,
                related=() if related is None else (related,),
            )
        )

    def place(self, path: Path, problems: Iterable[Problem]) -> None:
        """Report problems of the text at a place."""
        for problem in problems:
            if isinstance(self.document.node(path), Scalar):
                self.found.append(place(self.document, path, problem))
            else:
                self.found.extend(place_all(self.document, [PlacedProblem(path, problem)]))

    def step(self, name: str) -> PlanStep | None:
        """A step of the process."""
        return self.plan.by_id.get(name)

    def knows_step(self, name: str, path: Path, *, key: bool = True) -> bool:
        """Whether the process has this step; reports it if not."""
        if name in self.plan.by_id:
            return True
        steps = [step.id for step in self.plan.all_steps]
        message = f"`{self.plan.process}` has no step `{name}`"
        self.report("CW902", message, path, allowed=steps, word=name, key=key)
        return False

    def knows_record(self, name: str, path: Path, kinds: Iterable[str] = (), *, key: bool = False) -> bool:
        """Whether a record of one of these kinds (of any without) has this name; reports it if not."""
        wanted = tuple(kinds)
        if name in self.records and (not wanted or self.records[name] in wanted):
            return True
        names = named(self.records, wanted)
        what = f"{' or '.join(wanted)} record" if wanted else "record"
        advice = None if names else f"give one: `given: {{{wanted[0] if wanted else 'Client'}: ...}}`"
        message = f"no {what} is called `{name}` here"
        self.report("CW904", message, path, allowed=names, word=name, advice=advice, key=key)
        return False


def named(records: Mapping[str, str], kinds: Iterable[str]) -> list[str]:
    """The names of records of these kinds; of all without kinds."""
    wanted = set(kinds)
    return sorted(name for name, kind in records.items() if not wanted or kind in wanted)
