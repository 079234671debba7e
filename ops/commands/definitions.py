"""Commands for those who write definitions: check, explain, schema, new."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from ops.errors import NotThereError, OpsError
from ops.pages.terminal import counted, note, say, say_json

if TYPE_CHECKING:
    from definitions import Diagnostic, Plan
    from ops.checking import Found


class Form(StrEnum):
    """How a command answers."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


class SharedFile(StrEnum):
    """What processes share, by the key that such a file begins with."""

    SCORECARD = "scorecard"
    CHECKLIST = "checklist"
    TABLE = "table"


Json = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]


def check(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Definition files, or folders of them.")
    ],
    as_json: Json = False,
    form: Annotated[
        Form,
        typer.Option("--format", help="text for people, json for programs, sarif for code reviews."),
    ] = Form.TEXT,
) -> None:
    """Check definitions: every problem of every file in one run. Ends with 1 when there are errors."""
    from ops.checking import check_paths

    found = check_paths(paths)
    errors = sum(1 for each in found.diagnostics if each.severity == "error")
    show = {Form.TEXT: _check_as_text, Form.JSON: _check_as_json, Form.SARIF: _check_as_sarif}
    show[Form.JSON if as_json else form](found, errors, len(found.diagnostics) - errors)
    if errors:
        raise typer.Exit(1)


def _check_as_text(found: "Found", errors: int, warnings: int) -> None:
    from definitions import render

    for each in found.diagnostics:
        say(render(each) + "\n")
    say(f"{counted(len(found.files), 'file')}: {_summary(errors, warnings)}")
    if found.diagnostics:
        say(f"What a code means, with an example: casewright explain {found.diagnostics[0].code}")


def _check_as_json(found: "Found", errors: int, warnings: int) -> None:
    from definitions import as_json as plain

    diagnostics = [plain(each) for each in found.diagnostics]
    counts = {"files": list(found.files), "errors": errors, "warnings": warnings}
    say_json("check/1", {**counts, "diagnostics": diagnostics})


def _check_as_sarif(found: "Found", _errors: int, _warnings: int) -> None:
    import json

    from definitions import sarif
    from ops.packages import installed_version

    log = sarif(found.diagnostics, found.files, Path.cwd(), installed_version())
    say(json.dumps(log, ensure_ascii=False, indent=2))


def explain(
    definition: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A definition file, the name of a process, or a code such as CW110."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Say in words what a definition does, step by step, or what the code of a problem means."""
    if re.fullmatch(r"CW\d{3}", definition, re.IGNORECASE):
        _explain_code(definition.upper(), as_json)
        return
    from dataclasses import asdict

    from definitions import explain as steps_in_words
    from definitions import explain_text

    plan = checked_plan(definition)
    if as_json:
        steps = [asdict(each) for each in steps_in_words(plan)]
        say_json(
            "explain/1", {"process": plan.process, "title": plan.title, "hash": plan.hash, "steps": steps}
        )
    else:
        say(explain_text(plan).rstrip())


def _explain_code(code: str, as_json: bool) -> None:
    from dataclasses import asdict

    from definitions import explained, explained_text

    found = explained().get(code)
    if found is None:
        raise NotThereError(f"there is no code {code}", action="docs/diagnostics.md lists all codes")
    if as_json:
        parts = {key: found.part(label) for key, label in _PARTS.items()}
        examples = [asdict(each) for each in found.examples]
        say_json("explain-code/1", {"code": code, "title": found.title, **parts, "examples": examples})
    else:
        say(explained_text(found).rstrip())


_PARTS: Final = {"means": "What it means.", "matters": "Why it matters.", "action": "What to do."}


def schema(
    scenario: Annotated[
        bool, typer.Option("--scenario", help="That of scenario files instead of definitions.")
    ] = False,
    shared: Annotated[
        SharedFile | None, typer.Option("--shared", help="That of shared files of this kind instead.")
    ] = None,
) -> None:
    """Write the JSON Schema of definitions, for editors."""
    import json

    from definitions import json_schema, shared_schema
    from definitions.scenarios import scenario_schema
    from ops.catalogue import load_installation
    from ops.settings import load_settings

    catalogue = load_installation(load_settings()).catalogue
    if scenario and shared is not None:
        raise OpsError("there is one schema for each kind of file", action="give --scenario or --shared")
    if shared is not None:
        made = shared_schema(shared.value, catalogue)
    else:
        made = scenario_schema(catalogue) if scenario else json_schema(catalogue)
    say(json.dumps(made, indent=2, ensure_ascii=False))


def new(
    name: Annotated[str, typer.Argument(help="The name of the new process, such as food-bank-referral.")],
    source: Annotated[
        str, typer.Option("--from", help="The process, or the file, to begin with.")
    ] = "intake",
    to: Annotated[
        Path | None,
        typer.Option("--to", help="The folder to write into (default: yours, else the working one)."),
    ] = None,
) -> None:
    """Begin a definition of your own from one that works."""
    from definitions import new as renamed
    from ops.catalogue import load_installation
    from ops.checking import find_document
    from ops.settings import load_settings

    settings = load_settings()
    document = find_document(load_installation(settings), source)
    text = renamed(name, document.text)
    folder = to or settings.definitions or Path()
    if not folder.is_dir():
        raise NotThereError(f"there is no folder {folder}", action="make it, or name another with --to")
    file = folder / f"{name}.yaml"
    try:
        with file.open("x", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    except FileExistsError:
        raise OpsError(
            f"{file} exists and is left as it is", action="choose another name or folder"
        ) from None
    say(f"{file} is written; next: casewright check {file}")


def checked_plan(definition: str) -> "Plan":
    """The checked plan of a file or a known process; its problems are shown."""
    from definitions import DefinitionError
    from ops.catalogue import load_installation
    from ops.checking import check_document, find_document, installation_for
    from ops.settings import load_settings

    path = Path(definition)
    installation = installation_for([path]) if path.is_file() else load_installation(load_settings())
    checked = check_document(installation, find_document(installation, definition))
    if checked.plan is None:
        raise DefinitionError(checked.diagnostics)
    _warn(checked.diagnostics)
    return checked.plan


def _warn(diagnostics: "tuple[Diagnostic, ...]") -> None:
    from definitions import render

    for each in diagnostics:
        note(render(each) + "\n")


def _summary(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "no problems"
    return f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"


COMMANDS: Final[Mapping[str, Callable[..., Any]]] = {
    "check": check,
    "explain": explain,
    "schema": schema,
    "new": new,
}
