"""A document as a definition: its header, and each step split into the keys of all steps and of its kind.

Everything that is wrong with the shape is collected; a step with problems keeps what could be read, so that
the checks behind this one still find what else is wrong.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from definitions.arguments import StepArguments
from definitions.blocks import BLOCK_KINDS
from definitions.catalogue import StepKind
from definitions.checks.block_shape import FRAME_OF_BLOCKS, BlockShape, block_name, block_shape
from definitions.checks.ids import id_problem, name_problem, process_problem
from definitions.checks.placing import place_all
from definitions.checks.shape import Path, Shape, read_shape
from definitions.diagnostics import Diagnostic, suggest
from definitions.expressions.functions import FUNCTIONS
from definitions.problems import PlacedProblem, Problem
from definitions.schema import FRAME_KEYS, NOT_YET, Header, StepFrame
from definitions.sharing import Shared
from definitions.source import Document

MOST_STEPS: Final = 1_000
STEP_TEXTS: Final = ("id", "title", "do")
HEADER_TEXTS: Final = ("process", "title", "purpose", "owner")
AS_IT_STANDS: Final = frozenset({"title", "purpose", "scope", "responsible"})
ADVICE: Final = {
    "version": "leave it out: a version is named by its content and numbered when it is published",
    "if": "write `when:`",
    "unless": "write `when:` with `not`",
    "depends_on": "write `needs:`",
    "after": "write `needs:` for the steps before, `once:` for a condition to wait for",
    "timeout": "write `time_limit:`",
    "retries": "write `retry:` with `attempts` and `wait`",
    "name": "write `title:`",
    "type": "write `do:`",
    "kind": "write `do:`",
    "assignee": "write `to:`",
    "approve": "nothing is approved by time; ask a person with `assign:`",
}
"""What to do about keys that people bring from elsewhere."""


@dataclass(frozen=True, slots=True)
class DraftStep:
    """One step as it was read. `id` is "" where it has none that could be read.

    `kind` is None for an unknown `do:`, `arguments` for one whose keys are too broken. `harmed` says that
    later steps cannot rely on what this one seems to give. `broken` are the keys of `frame` that could not be
    read. `index` counts all steps in document order, those in blocks too; `path` is where the step stands in
    the document, `inside` the index of the block that it stands in, `branch` in which of its branches. A step
    that `undoes` another one stands in that one.
    """

    index: int
    id: str
    frame: StepFrame
    kind: StepKind | None
    arguments: StepArguments | None
    harmed: bool
    broken: frozenset[str]
    raw: Mapping[str, Any]
    shapes: tuple[Shape[Any], ...] = ()
    path: Path = ()
    inside: int | None = None
    branch: int = 0
    undoes: bool = False

    def at(self, path: Path) -> Path:
        """Where a value of `frame` or `arguments` stands in the document."""
        in_frame = bool(path) and path[0] in FRAME_KEYS and not (self.block and path[0] == "otherwise")
        shape = self.shapes[0 if in_frame else -1]
        return (*self.path, *shape.original(path))

    @property
    def ends(self) -> str | None:
        """What ends the step: what it says, or its kind's first choice."""
        if self.frame.ends is not None or self.kind is None:
            return self.frame.ends
        return self.kind.ends[0] if self.kind.ends else None

    @property
    def block(self) -> str | None:
        """Which block the step is, if it holds steps."""
        return (
            self.kind.name if self.kind is not None and BLOCK_KINDS.get(self.kind.name) is self.kind else None
        )


@dataclass(frozen=True, slots=True)
class Definition:
    """A document as a definition. `header_broken` are the keys of the header that could not be read."""

    header: Header
    header_broken: frozenset[str]
    steps: tuple[DraftStep, ...]
    diagnostics: tuple[Diagnostic, ...]


def read_definition(
    document: Document, kinds: Mapping[str, StepKind], shared: Shared = MappingProxyType({})
) -> Definition | None:
    """The definition that a document holds; None when it holds no group of keys at all."""
    raw = document.value()
    if not isinstance(raw, dict):
        return None
    reader = _Reader(document, kinds, shared)
    header, broken = reader.header(raw)
    steps = tuple(reader.steps(raw.get("steps"), "steps" in raw))
    return Definition(header, broken, steps, tuple(reader.found))


class _Reader:
    """Reads the parts of one document and collects what is wrong."""

    def __init__(self, document: Document, kinds: Mapping[str, StepKind], shared: Shared) -> None:
        self.document = document
        self.shared = shared
        self.kinds = kinds
        self.found: list[Diagnostic] = []
        self.count = 0

    def header(self, raw: Mapping[str, Any]) -> tuple[Header, frozenset[str]]:
        """The keys before `steps`."""
        mine = {key: value for key, value in raw.items() if key != "steps" and key not in NOT_YET}
        self._not_yet(raw, ())
        mine = self._with_texts(mine, HEADER_TEXTS, ())
        shape = read_shape(Header, mine, known=("steps",))
        self._add(shape.problems, ())
        assert shape.value is not None  # noqa: S101  (every key that is needed has a text)
        if mine["process"] and (problem := process_problem(str(mine["process"]))):
            self._place(("process",), problem)
        for section in ("inputs", "outputs"):
            for name in getattr(shape.value, section):
                if problem := name_problem(name):
                    self._place((section, name), problem)
        for index, outcome in enumerate(shape.value.outcomes):
            if problem := name_problem(outcome):
                self._place(("outcomes", index), problem)
            elif outcome in shape.value.outcomes[:index]:
                problem = Problem("CW226", f"`{outcome}` stands twice", 0, len(outcome))
                self._place(("outcomes", index), problem)
        return shape.value, _broken(shape)

    def steps(self, raw: object, given: bool) -> Iterator[DraftStep]:
        """Each step that is a group of keys, those in blocks after their block."""
        if not isinstance(raw, list) or not raw:
            message = "`steps` is a list of steps" if given else "the definition has no `steps`"
            self._no_steps(message, ("steps",))
            return
        yield from self._listed(raw, ("steps",), None, 0)
        if self.count > MOST_STEPS:
            message = f"a process has at most {MOST_STEPS:,} steps; this one has {self.count:,}"
            where = self.document.span(("steps",), of="key")
            advice = "split it into processes that start each other"
            self.found.append(self.document.diagnose("CW205", message, where, advice=advice))

    def _listed(
        self, raw: list[Any], path: Path, inside: int | None, branch: int, *, undoes: bool = False
    ) -> Iterator[DraftStep]:
        for place, each in enumerate(raw):
            if not isinstance(each, dict):
                message = "a step is a group of keys: `id`, `title`, `do` and those of its kind"
                self.found.append(self.document.diagnose("CW203", message, (*path, place)))
                continue
            index, self.count = self.count, self.count + 1
            if self.count > MOST_STEPS:
                continue
            name = block_name(each)
            if name is None:
                step = self.step(index, each, (*path, place), inside, branch)
                yield replace(step, undoes=undoes)
                yield from self._undoing(step, undoes=undoes)
            elif undoes:
                message = "what undoes a step are plain steps, not blocks"
                advice = "write the steps one after the other, each with a `when` if need be"
                where = self.document.span((*path, place))
                self.found.append(self.document.diagnose("CW571", message, where, advice=advice))
            else:
                yield from self._block(block_shape(name, each), index, each, (*path, place), inside, branch)

    def _undoing(self, step: DraftStep, *, undoes: bool) -> Iterator[DraftStep]:
        """The steps that undo a step."""
        written, path = step.raw.get("undo"), (*step.path, "undo")
        if not isinstance(written, dict):
            return
        if undoes or step.frame.for_each is not None:
            message = "what undoes a step is not undone itself"
            advice = "leave it out: when it goes wrong, a person is asked"
            if not undoes:
                message = "a step with `for_each` is not undone as a whole"
                advice = "write the loop as a block, `for_each` with `steps`, and `undo` at the step in it"
            where = self.document.span(path, of="key")
            self.found.append(self.document.diagnose("CW570", message, where, advice=advice))
            return
        steps = written.get("steps")
        if isinstance(steps, list) and steps:
            yield from self._listed(steps, (*path, "steps"), step.index, 0, undoes=True)
        else:
            given = "steps" in written
            message = "`steps` is a list of steps" if given else "there are no `steps` here"
            self._no_steps(message, (*path, "steps"))

    def _block(
        self, shape: BlockShape, index: int, raw: dict[str, Any], path: Path, inside: int | None, branch: int
    ) -> Iterator[DraftStep]:
        """A block, then the steps in it."""
        self._not_yet(raw, path)
        self._strange(shape, path)
        texts = self._with_texts(
            {key: raw[key] for key in ("id", "title") if key in raw}, ("id", "title"), path
        )
        frame = read_shape(StepFrame, {**shape.frame, **texts, "do": shape.name})
        arguments = read_shape(
            BLOCK_KINDS[shape.name].arguments, shape.own, known=(*FRAME_OF_BLOCKS, "steps")
        )
        self._add(frame.problems, path)
        self._add(arguments.problems, path)
        assert frame.value is not None  # noqa: S101  (every key that is needed has a text)
        if shape.name == "group" and "do" in raw:
            message = "a step has `do` or `steps`, not both"
            self.found.append(
                self.document.diagnose("CW240", message, self.document.span((*path, "steps"), of="key"))
            )
        if frame.value.id:
            self._check_id(frame.value.id, (*path, "id"))
        yield DraftStep(
            index,
            frame.value.id,
            frame.value,
            BLOCK_KINDS[shape.name],
            arguments.value,
            arguments.harmed or "for_each" in _broken(frame),
            _broken(frame),
            raw,
            (frame, arguments),
            path,
            inside,
            branch,
        )
        for number, body in enumerate(shape.bodies):
            if isinstance(body.raw, list) and body.raw:
                yield from self._listed(body.raw, (*path, *body.path), index, number)
            else:
                message = "`steps` is a list of steps" if body.given else "there are no `steps` here"
                self._no_steps(message, (*path, *body.path))

    def _strange(self, shape: BlockShape, path: Path) -> None:
        """Report keys that a block does not have."""
        for key in shape.others:
            message = f"a step is one block: `{shape.name}` or `{key}`"
            advice = "put one of them into a step of its own inside the other"
            where = self.document.span((*path, key), of="key")
            self.found.append(self.document.diagnose("CW208", message, where, advice=advice))
        for key in shape.strange:
            if (shape.name, key) == ("group", "do"):
                continue  # CW240 says it
            message = f"a block with `{shape.name}` has no `{key}`"
            advice = (
                "leave it out: the steps in it say what is done"
                if key == "do"
                else "write it at a step in it"
            )
            where = self.document.span((*path, key), of="key")
            self.found.append(self.document.diagnose("CW230", message, where, advice=advice))

    def _no_steps(self, message: str, path: Path) -> None:
        where = self.document.span(path, of="key") if path == ("steps",) else self.document.span(path[:-1])
        advice = "begin each step with `- id:`"
        self.found.append(self.document.diagnose("CW210", message, where, advice=advice))

    def step(self, index: int, raw: dict[str, Any], path: Path, inside: int | None, branch: int) -> DraftStep:
        """One step, its keys split between the frame and the kind."""
        self._not_yet(raw, path)
        texts = self._with_texts({key: raw[key] for key in STEP_TEXTS if key in raw}, STEP_TEXTS, path)
        known = self.kinds.get(str(texts["do"]))
        foreign = {"otherwise"} if known is not None and "otherwise" not in known.keys else set()
        own_keys = FRAME_KEYS - foreign - set(STEP_TEXTS)  # what the kind refuses is not read besides
        mine = texts | {key: raw[key] for key in raw if key in own_keys}
        if isinstance(undo := mine.get("undo"), dict):  # the steps in it are read by themselves
            mine["undo"] = {key: value for key, value in undo.items() if key != "steps"}
        frame = read_shape(StepFrame, mine)
        self._add(frame.problems, path)
        assert frame.value is not None  # noqa: S101  (every key that is needed has a text)
        kind = self._kind(frame.value.do, path)
        rest = {key: value for key, value in raw.items() if key not in FRAME_KEYS and key not in NOT_YET}
        shapes: tuple[Shape[Any], ...] = (frame,)
        if kind is not None:
            arguments = read_shape(kind.arguments, rest, known=FRAME_KEYS)
            self._add(arguments.problems, path)
            if (own := arguments.value) is not None:
                arguments = replace(arguments, value=own.with_shared(self.shared))
                raw = {**self._questions(own), **raw}
            shapes = (frame, arguments)
        if frame.value.id:
            self._check_id(frame.value.id, (*path, "id"))
        return DraftStep(
            index,
            frame.value.id,
            frame.value,
            kind,
            shapes[1].value if kind is not None else None,
            kind is None or shapes[-1].harmed or "for_each" in _broken(frame),
            _broken(frame),
            raw,
            shapes,
            path,
            inside,
            branch,
        )

    def _questions(self, arguments: StepArguments) -> dict[str, Any]:
        """The questions of a shared checklist, as if they were written in the step."""
        values = [self.shared[name].value() for name in arguments.shares() if name in self.shared]
        items = [value["items"] for value in values if isinstance(value, dict) and "items" in value]
        return {"items": items[0]} if items and isinstance(items[0], list) else {}

    def _check_id(self, text: str, path: Path) -> None:
        problem = id_problem(text, FUNCTIONS)
        if problem is not None:
            self._place(path, problem)

    def _kind(self, name: str, path: Path) -> StepKind | None:
        if not name or name in self.kinds:
            return self.kinds.get(name)
        allowed = tuple(sorted(self.kinds))
        message = f"there is no step kind `{name}`"
        problem = Problem("CW232", message, 0, len(name), allowed, suggest(name, allowed))
        self._place((*path, "do"), problem)
        return None

    def _with_texts(self, mine: dict[str, Any], keys: Collection[str], path: Path) -> dict[str, Any]:
        """The keys with an empty text for each mandatory one that is missing or no text."""
        filled = dict(mine)
        for key in keys:
            if key not in mine:
                self._add((PlacedProblem((), Problem("CW202", f"the key `{key}` is missing", 0, 0)),), path)
            elif not isinstance(mine[key], str):
                advice = "put it in quotes" if mine[key] is not None else None
                problem = Problem("CW203", "text belongs here", 0, 0, advice=advice)
                self._add((PlacedProblem((key,), problem),), path)
            elif mine[key].strip():
                continue
            else:
                self._add((PlacedProblem((key,), Problem("CW203", f"`{key}` is empty", 0, 0)),), path)
            filled[key] = ""
        self._literal(filled, path)
        return filled

    def _literal(self, texts: Mapping[str, Any], path: Path) -> None:
        """Refuse values in texts that are taken as they stand."""
        for key in AS_IT_STANDS & texts.keys():
            text = texts[key]
            if isinstance(text, str) and (text.startswith("=") or "{{" in text):
                message = f"`{key}` is taken as it stands: no value can be put into it"
                self._place(
                    (*path, key), Problem("CW206", message, 0, len(text), advice="write it as plain text")
                )

    def _not_yet(self, raw: Mapping[str, Any], path: Path) -> None:
        """Refuse the keys of the language that do not work yet."""
        for key in NOT_YET & raw.keys() - ({"steps"} if not path else set()):
            message = f"`{key}` is not available yet"
            where = self.document.span((*path, key), of="key")
            self.found.append(self.document.diagnose("CW207", message, where))

    def _place(self, path: Path, problem: Problem) -> None:
        of_key = path[0] in {"inputs", "outputs"}
        placed = PlacedProblem(path, problem, "key" if of_key else "value")
        self.found.extend(place_all(self.document, (placed,)))

    def _add(self, problems: Collection[PlacedProblem], base: Path) -> None:
        self.found.extend(place_all(self.document, [_advised(each) for each in problems], base))


def _broken(shape: Shape[Any]) -> frozenset[str]:
    return frozenset(str(each.path[0]) for each in shape.problems if each.path)


def _advised(placed: PlacedProblem) -> PlacedProblem:
    """A problem with advice of the language's own for a key or word that people bring from elsewhere."""
    problem = placed.problem
    name = str(placed.path[-1]) if placed.path else ""
    inside = placed.path[-2] if len(placed.path) > 1 else None
    decides = problem.code in {"CW201", "CW203"} and (
        (name == "then" and problem.code == "CW203") or (inside in {"then", "otherwise"} and name != "assign")
    )
    if decides:
        message = "time decides nothing: when it runs out, a person is asked"
        advice = "write `{assign: supervisor}` with the person who decides"
        return PlacedProblem(placed.path, Problem("CW541", message, 0, 0, advice=advice), placed.of)
    if problem.code == "CW201" and name in ADVICE and problem.suggestion is None:
        better = Problem(
            problem.code, problem.message, problem.start, problem.end, problem.allowed, None, ADVICE[name]
        )
        return PlacedProblem(placed.path, better, placed.of)
    return placed
