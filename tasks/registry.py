"""The registry of step kinds: what `do:` may name.

A kind is one function with a typed argument model and a typed output, decorated with `step_kind`. Kinds of
other packages are found through the entry-point group `casewright.step_kinds`, whose entries name a decorated
function.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from definitions.arguments import StepArguments, StepOutput
from definitions.catalogue import Look, StepKind
from definitions.sharing import SharedKind
from definitions.types import Type
from tasks.call import Call
from tasks.result import RegistrationError, Waiting

ENTRY_POINTS = "casewright.step_kinds"

A = TypeVar("A", bound=StepArguments)
Work = Callable[[Call, A], StepOutput | Waiting]


@dataclass(slots=True)
class Handler(Generic[A]):
    """A registered step kind: `start` begins the step, `resume` tells whether a waiting step has ended.

    Both return the step's output, or `Waiting`; both run inside the step's transaction and act only through
    `call.session`. `resume` is asked after every wake; it reads the current rows and decides from them, so
    it may be asked any number of times. `withdraw` is called when the step is superseded or cancelled while
    it waits, after its human tasks, timers and unsent messages were withdrawn. `supersede` is called instead
    when the step had been completed: what it did stays, but somebody may have to hear of it.
    """

    kind: StepKind
    start: Work[A]
    _resume: Work[A] | None = field(default=None)
    _withdraw: Callable[[Call, A], None] | None = field(default=None)
    _supersede: Callable[[Call, A], None] | None = field(default=None)

    def resume(self, work: Work[A]) -> Work[A]:
        """Decorator: `work` answers whether a waiting step of this kind has ended."""
        self._resume = work
        return work

    def withdraw(self, work: Callable[[Call, A], None]) -> Callable[[Call, A], None]:
        """Decorator: `work` undoes what a waiting step had begun besides tasks, timers and messages."""
        self._withdraw = work
        return work

    def supersede(self, work: Callable[[Call, A], None]) -> Callable[[Call, A], None]:
        """Decorator: `work` sees to what a completed step has set going, before it is done anew."""
        self._supersede = work
        return work

    @property
    def resumes(self) -> Work[A] | None:
        """The function given to `resume`, if any."""
        return self._resume

    @property
    def withdraws(self) -> Callable[[Call, A], None] | None:
        """The function given to `withdraw`, if any."""
        return self._withdraw

    @property
    def supersedes(self) -> Callable[[Call, A], None] | None:
        """The function given to `supersede`, if any."""
        return self._supersede


_registered: dict[str, Handler[Any]] = {}


def step_kind(  # noqa: PLR0913  (the fields of a step kind, by name)
    name: str,
    *,
    number: int,
    summary: str,
    arguments: type[A],
    output: type[StepOutput],
    ends: tuple[str, ...] = (),
    keys: Iterable[str] = (),
    main: str | None = None,
    outputs: Callable[[A, Look], Type] | None = None,
    explain: Callable[[A], Sequence[str]] | None = None,
    may_skip: Callable[[A], bool] | None = None,
    errors: Iterable[str] = (),
    shares: SharedKind | None = None,
) -> Callable[[Work[A]], Handler[A]]:
    """Register the decorated function as the step kind `name`; `StepKind` says what the arguments mean.

    Raises `RegistrationError` when another function already has that name.
    """
    kind = StepKind(
        name,
        number,
        summary,
        arguments,
        output,
        ends,
        frozenset(keys),
        main,
        outputs,
        explain,
        may_skip,
        frozenset(errors),
        shares,
    )

    def register(start: Work[A]) -> Handler[A]:
        known = _registered.get(name)
        if known is not None and known.start.__qualname__ != start.__qualname__:
            raise RegistrationError(
                f"two step kinds are called `{name}`; rename the one in {start.__module__}"
            )
        handler = Handler(kind, start)
        _registered[name] = handler
        return handler

    return register


def load_kinds() -> Mapping[str, Handler[Any]]:
    """All step kinds by name: built-in ones, those registered by a decorator, those of installed packages.

    What is installed while the process runs is known to the next process.
    """
    import tasks.families  # noqa: F401  (importing it registers the built-in kinds)

    for entry in _declared():
        loaded = entry.load()
        if not isinstance(loaded, Handler):
            raise RegistrationError(
                f"entry point `{entry.name}` ({entry.value}) is not a function decorated with step_kind"
            )
        _registered.setdefault(loaded.kind.name, loaded)
    return dict(_registered)


@cache
def _declared() -> tuple[EntryPoint, ...]:
    """What installed packages declare; finding out reads the metadata of every one of them."""
    return tuple(entry_points(group=ENTRY_POINTS))
