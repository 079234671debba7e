"""The language: definitions as text, checked and linked into plans. No database, no clock, no network.

`load` or `check` turn YAML into a `Plan`, given a `Catalogue` of what definitions may name; `explain` says a
plan in words; `materials` and `from_materials` keep a published version and build its plan again.
"""

from definitions.catalogue import Catalogue, Look, ProcessSignature, StepFacts, StepKind, Template
from definitions.checker import Checked, check, load, output_types
from definitions.checks.circles import circles
from definitions.checks.sharing import check_shared
from definitions.codes import CODES
from definitions.content import content_hash, from_materials, materials
from definitions.diagnostics import DefinitionError, Diagnostic, Span, as_json, render, suggest
from definitions.explain import StepWords, explain, explain_text
from definitions.explained import Explained, explained, explained_text
from definitions.json_schema import json_schema, shared_schema
from definitions.new import NameRefusedError, new
from definitions.plan import Plan, PlanStep
from definitions.sarif import sarif
from definitions.sharing import SharedKind, shared_files, shared_name, shared_of
from definitions.shipped import (
    PROCESSES,
    SCENARIO_SUFFIX,
    is_scenario,
    process_files,
    scenario_files,
    signatures,
)
from definitions.source import Document, parse, read
from definitions.vocabulary import Vocabulary, VocabularyError
from definitions.vocabulary_file import SHIPPED, load_vocabulary, read_vocabulary

__all__ = [
    "CODES",
    "PROCESSES",
    "SCENARIO_SUFFIX",
    "SHIPPED",
    "Catalogue",
    "Checked",
    "DefinitionError",
    "Diagnostic",
    "Document",
    "Explained",
    "Look",
    "NameRefusedError",
    "Plan",
    "PlanStep",
    "ProcessSignature",
    "SharedKind",
    "Span",
    "StepFacts",
    "StepKind",
    "StepWords",
    "Template",
    "Vocabulary",
    "VocabularyError",
    "as_json",
    "check",
    "check_shared",
    "circles",
    "content_hash",
    "explain",
    "explain_text",
    "explained",
    "explained_text",
    "from_materials",
    "is_scenario",
    "json_schema",
    "load",
    "load_vocabulary",
    "materials",
    "new",
    "output_types",
    "parse",
    "process_files",
    "read",
    "read_vocabulary",
    "render",
    "sarif",
    "scenario_files",
    "shared_files",
    "shared_name",
    "shared_of",
    "shared_schema",
    "signatures",
    "suggest",
]
