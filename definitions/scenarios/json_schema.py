"""The JSON Schema of scenario files, for editors: closed keys, kinds of records with their fields."""

from collections.abc import Mapping
from typing import Any

from definitions.catalogue import Catalogue
from definitions.json_schema import DIALECT
from definitions.scenarios.people import Doing, Planning
from definitions.scenarios.records import GROUPS, ROLES
from definitions.scenarios.shape import ScenarioFile

REFERENCE = "#/$defs/{model}"


def scenario_schema(catalogue: Catalogue) -> dict[str, Any]:
    """The schema of a scenario file, with the processes, records and groups of this catalogue."""
    schema = ScenarioFile.model_json_schema(by_alias=True, ref_template=REFERENCE)
    shared = schema.pop("$defs", {})
    for model in (Doing, Planning):
        own = model.model_json_schema(by_alias=True, ref_template=REFERENCE)
        shared.update(own.pop("$defs", {}))
        shared[model.__name__] = own if "$ref" not in own else shared[model.__name__]
    people = {"type": "object", "properties": {"plan": {"$ref": "#/$defs/Planning"}}}
    people["additionalProperties"] = {"$ref": "#/$defs/Doing"}
    shared["Given"] = _given(catalogue)
    act = shared["Act"]["properties"]
    act["people"], act["add"] = people, {"$ref": "#/$defs/Given"}
    for holder in (schema, shared["Scenario"]):
        holder["properties"]["given"] = {"$ref": "#/$defs/Given"}
    schema["properties"]["process"] = {"enum": sorted(catalogue.processes)}
    return {"$schema": DIALECT, **schema, "title": "Casewright scenarios", "$defs": shared}


def _given(catalogue: Catalogue) -> dict[str, Any]:
    kinds = {kind: _records(catalogue, kind, fields) for kind, fields in sorted(catalogue.records.items())}
    return {"type": "object", "additionalProperties": False, "properties": kinds}


def _records(catalogue: Catalogue, kind: str, fields: Mapping[str, object]) -> dict[str, Any]:
    """Records of one kind by name; what a value may be the check says, which knows the names."""
    properties: dict[str, Any] = {name: {} for name in sorted(fields) if name != "id"}
    if kind == "Staff":
        groups = {name: {"enum": list(ROLES)} for name in sorted(catalogue.vocabulary.groups)}
        properties[GROUPS] = {"type": "object", "additionalProperties": False, "properties": groups}
    one = {"type": "object", "additionalProperties": False, "properties": properties}
    return {"type": "object", "additionalProperties": {"anyOf": [one, {"const": "none"}]}}
