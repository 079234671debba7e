"""The examples of `definitions/code_texts`, run: what is said to the wrong one and to the mended one.

A fragment gets the keys of a definition, or of the vocabulary, that it does not write itself, behind its own
lines, so that the places in the messages are those of the fragment. `<U+0009>` stands for that character.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Final

from written_docs import installation

from definitions import SHIPPED, DefinitionError, Diagnostic, check, from_materials, materials, parse, render
from definitions.checks.placing import place_all
from definitions.explained import TEXTS, Explained, explained
from definitions.problems import MappingError
from definitions.time.recurrence_keys import from_mapping
from ops.checking import check_paths

FRAME: Final = {
    "process": "process: example\n",
    "title": "title: Example\n",
    "purpose": "purpose: To show one thing.\n",
    "owner": "owner: intake_team\n",
    "inputs": (
        "inputs:\n  client: {type: Client, title: Client}\n  told_at: {type: date and time, title: Told}\n"
    ),
    "steps": "steps:\n  - {id: call, title: Call the client, do: assign_task, to: caseworker}\n",
}
SMALL: Final = "".join(FRAME.values())
INTRODUCTIONS: Final = re.compile(r"^(.*?)(?=^## )", re.MULTILINE | re.DOTALL)


def answer(found: Explained, role: str) -> tuple[Diagnostic, ...]:
    """Everything that the program finds in the example as it is wrong, or as it is mended."""
    if found.code in MADE:
        return MADE[found.code](role == "wrong")
    return _checked(_files(found, role))


def message(found: Explained) -> str:
    """What the program says to the wrong example."""
    said = (render(each) for each in answer(found, "wrong") if each.code == found.code)
    return "\n\n".join(said) + "\n"


def rewritten(file: Path) -> str:
    """The text of one file of explanations with each message as the program gives it now."""
    text = file.read_text(encoding="utf-8")
    for code, found in explained().items():
        section = re.search(rf"^## {code}: .*?(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        if section is not None:
            said = f"```text\n{message(found)}```"
            new = re.sub(
                r"^```text\n.*?^```", lambda _, said=said: said, section[0], flags=re.MULTILINE | re.DOTALL
            )
            text = text.replace(section[0], new)
    return text


def page() -> str:
    """`docs/diagnostics.md` without its generated marks: every family with its introduction and codes."""
    parts = []
    for file in sorted(TEXTS.glob("CW*.md")):
        text = file.read_text(encoding="utf-8")
        text = re.sub(r"^## ", "### ", text, flags=re.MULTILINE)
        text = re.sub(r"^# ", "## ", text, flags=re.MULTILINE)
        parts.append(re.sub(r"^```(\w+)([^\n]*)\n", _labelled, text, flags=re.MULTILINE).strip() + "\n")
    return "\n".join(parts)


def _labelled(found: re.Match[str]) -> str:
    language, words = found[1], found[2].split()
    role = words[0] if words else language
    label = {"wrong": "Wrong:", "right": "Right:", "text": "Casewright says:"}.get(role, "")
    if role == "beside":
        label = f"Beside it, `{words[1]}`:"
    return f"{label}\n\n```{language}\n" if label else found[0]


def _files(found: Explained, role: str) -> dict[str, str]:
    files: dict[str, str] = {}
    for each in found.examples:
        if each.role in {"beside", role}:
            files[each.file] = each.content if each.whole else _framed(each.file, each.content)
    return {name: re.sub(r"<U\+([0-9A-F]{4})>", _character, text) for name, text in files.items()}


def _character(found: re.Match[str]) -> str:
    return chr(int("0x" + found[1], base=0))


def _framed(file: str, content: str) -> str:
    frame: Mapping[str, str] = {"vocabulary.yaml": _words()}.get(file, FRAME)
    if not file.endswith(".yaml") or file.endswith(".scenario.yaml"):
        return content
    own = set(re.findall(r"^([a-z_]+) ?:", content, re.MULTILINE))
    return content + "".join(text for key, text in frame.items() if key not in own)


def _words() -> Mapping[str, str]:
    """The sections of the shipped vocabulary."""
    text = SHIPPED.read_text(encoding="utf-8")
    return {
        found[1]: found[0] for found in re.finditer(r"^(\w+):.*?(?=^\w|\Z)", text, re.MULTILINE | re.DOTALL)
    }


def _checked(files: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    if files.keys() == {"example.yaml"}:
        document = parse(files["example.yaml"].encode(), "example.yaml")
        return check(document, installation().with_documents([document]).catalogue).diagnostics
    return _on_disk(files)


def _on_disk(files: Mapping[str, str]) -> tuple[Diagnostic, ...]:
    with TemporaryDirectory() as folder:
        for name, text in files.items():
            file = Path(folder) / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return _relative(check_paths([Path(folder)]).diagnostics, folder)


def _relative(found: tuple[Diagnostic, ...], folder: str) -> tuple[Diagnostic, ...]:
    from dataclasses import replace

    def short(each: Diagnostic) -> Diagnostic:
        file = each.span.file.removeprefix(f"{folder}/")
        related = tuple(
            (replace(span, file=span.file.removeprefix(f"{folder}/")), note) for span, note in each.related
        )
        return replace(each, span=replace(each.span, file=file), related=related)

    return tuple(short(each) for each in found)


def _bytes(wrong: bytes, right: bytes = SMALL.encode()) -> Callable[[bool], tuple[Diagnostic, ...]]:
    """The diagnostics of a file that cannot be shown on a page."""

    def made(is_wrong: bool) -> tuple[Diagnostic, ...]:
        document = parse(wrong if is_wrong else right, "example.yaml")
        return check(document, installation().catalogue).diagnostics

    return made


def _nowhere(is_wrong: bool) -> tuple[Diagnostic, ...]:
    with TemporaryDirectory() as folder:
        (Path(folder) / "intake.yaml").write_text(SMALL, encoding="utf-8")
        file = Path(folder) / ("intaek.yaml" if is_wrong else "intake.yaml")
        return _relative(check_paths([file]).diagnostics, folder)


def _published(is_wrong: bool) -> tuple[Diagnostic, ...]:
    """A version that was published with another number of a step kind."""
    installed = installation()
    kinds, records = installed.catalogue.kinds, installed.catalogue.records
    plan = check(parse(SMALL.encode(), "example.yaml"), installed.catalogue).plan
    assert plan is not None
    kept = materials(plan)
    kept["kinds"] = {"assign_task": kept["kinds"]["assign_task"] + is_wrong}
    try:
        from_materials(plan.source, plan.file, kept, kinds, records, {})
    except DefinitionError as error:
        return error.diagnostics
    return ()


def _never_open(is_wrong: bool) -> tuple[Diagnostic, ...]:
    days = [date(2026, 1, 1) + timedelta(days=count) for count in range(365 if is_wrong else 300)]
    closed = ", ".join(f"{day:%m-%d}" for day in days)
    text = "calendars:\n  office:\n    zone: UTC\n    hours: {mon: 09:00-17:00}\n    holidays: none\n"
    return _on_disk(
        {"vocabulary.yaml": _framed("vocabulary.yaml", f"{text}    closed: [{closed}]\n"), "a.yaml": SMALL}
    )


def _recurrence(is_wrong: bool) -> tuple[Diagnostic, ...]:
    rule = "lastday" if is_wrong else "last_day"
    document = parse(f"every: month\nday: 31\nmonth_end_rule: {rule}\n".encode(), "example.yaml")
    value = document.value()
    assert isinstance(value, dict)
    try:
        from_mapping(value)
    except MappingError as error:
        return place_all(document, error.problems)
    return ()


def _entangled(is_wrong: bool) -> tuple[Diagnostic, ...]:
    draw = Random(3)
    rows = [
        ", ".join(f"i{n}: {draw.choice(['true', 'false'])}" for n in sorted(draw.sample(range(40), 3)))
        for _ in range(171)
    ]
    inputs = "".join(f"      i{n}: = date_of(inputs.told_at) > 2026-01-{n % 28 + 1:02}\n" for n in range(40))
    text = (
        f"steps:\n  - id: route\n    title: Route\n    do: decide\n    inputs:\n{inputs}"
        "    outputs:\n      team: {type: text}\n    hit: first\n    rows:\n"
        + "".join(f"      - {{when: {{{when}}}, then: {{team: A}}}}\n" for when in rows)
    )
    return _checked({"example.yaml": _framed("example.yaml", text) if is_wrong else SMALL})


MADE: Final[Mapping[str, Callable[[bool], tuple[Diagnostic, ...]]]] = {
    "CW100": _nowhere,
    "CW103": _bytes(SMALL.encode() + b"# " + b"x" * 512 * 1024),
    "CW104": _bytes(SMALL.encode() + b"outcomes: [" + b"a, " * 50_000 + b"b]\n"),
    "CW106": _bytes(SMALL.replace("Example", "Größe").encode("latin-1")),
    "CW129": _bytes(b"a: 1\n" * 400),
    "CW513": _never_open,
    "CW523": _recurrence,
    "CW814": _entangled,
    "CW615": _published,
}
"""Examples that no page can show, made here: wrong ones, and right ones for False."""
