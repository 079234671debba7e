"""Diagnostics as SARIF 2.1.0 (OASIS, Static Analysis Results Interchange Format), for code review tools.

One run holds all files. Lines and columns count characters from 1, the end is exclusive, as in `Span`.
Section numbers are those of the specification, version 2.1.0 with errata 01.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from definitions.codes import CODES
from definitions.diagnostics import Diagnostic, Span
from definitions.explained import explained

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT: Final = "SRCROOT"


def sarif(
    diagnostics: Sequence[Diagnostic], files: Iterable[str], root: Path, version: str
) -> dict[str, Any]:
    """The diagnostics of a check of `files` as one SARIF log; paths below `root` are relative to it."""
    codes = sorted({each.code for each in diagnostics})
    rules = {code: index for index, code in enumerate(codes)}
    driver = {
        "name": "Casewright",
        "version": version,
        "rules": [_rule(code) for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"uri": f"{root.resolve().as_uri()}/"}},
        "artifacts": [{"location": each} for each in _distinct(_artifact(file, root) for file in files)],
        "results": [_result(each, rules, root) for each in diagnostics],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _distinct(places: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Each place once (3.14.15): a file may have been named twice, as `a.yaml` and as `./a.yaml`."""
    return list({each["uri"]: each for each in places}.values())


def _rule(code: str) -> dict[str, Any]:
    found = explained().get(code)
    rule: dict[str, Any] = {"id": code, "shortDescription": {"text": _sentence(CODES[code])}}
    if found is not None:
        rule["fullDescription"] = {"text": found.part("What it means.")}
        rule["help"] = {"text": found.text.replace("**", ""), "markdown": found.text}
    return rule


def _result(diagnostic: Diagnostic, rules: Mapping[str, int], root: Path) -> dict[str, Any]:
    where: dict[str, Any] = {"physicalLocation": _place(diagnostic.span, root, diagnostic.source_line)}
    if diagnostic.step is not None:
        name = {"name": diagnostic.step, "fullyQualifiedName": f"steps.{diagnostic.step}", "kind": "object"}
        where["logicalLocations"] = [name]
    result = {
        "ruleId": diagnostic.code,
        "ruleIndex": rules[diagnostic.code],
        "level": diagnostic.severity,
        "message": _shown(_message(diagnostic)),
        "locations": [where],
        "partialFingerprints": {"casewright/v1": _fingerprint(diagnostic)},
    }
    if diagnostic.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _place(span, root), "message": _shown(_sentence(note))}
            for number, (span, note) in enumerate(diagnostic.related, start=1)
        ]
    if _mends(diagnostic):
        result["fixes"] = [_fix(diagnostic, root)]
    return result


def _message(diagnostic: Diagnostic) -> str:
    """All that is said about a problem, in sentences."""
    parts = [_sentence(diagnostic.message)]
    if diagnostic.step is not None:
        title = f" ({diagnostic.step_title})" if diagnostic.step_title else ""
        parts.append(f"In step {diagnostic.step}{title}.")
    if diagnostic.suggestion is not None:
        parts.append(f"Did you mean {diagnostic.suggestion}?")
    elif diagnostic.allowed:
        parts.append(f"Allowed: {', '.join(diagnostic.allowed)}.")
    if diagnostic.advice is not None:
        parts.append(_sentence(diagnostic.advice))
    return " ".join(parts)


def _shown(text: str) -> dict[str, str]:
    """A message object. Braces are doubled, since `{0}` would stand for an argument (3.11.5)."""
    return {"text": text.replace("{", "{{").replace("}", "}}")}


def _sentence(text: str) -> str:
    begun = text[:1].upper() + text[1:]
    return begun if begun.endswith((".", "?", "!", "…")) else f"{begun}."


def _place(span: Span, root: Path, line: str = "") -> dict[str, Any]:
    """Where something stands. Within one line the region has the marked part as its snippet (3.30.13), and
    the line around it is the context, which has to be more than the region (3.29.5).
    """
    region: dict[str, Any] = _region(span)
    place = {"artifactLocation": _artifact(span.file, root), "region": region}
    marked = line[span.column - 1 : span.end_column - 1] if span.line == span.end_line else ""
    if marked:
        region["snippet"] = {"text": marked}
    if marked not in ("", line):
        place["contextRegion"] = {"startLine": span.line, "snippet": {"text": line}}
    return place


def _region(span: Span) -> dict[str, Any]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }


def _artifact(file: str, root: Path) -> dict[str, str]:
    """Where a file lies, below the root if it does."""
    path = Path(file).absolute()
    if path.is_relative_to(root.absolute()):
        return {"uri": quote(path.relative_to(root.absolute()).as_posix()), "uriBaseId": ROOT}
    return {"uri": path.as_uri()}


def _mends(diagnostic: Diagnostic) -> bool:
    """Whether the suggestion can stand in place of what is marked: a part of one line."""
    span, suggestion = diagnostic.span, diagnostic.suggestion
    return suggestion is not None and span.line == span.end_line and span.column < span.end_column


def _fix(diagnostic: Diagnostic, root: Path) -> dict[str, Any]:
    text = diagnostic.suggestion or ""
    replacement = {"deletedRegion": _region(diagnostic.span), "insertedContent": {"text": text}}
    change = {"artifactLocation": _artifact(diagnostic.span.file, root), "replacements": [replacement]}
    return {"description": _shown(f"Write {text}"), "artifactChanges": [change]}


def _fingerprint(diagnostic: Diagnostic) -> str:
    """The same for the same problem when lines above it come or go."""
    said = "|".join((diagnostic.code, diagnostic.step or "", diagnostic.message))
    return sha256(said.encode()).hexdigest()[:32]
