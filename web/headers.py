"""The headers that every answer carries, and the nonce that the scripts of a page need.

NiceGUI's pages compile Vue templates in the browser, so their policy has to allow `unsafe-eval`
(zauberzeug/nicegui #5345). Scripts that stand in a page run only with the nonce of this very answer, which
replaces `unsafe-inline`: markup that somebody typed into a field can't become a script. NiceGUI puts what its
elements say into the page with `<` written as an entity, so the only `<script` in it are the template's own.
"""

import secrets
from collections.abc import Callable
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NONCE_BYTES: Final = 16
PAGE: Final = "x-nicegui-content"
"""The header by which NiceGUI marks its pages."""

_PLAIN: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
}
_POLICY: Final = (
    "default-src 'self'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "style-src 'self' 'unsafe-inline'",  # Quasar and Vue set styles as they render
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
_A_YEAR: Final = "max-age=31536000"


def policy(nonce: str, *, compiles: bool) -> str:
    """The Content-Security-Policy of an answer; `compiles` for one whose templates the browser compiles."""
    scripts = f"script-src 'self' 'nonce-{nonce}'" + (" 'unsafe-eval'" if compiles else "")
    return "; ".join((*_POLICY, scripts))


class Headers:
    """Adds the headers to every answer, and the nonce to the scripts of a page. `secure` says that browsers
    reach the application over TLS.
    """

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        scope.setdefault("state", {})["nonce"] = nonce
        await self._app(scope, receive, _Sender(send, self._added, nonce))

    def _added(self, headers: MutableHeaders, nonce: str) -> bool:
        """Put the headers on an answer; says whether it is a page, whose scripts need the nonce."""
        page = headers.get(PAGE) == "page"
        for name, value in _PLAIN.items():
            headers.setdefault(name, value)
        if headers.get("content-type", "").startswith("text/html"):
            headers["Content-Security-Policy"] = policy(nonce, compiles=page)
            headers.setdefault("Cache-Control", "no-store")
        if self._secure:
            headers["Strict-Transport-Security"] = _A_YEAR
        return page


class _Sender:
    """Sends one answer; the body of a page is held back until it is whole."""

    def __init__(self, send: Send, add: Callable[[MutableHeaders, str], bool], nonce: str) -> None:
        self._send = send
        self._add = add
        self._nonce = nonce
        self._held: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        """One message of the answer."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            if self._add(headers, self._nonce):
                self._held = message
                return
        elif self._held is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._send_page(self._held)
            return
        await self._send(message)

    async def _send_page(self, start: Message) -> None:
        body = self._body.replace(b"<script", f'<script nonce="{self._nonce}"'.encode())
        MutableHeaders(raw=start["headers"])["content-length"] = str(len(body))
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
