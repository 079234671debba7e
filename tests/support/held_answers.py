"""Every answer of the API is held to what the document says of it: status, kind of content, shape."""

import gzip
import json
import re
from functools import cache
from typing import Any

from fastapi import FastAPI
from jsonschema_rs import Draft202012Validator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.api.document import API


class HeldAnswers:
    """Lets an answer out when it is as it was declared; an AssertionError says what is not."""

    def __init__(self, app: ASGIApp, *, document: "Document") -> None:
        self._app = app
        self._document = document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or not scope["path"].startswith(API):
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await self._app(scope, receive, hold)
        body = b"".join(each.get("body", b"") for each in held)
        headers = {name.decode().lower(): value.decode() for name, value in held[0]["headers"]}
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        self._document.hold(scope["method"], scope["path"], held[0]["status"], headers, body)
        for message in held:
            await send(message)


class Document:
    """The document of the API, as what answers are compared with."""

    def __init__(self, told: dict[str, Any]) -> None:
        self._told = told
        self._validators: dict[str, Draft202012Validator] = {}
        self._paths = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path)
            for path in sorted(told["paths"], key=_plain)
        ]

    def hold(self, method: str, path: str, status: int, headers: dict[str, str], body: bytes) -> None:
        """AssertionError unless the answer is one that the operation declares."""
        found = next((each for pattern, each in self._paths if pattern.fullmatch(path)), None)
        operation = self._told["paths"].get(found, {}).get(method.lower())
        if operation is None:
            assert status in (401, 403, 404, 405, 307), f"{method} {path} is no operation, and said {status}"
            return
        name = f"{method} {found}: {status}"
        assert str(status) in operation["responses"], f"{name} is not declared: {body[:300]!r}"
        declared = operation["responses"][str(status)].get("content", {})
        kind = headers.get("content-type", "").partition(";")[0]
        if not declared:
            assert not body, f"{name} has a body"
            return
        assert kind in declared, f"{name} is {kind}, not {', '.join(declared)}"
        if kind.endswith("json"):
            validator = self._validator(found or "", method.lower(), str(status), kind)
            wrong = [
                f"{list(each.instance_path)}: {each.message}"
                for each in validator.iter_errors(json.loads(body))
            ]
            assert not wrong, f"{name}: {'; '.join(wrong[:5])}"

    def _validator(self, *place: str) -> Draft202012Validator:
        path, method, status, kind = place
        key = "\n".join(place)
        if key not in self._validators:
            schema = self._told["paths"][path][method]["responses"][status]["content"][kind]["schema"]
            self._validators[key] = Draft202012Validator({**schema, "components": self._told["components"]})
        return self._validators[key]


def _plain(path: str) -> tuple[int, str]:
    """Addresses without gaps come first, as the application takes them."""
    return path.count("{"), path


def held(application: FastAPI) -> FastAPI:
    """The application, whose answers are held to its document from now on."""
    application.add_middleware(HeldAnswers, document=_document(application))
    return application


@cache
def _known() -> list[Document]:
    return []


def _document(application: FastAPI) -> Document:
    """The document, which is the same for every application; making it takes most of a second."""
    known = _known()
    if not known:
        known.append(Document(application.openapi()))
    return known[0]
