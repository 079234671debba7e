"""The document of the API (OpenAPI 3.1): what FastAPI makes of the routes, in words for who reads it.

Two things are added once and for all routes: what a problem is, and how one says who one is. Requests get
their examples (`examples.yaml`). Two schemas of the same name are told apart by their module, in one word.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, cast

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic.json_schema import models_json_schema

from definitions import parse
from web.api.declaring import Problem

API: Final = "/api/v1"
REF: Final = "#/components/schemas/"
EXAMPLES: Final = Path(__file__).with_name("examples.yaml")
TAGS: Final[Mapping[str, str]] = {
    "tasks": "Human tasks: the inbox, forms, answers, corrections, appointments, working together.",
    "files": "Files that are given as answers.",
    "cases": "Cases: the list, one with its parts, and what is done with a case as a whole.",
    "notes": "The notes of a case.",
    "people": "Household, income, numbers and addresses, who is around the client, consents.",
    "plans": "The plan of a case: goals, what is done for them, what came of them.",
    "referrals": "What services say of the referrals of a case.",
    "visits": "The recurring visits of a case.",
    "contacts": "The front door: looking whether somebody is known, beginning a process, contacts that wait.",
    "week": "Somebody's week, and the address of a calendar.",
    "access": "Who may see a case: opening, sealing, “I know this person”, who saw a file.",
    "board": "Figures of the cases that one answers for.",
    "exports": "Lists as files.",
    "staff": "The people that somebody answers for: absences, handing work on.",
    "duty": "The duty rota.",
    "inbox": "Kept views of the inbox, and how one hears of new work.",
    "processes": "What is in force, and how something else comes into force.",
    "account": "One's own account; not with a token.",
    "accounts": "The accounts of others, for administrators.",
    "audit": "What people did, for data protection.",
    "webhooks": "Other systems that are told what has happened, for administrators.",
    "machinery": "How the machinery runs, for administrators.",
}
"""What each part of the API is about, in the order in which it is told."""

SECURITY: Final = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of an account: `Authorization: Bearer cw_...`. A program may do what the "
        "token's scopes say and the account may.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "casewright_session",
        "description": "The session of a browser that is logged in. What changes something counts only when "
        "one of our own pages sends it.",
    },
}
ABOUT: Final = (
    "What a page does, a program can do too. An answer has what the one who asks may see; what they may not "
    "see is a 404 like any other. Errors are problem documents (RFC 9457). Moments are in UTC, amounts of "
    "money are text. A list that may go on has `next`: what `after` has to be for more."
)


class Application(FastAPI):
    """FastAPI with our document."""

    def openapi(self) -> dict[str, Any]:
        """The document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = _told(super().openapi())
        return self.openapi_schema


def operation_id(route: APIRoute) -> str:
    """How a program calls an operation: what it is about and what is done, such as `tasks_claim`."""
    return f"{route.tags[0]}_{route.name}" if route.tags else route.name


def _told(document: dict[str, Any]) -> dict[str, Any]:
    for operations in document["paths"].values():
        for operation in operations.values():
            _without_the_usual(operation["responses"])
            _with_examples(operation)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    _, problem = models_json_schema([(Problem, "serialization")], ref_template=REF + "{model}")
    schemas |= problem["$defs"]
    document["components"]["securitySchemes"] = SECURITY
    document["security"] = [{name: []} for name in SECURITY]
    used = {
        tag for each in document["paths"].values() for one in each.values() for tag in one.get("tags", ())
    }
    document["tags"] = [{"name": tag, "description": words} for tag, words in TAGS.items() if tag in used]
    document["info"]["description"] = ABOUT
    return _renamed(document)


def _without_the_usual(responses: dict[str, Any]) -> None:
    """Nobody gets the 422 that FastAPI declares by itself."""
    if "application/json" in responses.get("422", {}).get("content", {}):
        del responses["422"]


def _with_examples(operation: dict[str, Any]) -> None:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    found = examples().get(operation["operationId"])
    if content is not None and found is not None:
        content["examples"] = {
            name: {"summary": name.replace("_", " ").capitalize(), "value": value}
            for name, value in found.items()
        }


@cache
def examples() -> Mapping[str, Mapping[str, Any]]:
    """What requests send, for example: by operation, and by what the example is about."""
    document = parse(EXAMPLES.read_bytes(), EXAMPLES.name)
    assert not document.diagnostics, document.diagnostics  # noqa: S101 (a file of ours, held by a test)
    return cast(Mapping[str, Mapping[str, Any]], document.value())


def _renamed(document: dict[str, Any]) -> dict[str, Any]:
    """Schemas whose names need their module or their use, such as `web__api__tasks__Reason`, as one word."""
    text = json.dumps(document)
    taken: set[str] = set(document["components"]["schemas"])
    for name in document["components"]["schemas"]:
        short = next((each for each in _shorter(name) if each not in taken), name)
        if not name.isalnum():
            taken.add(short)
            text = re.sub(rf'(?<=["/]){re.escape(name)}(?=")', short, text)
    renamed: dict[str, Any] = json.loads(text)
    return renamed


def _shorter(name: str) -> Iterator[str]:
    """The name with as much of its module as there is, the least of it first."""
    *modules, word = name.replace("-", "").split("__")
    for many in range(min(1, len(modules)), len(modules) + 1):
        parts = "_".join(modules[len(modules) - many :]).split("_")
        yield "".join(each.capitalize() for each in parts) + word
