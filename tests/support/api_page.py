"""The page of the JSON API, from its document."""

from collections.abc import Iterator
from typing import Any

from web.api.document import TAGS, Application, operation_id
from web.application import include_api

METHODS = ("get", "post", "put", "delete")


def document() -> dict[str, Any]:
    """The document of the API, without an application around it."""
    application = Application(title="Casewright", generate_unique_id_function=operation_id)
    include_api(application)
    return application.openapi()


def page() -> str:
    """Every route, by what it is about."""
    told = document()
    return "\n".join(line for tag, words in TAGS.items() for line in _part(told, tag, words))


def _part(told: dict[str, Any], tag: str, words: str) -> Iterator[str]:
    yield from (f"### {tag.capitalize()}", "", words, "", "| Request | Does | Answers | Operation |")
    yield "|---|---|---|---|"
    for path, operations in told["paths"].items():
        for method in METHODS:
            operation = operations.get(method)
            if operation is not None and operation["tags"] == [tag]:
                yield _line(method.upper(), path, operation)
    yield ""


def _line(method: str, path: str, operation: dict[str, Any]) -> str:
    statuses = ", ".join(_status(*each) for each in operation["responses"].items())
    words = operation["summary"].replace("|", "\\|")
    return f"| `{method} {path}` | {words} | {statuses} | `{operation['operationId']}` |"


def _status(status: str, answer: dict[str, Any]) -> str:
    """A status, with the name of what comes with it."""
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return f"{status} {name}" if name else status
