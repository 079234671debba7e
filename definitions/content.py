"""What a definition version consists of (engine.md R5): its hash, and what builds its plan again."""

import hashlib
import json
from collections.abc import Mapping
from operator import itemgetter
from types import MappingProxyType
from typing import Any, Final

from definitions.blocks import BLOCK_KINDS
from definitions.catalogue import Catalogue, ProcessSignature, StepKind, Template
from definitions.diagnostics import DefinitionError, Diagnostic, Span
from definitions.plain_types import type_of, type_plain
from definitions.plan import Plan
from definitions.sharing import Shared
from definitions.source import parse
from definitions.types import TYPE_WORDS, Choice, Choices, Record, Text, Type, type_from_words
from definitions.vocabulary import Vocabulary
from definitions.vocabulary_file import from_plain

FORMAT: Final = 1


def content_hash(
    source: str,
    vocabulary: Vocabulary,
    templates: Mapping[str, Template],
    kinds: Mapping[str, int],
    shared: Shared,
    outputs: Mapping[str, Type] = MappingProxyType({}),
) -> str:
    """64 hexadecimal digits over the YAML, what it uses of vocabulary, templates and shared files, the kinds'
    numbers, and the types of the `outputs` of other processes that it reads, by the step that gives them.
    """
    content: dict[str, Any] = {
        "format": FORMAT,
        "source": source,
        "vocabulary": _vocabulary_plain(vocabulary),
        "templates": {name: _template_plain(each) for name, each in templates.items()},
        "kinds": dict(kinds),
    }
    if shared:
        content["shared"] = {f"{kind}/{name}": each.text for (kind, name), each in shared.items()}
    if outputs:
        content["outputs"] = {step: type_plain(kind) for step, kind in outputs.items()}
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def materials(plan: Plan) -> dict[str, Any]:
    """What is kept beside the YAML, so that `from_materials` can build the same plan: plain JSON values."""
    return {
        "format": FORMAT,
        "vocabulary": _vocabulary_plain(plan.vocabulary),
        "templates": {name: _template_plain(each) for name, each in plan.templates.items()},
        "kinds": {step.kind.name: step.kind.number for step in plan.all_steps},
        "processes": {name: _signature_plain(each) for name, each in plan.processes.items()},
        "shared": [
            [*name, each.file, each.text] for name, each in sorted(plan.shared.items(), key=itemgetter(0))
        ],
    }


def from_materials(
    source: str,
    file: str,
    materials: Mapping[str, Any],
    kinds: Mapping[str, StepKind],
    records: Mapping[str, Mapping[str, Type]],
    processes: Mapping[str, ProcessSignature],
) -> Plan:
    """The plan of a published version, with the hash it was published under.

    `materials` win over `processes`: the version was checked with them. Raises DefinitionError when the
    installed program is another one: a step kind is gone or has another number, or the text no longer checks.
    """
    from definitions.checker import check

    _check_kinds(file, materials, kinds)
    vocabulary, problems = from_plain(materials["vocabulary"])
    if vocabulary is None:
        raise _misfit(file, f"its vocabulary cannot be read: {problems[0].problem.message}")
    templates = {name: _template(name, plain) for name, plain in materials["templates"].items()}
    known = {name: _signature(name, plain) for name, plain in materials["processes"].items()}
    shared = {
        (kind, name): parse(text.encode(), named) for kind, name, named, text in materials.get("shared", ())
    }
    catalogue = Catalogue(kinds, records, vocabulary, templates, {**processes, **known}, shared)
    checked = check(parse(source.encode(), file), catalogue, published=True)
    if checked.plan is None:
        raise DefinitionError(checked.errors)
    return checked.plan


def _check_kinds(file: str, materials: Mapping[str, Any], kinds: Mapping[str, StepKind]) -> None:
    for name, number in materials["kinds"].items():
        kinds = {**kinds, **BLOCK_KINDS}
        if name not in kinds:
            raise _misfit(file, f"the step kind `{name}` is not installed")
        if kinds[name].number != number:
            installed = kinds[name].number
            raise _misfit(
                file, f"it was published with `{name}` number {number}; number {installed} is installed"
            )


def _misfit(file: str, why: str) -> DefinitionError:
    span = Span(file, 1, 1, 1, 1)
    advice = "move its instances to a new version, or install the program it was published with"
    message = f"this version cannot run here: {why}"
    return DefinitionError((Diagnostic("CW615", "error", message, span, advice=advice),))


def _vocabulary_plain(vocabulary: Vocabulary) -> dict[str, Any]:
    """The vocabulary in the shape of its file."""
    plain: dict[str, Any] = {
        "languages": {"declared": list(vocabulary.languages), "fallback": vocabulary.fallback},
        "calendar": vocabulary.default_calendar or next(iter(vocabulary.calendars), ""),
    }
    for (section, name), entry in sorted(vocabulary.entries.items()):
        plain.setdefault(section, {})[name] = entry
    return plain


def _template_plain(template: Template) -> dict[str, Any]:
    return {
        "channel": template.channel,
        "texts": [[part, language, text] for (part, language), text in sorted(template.texts.items())],
        "variables": sorted(template.variables),
        "parts": dict(sorted(template.parts.items())),
    }


def _template(name: str, plain: Mapping[str, Any]) -> Template:
    texts = {(part, language): text for part, language, text in plain["texts"]}
    return Template(name, plain["channel"], texts, frozenset(plain["variables"]), dict(plain["parts"]))


def _signature_plain(signature: ProcessSignature) -> dict[str, Any]:
    inputs = {name: [_words(kind), list(_options(kind))] for name, kind in signature.inputs.items()}
    plain = {"inputs": inputs, "required": sorted(signature.required)}
    if signature.outputs:
        plain["outputs"] = {name: type_plain(kind) for name, kind in signature.outputs.items()}
    return plain


def _signature(name: str, plain: Mapping[str, Any]) -> ProcessSignature:
    inputs = {
        key: type_from_words(words, tuple(options)) or Text()
        for key, (words, options) in plain["inputs"].items()
    }
    outputs = {key: type_of(words) for key, words in plain.get("outputs", {}).items()}
    return ProcessSignature(name, inputs, frozenset(plain["required"]), outputs)


def _words(kind: Type) -> str:
    """The words behind `type:` that give this type."""
    match kind:
        case Choice():
            return "choice"
        case Choices():
            return "choices"
        case Record(name):
            return name
        case _:
            return next((words for words, known in TYPE_WORDS.items() if known == kind), "text")


def _options(kind: Type) -> tuple[str, ...]:
    return kind.options if isinstance(kind, Choice | Choices) else ()
