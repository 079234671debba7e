"""What a definition may name: step kinds, records, templates, vocabulary, processes. Frozen, built in
`ops`.

The checker gets one `Catalogue`, so that this package needs no database and no registry of its own.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from definitions.arguments import Assigned, Condition, Recipient, StepArguments, StepOutput, Text, Value
from definitions.diagnostics import Severity
from definitions.expressions import Node
from definitions.problems import Problem
from definitions.schema import InputSpec
from definitions.sharing import Shared, SharedKind
from definitions.types import Type
from definitions.vocabulary import Vocabulary

Path = tuple[str | int, ...]
"""Where a value stands inside a step's keys, such as `("set", "risk_level")`."""


class Look(Protocol):
    """What the checker offers to a step kind while it checks one step.

    Every method that finds a fault reports it at `path` with its position and goes on, so that one run
    shows all problems.
    """

    @property
    def catalogue(self) -> "Catalogue":
        """The catalogue of this check."""

    def value(
        self, value: Value | Assigned, path: Path, wants: Type | None = None, names: "Names | None" = None
    ) -> Type:
        """The type of a value; reports it where it does not fit `wants`. `names` adds names to the step's
        own.
        """

    def condition(self, condition: Condition, path: Path, names: "Names | None" = None) -> None:
        """Report everything that keeps this from being a condition."""

    def text(self, text: Text, path: Path, names: "Names | None" = None) -> None:
        """Report unknown names in running text."""

    def recipient(self, recipient: Recipient, path: Path, *, staff: bool = False) -> None:
        """Report unknown roles and groups, and values that are no person; with `staff`, clients too."""

    def record(self, name: str, path: Path) -> Mapping[str, Type]:
        """The fields of a record; reports an unknown record and then returns an empty mapping."""

    def field_type(self, record: str, name: str, path: Path) -> Type:
        """The type of a record's field; reports an unknown one with what is allowed."""

    def signal(self, name: str, path: Path) -> Mapping[str, Type]:
        """What a signal carries; reports an unknown signal and then returns an empty mapping."""

    def choose(self, word: str, allowed: Sequence[str], path: Path, what: str) -> bool:
        """Whether `word` is one of `allowed`; reports `what` with what is allowed and "did you mean" if
        not.
        """

    def input_type(self, spec: InputSpec, path: Path) -> Type:
        """The type of a declared input; reports an unknown one, and options that do not belong."""

    def shared(self, kind: SharedKind, name: str, path: Path) -> "tuple[Any, Look] | None":
        """The content of a shared file, and a look that reports at its places and sees none of the step's
        names.

        Reports an unknown name at `path`, what is wrong with the file's shape in the file; then it is None.
        """

    def step_type(self, step: str, path: Path) -> "StepFacts | None":
        """What is known of another step of this definition; reports an unknown one."""

    def known_of(self, step: str) -> "StepFacts | None":
        """What is known of another step that has been looked at; nothing is reported."""

    @property
    def stated(self) -> frozenset[Node]:
        """The conditions that surely hold when the step runs."""

    def stands(self, path: Path) -> bool:
        """Whether something stands there, also something that could not be read and was told already."""

    def report(
        self, code: str, message: str, path: Path, *, advice: str | None = None, key: bool = False
    ) -> None:
        """Report a problem of the kind's own: of the value at a path, or of its `key`."""

    @property
    def ends(self) -> str | None:
        """What ends the step that is checked: what it says, or its kind's first choice."""

    @property
    def problems(self) -> int:
        """How many problems were found so far."""

    def problem(
        self, problem: Problem, path: Path, *, severity: Severity = "error", of_key: bool = False
    ) -> None:
        """Report a problem with its place in the text at `path`, or at the key there."""


Names = Mapping[str, Type]


@dataclass(frozen=True, slots=True)
class StepFacts:
    """What a step kind may ask of another step: its kind, its arguments, its output and what ends it."""

    kind: str
    arguments: StepArguments | None
    output: Type
    ends: str | None


@dataclass(frozen=True, slots=True)
class StepKind:
    """One `do:`. `number` is part of a definition version's hash: raise it when the same YAML would do
    something else.

    `ends` are the allowed values of `ends:` (the first is the default; empty: the key is refused). `keys` are
    the optional step keys that this kind honours, of `due, remind, escalate, not_accepted, otherwise,
    priority`. `main` names the output that `save:` takes when it names none. `outputs` checks the arguments
    and gives the type under which later steps read this step (a `Struct` or a `Record`); without it the type
    follows from `output`. `explain` says in words what the step does, a sentence per line. `may_skip` says
    whether the kind can end such a step as skipped, whatever its `when` says. `errors` are the codes of
    errors of its own, besides those of `STEP_ERRORS`. `shares` says what its steps can take from a shared
    file.
    """

    name: str
    number: int
    summary: str
    arguments: type[StepArguments]
    output: type[StepOutput]
    ends: tuple[str, ...] = ()
    keys: frozenset[str] = frozenset()
    main: str | None = None
    # the first argument is an instance of `arguments`, a relation that a type cannot say here
    outputs: Callable[[Any, Look], Type] | None = None
    explain: Callable[[Any], Sequence[str]] | None = None
    may_skip: Callable[[Any], bool] | None = None
    errors: frozenset[str] = frozenset()
    shares: SharedKind | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """One message template: its texts by (part, language), e.g. `("subject", "en")`, and its variables.

    `parts` is the greatest number of parts in which an SMS of a language is sent, where that is known.
    """

    name: str
    channel: str
    texts: Mapping[tuple[str, str], str]
    variables: frozenset[str]
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def languages(self) -> frozenset[str]:
        """The languages in which every part of the template exists."""
        parts = {part for part, _ in self.texts}
        known = {language for _, language in self.texts}
        return frozenset(lang for lang in known if all((part, lang) in self.texts for part in parts))


@dataclass(frozen=True, slots=True)
class ProcessSignature:
    """What one process shows to others: its inputs by name and whether each must be given, and what it gives
    to the process that starts it and waits for its end.
    """

    name: str
    inputs: Mapping[str, Type]
    required: frozenset[str]
    outputs: Mapping[str, Type] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that a definition may name. Records map a name to its fields and their types, `shared` what
    a file shares and its name to the file.
    """

    kinds: Mapping[str, StepKind]
    records: Mapping[str, Mapping[str, Type]]
    vocabulary: Vocabulary
    templates: Mapping[str, Template] = field(default_factory=dict)
    processes: Mapping[str, ProcessSignature] = field(default_factory=dict)
    shared: Shared = field(default_factory=dict)
