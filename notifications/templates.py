"""Message templates: Jinja2 files with placeholders only, one per part and language
(`appointment.en.subject.j2`).

The texts a definition uses are part of its version, so a running instance keeps them: a step renders what
its plan holds, not what lies in the folder today.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final, Protocol

from jinja2 import StrictUndefined, nodes
from jinja2 import Template as CompiledTemplate
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifications.errors import TemplateError

BUILT_IN: Final = Path(__file__).parent / "templates"
"""The folder of the templates that come with Casewright."""

PARTS: Final = (
    "subject",
    "body",
    "summary",
    "moved_subject",
    "moved_body",
    "cancelled_subject",
    "cancelled_body",
)
"""The parts of a template. A text message has just a `body`; `summary` is the title of a calendar entry, and
the others are for an appointment that was moved or cancelled."""

LONGEST_TEXT: Final = 20_000

_FILE = re.compile(
    r"(?P<name>[a-z][a-z0-9_]*)\.(?P<language>[A-Za-z]{2,3}(-[A-Za-z0-9]+)*)\.(?P<part>[a-z_]+)\.j2"
)
_ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


class Template(Protocol):
    """What rendering needs of a template; a definition's catalogue has its own class of this shape."""

    @property
    def name(self) -> str:
        """The name that definitions use."""

    @property
    def texts(self) -> Mapping[tuple[str, str], str]:
        """The texts by part and language."""


@dataclass(frozen=True, slots=True)
class TemplateFile:
    """One template as it lies in its files: texts by (part, language), and every variable that they use.

    `channel` is `email` when it has a subject, else `sms`.
    """

    name: str
    channel: str
    texts: Mapping[tuple[str, str], str]
    variables: frozenset[str]


def load_templates(folders: Iterable[Path] = (BUILT_IN,)) -> dict[str, TemplateFile]:
    """The templates of some folders by name. A file of a later folder replaces the same file of an earlier
    one.

    Raises `TemplateError` with the file's name when one is not `NAME.LANGUAGE.PART.j2`, can't be read,
    holds anything but text and `{{ name }}`, or when a language lacks the body.
    """
    texts: dict[str, dict[tuple[str, str], str]] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.j2")):
            name, part, language = _read_name(path)
            texts.setdefault(name, {})[part, language] = _read_text(path)
    return {name: _template(name, found) for name, found in texts.items()}


def variables_of(text: str, where: str = "the text") -> frozenset[str]:
    """The variables of a template text. Raises `TemplateError` when it holds more than text and `{{ name
    }}`.
    """
    try:
        tree = _ENVIRONMENT.parse(text)
    except JinjaError as error:
        raise TemplateError(f"{where} can't be read as a template: {error.message}; correct it") from error
    found: set[str] = set()
    for statement in tree.body:
        parts = statement.nodes if isinstance(statement, nodes.Output) else [statement]
        for part in parts:
            if isinstance(part, nodes.Name):
                found.add(part.name)
            elif not isinstance(part, nodes.TemplateData):
                raise TemplateError(
                    f"{where} holds more than text and `{{{{ name }}}}`; take tags and filters out"
                )
    return frozenset(found)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled. Raises `TemplateError` for a variable without a value."""
    try:
        return _compiled(text).render(values)
    except JinjaError as error:
        raise TemplateError(
            f"a template can't be filled: {error.message}; give that variable a value"
        ) from error


@lru_cache(maxsize=256)
def _compiled(text: str) -> CompiledTemplate:
    return _ENVIRONMENT.from_string(text)


def pick_language(template: Template, wanted: str, fallback: str) -> str:
    """The language to write in: the wanted one, that without its region, or the fallback.

    Raises `TemplateError` when the template has none of them.
    """
    known = {language for part, language in template.texts if part == "body"}
    for language in (wanted, wanted.partition("-")[0], fallback):
        if language in known:
            return language
    raise TemplateError(
        f"template `{template.name}` has no text in `{fallback}`; add {template.name}.{fallback}.body.j2"
    )


def _read_name(path: Path) -> tuple[str, str, str]:
    match = _FILE.fullmatch(path.name)
    if match is None or match["part"] not in PARTS:
        raise TemplateError(
            f"{path.name} is not named like a template; write NAME.LANGUAGE.PART.j2, where PART is one of "
            f"{', '.join(PARTS)}"
        )
    return match["name"], match["part"], match["language"]


def _read_text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(
            f"{path.name} can't be read ({type(error).__name__}); save it as UTF-8"
        ) from error
    if len(text) > LONGEST_TEXT:
        raise TemplateError(f"{path.name} is longer than {LONGEST_TEXT} characters; shorten it")
    return text.strip()


def _template(name: str, texts: Mapping[tuple[str, str], str]) -> TemplateFile:
    for language in {language for _, language in texts}:
        if ("body", language) not in texts:
            raise TemplateError(
                f"template `{name}` has no body in `{language}`; add {name}.{language}.body.j2"
            )
    variables = frozenset[str]().union(
        *(variables_of(text, f"{name}.{language}.{part}.j2") for (part, language), text in texts.items())
    )
    channel = "email" if any(part == "subject" for part, _ in texts) else "sms"
    return TemplateFile(name, channel, dict(texts), variables)
