"""The JSON Schemas of process definitions and of shared files, for editors: closed keys per step kind, told
apart by `do`.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

from definitions.blocks import BLOCK_KINDS, HOLDING
from definitions.catalogue import Catalogue, StepKind
from definitions.checks.block_shape import BRANCHED, FRAME_OF_BLOCKS
from definitions.checks.ids import ID_PATTERN, PROCESS_PATTERN
from definitions.schema import Header, StepFrame

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
STEPS: Final[Mapping[str, Any]] = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Step"}}


def json_schema(catalogue: Catalogue) -> dict[str, Any]:
    """The schema of a definition file, with the names of this catalogue: groups, calendars, templates."""
    shared: dict[str, Any] = {}
    header = _properties(Header, shared)
    header["process"]["pattern"] = f"^{PROCESS_PATTERN}$"
    header["owner"] = {"enum": sorted(catalogue.vocabulary.groups)}
    header["calendar"] = {"enum": sorted(catalogue.vocabulary.calendars)}
    header["steps"] = STEPS
    kinds = {name: _kind(kind, shared) for name, kind in sorted(catalogue.kinds.items())}
    blocks = {name: _block(name, shared) for name in BLOCK_KINDS}
    step = {
        "type": "object",
        "required": ["id", "title"],
        "properties": {"do": {"enum": list(kinds)}},
        "anyOf": [{"required": [key]} for key in ("do", "steps", *HOLDING)],
        "allOf": [
            *(
                {
                    "if": {"required": ["do"], "properties": {"do": {"const": name}}},
                    "then": {"$ref": f"#/$defs/do_{name}"},
                }
                for name in kinds
            ),
            *(
                {
                    "if": _is_block(name),
                    "then": {"$ref": f"#/$defs/block_{name}"},
                }
                for name in blocks
            ),
        ],
    }
    named_kinds = {f"do_{name}": each for name, each in kinds.items()}
    named_blocks = {f"block_{name}": each for name, each in blocks.items()}
    schema = {
        "$schema": DIALECT,
        "title": "Casewright process definition",
        "type": "object",
        "required": [*_required(Header), "steps"],
        "additionalProperties": False,
        "properties": header,
        "$defs": {**shared, "Step": step, **named_kinds, **named_blocks},
    }
    named: dict[str, Any] = _with_names(schema, catalogue)
    return named


def shared_schema(key: str, catalogue: Catalogue) -> dict[str, Any]:
    """The schema of a shared file that begins with `key` (`scorecard`, `checklist`, `table`). KeyError for
    another one.
    """
    models = {
        kind.shares.key: kind.shares.model for kind in catalogue.kinds.values() if kind.shares is not None
    }
    model, shared = models[key], dict[str, Any]()
    properties = _properties(model, shared)
    properties[key]["pattern"] = f"^{PROCESS_PATTERN}$"
    schema = {
        "$schema": DIALECT,
        "title": f"Casewright {key}",
        "type": "object",
        "required": _required(model),
        "additionalProperties": False,
        "properties": properties,
        "$defs": shared,
    }
    named: dict[str, Any] = _with_names(schema, catalogue)
    return named


def _kind(kind: StepKind, shared: dict[str, Any]) -> dict[str, Any]:
    """The keys of one step kind: those of every step and its own."""
    properties = _properties(StepFrame, shared)
    properties["id"]["pattern"] = f"^{ID_PATTERN}$"
    properties["do"] = {"const": kind.name, "description": kind.summary}
    for key in ("due", "remind", "escalate", "not_accepted", "otherwise", "priority"):
        if key not in kind.keys:
            del properties[key]
    if kind.ends:
        properties["ends"] = {"enum": list(kind.ends), "default": kind.ends[0]}
    else:
        del properties["ends"]
    properties["undo"] = {"type": "object", "properties": {"steps": STEPS}, "required": ["steps"]}
    own = _properties(kind.arguments, shared)
    return {
        "type": "object",
        "description": kind.summary,
        "required": [*_required(StepFrame), *_required(kind.arguments)],
        "additionalProperties": False,
        "properties": {**properties, **own},
    }


def _is_block(name: str) -> dict[str, Any]:
    """By which keys a block is known: `steps` stand in a `repeat`, a `for_each` and a group."""
    if name in HOLDING:
        return {"required": [name]}
    if name == "for_each":
        return {"required": ["steps", "for_each"], "not": {"required": ["repeat"]}}
    others = [{"required": ["repeat"]}, {"required": ["for_each"]}]
    return {"required": ["steps"], "not": {"anyOf": others}}


def _block(name: str, shared: dict[str, Any]) -> dict[str, Any]:
    """The keys of a block: those of every step that it has, its own, and the steps in it."""
    kind, steps = BLOCK_KINDS[name], STEPS
    frame = {key: each for key, each in _properties(StepFrame, shared).items() if key in FRAME_OF_BLOCKS}
    frame["id"]["pattern"] = f"^{ID_PATTERN}$"
    own = _properties(kind.arguments, shared)
    if name in BRANCHED:
        own[name] = {**own[name], "items": {"allOf": [own[name]["items"]], "required": ["steps"]}}
        for inner in ("BranchKeys", "ChosenKeys", "ParallelKeys"):
            part = shared.get(f"{kind.arguments.__name__}.{inner}")
            if part is not None:
                part["properties"]["steps"] = steps
    else:
        own["steps"] = steps
    then = {"type": "object", "properties": {"steps": steps}, "required": ["steps"]}
    left = {
        "type": "object",
        "properties": {"after": {"type": "string"}, "then": then},
        "required": ["after", "then"],
    }
    own["deadline"] = {"anyOf": [frame["deadline"], left]}
    own["on_error"] = {"type": "object", "properties": {"steps": steps}, "required": ["steps"]}
    if name == "repeat":
        frame["otherwise"] = _properties(StepFrame, shared)["otherwise"]
    required = [*_required(kind.arguments), *(["steps"] if name not in BRANCHED else [])]
    return {
        "type": "object",
        "description": kind.summary,
        "required": ["id", "title", *required, *(["for_each"] if name == "for_each" else [])],
        "additionalProperties": False,
        "properties": {**frame, **own},
    }


def _properties(model: type[BaseModel], shared: dict[str, Any]) -> dict[str, Any]:
    """The keys of a model; groups of keys inside it go into `shared`, named after the model."""
    prefix = model.__name__
    schema = model.model_json_schema(by_alias=True, ref_template=f"#/$defs/{prefix}.{{model}}")
    for name, inner in schema.get("$defs", {}).items():
        shared[f"{prefix}.{name}"] = inner
    properties: dict[str, Any] = schema["properties"]
    return {key: _without_null(each) for key, each in properties.items()}


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A key that may be left out still takes no empty value."""
    branches = schema.get("anyOf")
    kept = dict(schema)
    if branches is not None:
        left = [branch for branch in branches if branch != {"type": "null"}]
        del kept["anyOf"]
        kept = {**left[0], **kept} if len(left) == 1 else {**kept, "anyOf": left}
    if kept.get("default", 0) is None:
        del kept["default"]
    return kept


def _required(model: type[BaseModel]) -> list[str]:
    return [info.alias or name for name, info in model.model_fields.items() if info.is_required()]


def _with_names(schema: Any, catalogue: Catalogue) -> Any:
    """The schema with the names of the catalogue where a key takes the name of something."""
    names = {
        "record": sorted(catalogue.records),
        "template": sorted(catalogue.templates),
        "process": sorted(catalogue.processes),
    }
    if isinstance(schema, list):
        return [_with_names(each, catalogue) for each in schema]
    if not isinstance(schema, dict):
        return schema
    of = schema.get("x-names")
    if isinstance(of, str):
        return {"enum": names[of]} if names.get(of) else {"type": "string"}
    return {key: _with_names(each, catalogue) for key, each in schema.items()}
