"""A new definition from one that works: its text under another name, comments and all."""

from definitions.checks.ids import process_problem
from definitions.diagnostics import DefinitionError, MessageError, Span
from definitions.source import Document, parse


class NameRefusedError(MessageError):
    """A process cannot be called so. The message says why and what would do."""


def new(name: str, template_source: str) -> str:
    """The text of `template_source` as the process `name`, with a title made of the name.

    Raises NameRefusedError for a name that no process may have, and DefinitionError for a text that is no
    definition.
    """
    problem = process_problem(name)
    if problem is not None:
        near = f' Did you mean "{problem.suggestion}"?' if problem.suggestion else ""
        raise NameRefusedError(f"{problem.message}: {problem.advice}.{near}")
    document = parse(template_source.encode(), "template")
    if document.diagnostics:
        raise DefinitionError(document.diagnostics)
    title = name.replace("-", " ").capitalize()
    text = _replaced(document, document.text, "title", title)
    return _replaced(document, text, "process", name)


def _replaced(document: Document, text: str, key: str, value: str) -> str:
    """`text` with another value of a header key; the key stands on one line."""
    if document.node((key,)) is None:
        message = f"the text has no `{key}:` to replace"
        raise DefinitionError((document.diagnose("CW202", message, ()),))
    span: Span = document.span((key,))
    lines = text.splitlines(keepends=True)
    line = lines[span.line - 1]
    lines[span.line - 1] = line[: span.column - 1] + value + line[span.end_column - 1 :]
    return "".join(lines)
