"""A block as it is written: which one it is, its keys without the steps in it, and where those stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from definitions.blocks import HOLDING
from definitions.catalogue import Path
from definitions.schema import FRAME_KEYS, NOT_YET

FRAME_OF_BLOCKS: Final = frozenset(
    {"id", "title", "needs", "when", "once", "deadline", "for_each", "time_limit"}
)
"""The keys of every step that a block has too; a `repeat` has `otherwise` besides."""

BRANCHED: Final = ("choose", "parallel", "first_of")


@dataclass(frozen=True, slots=True)
class Body:
    """The steps of one branch: where their list stands in the step, and what stands there."""

    path: Path
    raw: object
    given: bool


@dataclass(frozen=True, slots=True)
class BlockShape:
    """A block: `frame` are the keys of every step, `own` those of the block, both without the steps in it."""

    name: str
    frame: Mapping[str, Any]
    own: Mapping[str, Any]
    bodies: tuple[Body, ...]
    strange: tuple[str, ...]
    others: tuple[str, ...]


def block_name(raw: Mapping[str, Any]) -> str | None:
    """Which block a step is; None for a step that holds no others."""
    for name in HOLDING:
        if name in raw:
            return name
    if "steps" in raw:
        return "for_each" if "for_each" in raw else "group"
    return None


def block_shape(name: str, raw: Mapping[str, Any]) -> BlockShape:
    """The parts of a block. `strange` are keys that belong to other steps, `others` those of other blocks."""
    others = tuple(key for key in HOLDING if key in raw and key != name)
    mine = FRAME_OF_BLOCKS | ({"otherwise"} if name == "repeat" else set())
    strange = tuple(key for key in raw if key in FRAME_KEYS and key not in mine and not _own(name, key))
    frame = {key: value for key, value in raw.items() if key in mine and not _own(name, key, value)}
    own = {key: value for key, value in raw.items() if _own(name, key, value)}
    rest = {
        key: value
        for key, value in raw.items()
        if key not in FRAME_KEYS | NOT_YET and key not in {*HOLDING, "steps"} and key not in own
    }
    kept = {key: _without_steps(value) for key, value in own.items() if key != "steps"}
    if "deadline" in kept:
        kept["deadline"] = {key: each for key, each in kept["deadline"].items() if key != "then"}
    return BlockShape(name, frame, {**kept, **rest}, tuple(_bodies(name, raw)), strange, others)


def _own(name: str, key: str, value: object = None) -> bool:
    """Whether a key belongs to the block itself. A `deadline` does when steps follow it; else it belongs to
    `once`.
    """
    if (key == name and name in HOLDING) or key == "on_error":
        return True
    if key == "deadline":
        return isinstance(value, dict) and isinstance(value.get("then"), dict) and "steps" in value["then"]
    return key == "otherwise" and name == "choose"


def _without_steps(value: Any) -> Any:
    match value:
        case dict():
            return {key: each for key, each in value.items() if key != "steps"}
        case list():
            return [_without_steps(each) for each in value]
        case _:
            return value


def _bodies(name: str, raw: Mapping[str, Any]) -> Iterator[Body]:
    if name in BRANCHED:
        yield from _branches(name, raw)
    else:
        yield Body(("steps",), raw.get("steps"), "steps" in raw)
    if _own(name, "deadline", raw.get("deadline")):
        yield Body(("deadline", "then", "steps"), raw["deadline"]["then"]["steps"], True)
    caught = raw.get("on_error")
    if isinstance(caught, dict):
        yield Body(("on_error", "steps"), caught.get("steps"), "steps" in caught)


def _branches(name: str, raw: Mapping[str, Any]) -> Iterator[Body]:
    branches = raw[name] if isinstance(raw[name], list) else []
    for index, branch in enumerate(branches):
        if isinstance(branch, dict):
            yield Body((name, index, "steps"), branch.get("steps"), "steps" in branch)
        else:
            yield Body((name, index, "steps"), None, False)
    last = raw.get("otherwise")
    if name == "choose" and isinstance(last, dict):
        yield Body(("otherwise", "steps"), last.get("steps"), "steps" in last)
