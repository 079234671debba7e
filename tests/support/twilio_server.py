"""A local server that answers and refuses as Twilio's Messages API does, for the parts that Casewright
uses.

Codes and magic numbers are those of Twilio's documentation ("Test credentials", "Error and warning
dictionary").
"""

from __future__ import annotations

import base64
import json
import re
import threading
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ACCOUNT = "AC" + "0" * 32
TOKEN = "token-of-the-test"
OWN_NUMBER = "+15005550006"
REFUSED = {
    "+15005550001": (21211, "The 'To' number is not a valid phone number."),
    "+15005550002": (21612, "The 'To' phone number is not currently reachable via SMS."),
    "+15005550004": (21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (21614, "'To' number is not a valid mobile number"),
}
_PATH = re.compile(rf"/2010-04-01/Accounts/{ACCOUNT}/Messages(?:/(?P<sid>SM[0-9a-f]{{32}}))?\.json")


@dataclass
class Carried:
    """One message that the server took."""

    sid: str
    to: str
    body: str
    created_at: datetime
    callback: str | None
    statuses: deque[str] = field(default_factory=lambda: deque(["queued"]))
    error_code: int | None = None

    def next_status(self) -> str:
        return self.statuses.popleft() if len(self.statuses) > 1 else self.statuses[0]


class TwilioServer:
    """`behave(...)` tells what the next POST does: `429`, `500`, `silent` (takes it, never answers), `cut`
    (takes it, hangs up), `refuse` (hangs up before reading).
    """

    def __init__(self) -> None:
        self.carried: list[Carried] = []
        self.posts = 0
        self.clock: datetime = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
        self._behaviours: deque[str] = deque()
        self.reading: deque[int] = deque()
        self.released = threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                server.post(self)

            def do_GET(self) -> None:
                server.get(self)

            def log_message(self, *_: object) -> None:
                """Nothing on the screen."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def behave(self, *behaviours: str) -> None:
        self._behaviours.extend(behaviours)

    def post(self, handler: BaseHTTPRequestHandler) -> None:
        self.posts += 1
        length = int(handler.headers.get("Content-Length", "0"))
        form = {name: values[0] for name, values in parse_qs(handler.rfile.read(length).decode()).items()}
        behaviour = self._behaviours.popleft() if self._behaviours else ""
        if not self._authorised(handler):
            return
        if behaviour in ("429", "503", "500"):
            self._error(handler, int(behaviour), 20429 if behaviour == "429" else 20500, "Try again")
            return
        refused = self._refusal(form)
        if refused is not None:
            self._error(handler, 400, *refused)
            return
        taken = Carried(
            f"SM{len(self.carried):032x}", form["To"], form["Body"], self.clock, form.get("StatusCallback")
        )
        self.carried.append(taken)
        if behaviour == "silent":
            self.released.wait(10)
        if behaviour in ("silent", "cut"):
            handler.close_connection = True
            return
        self._answer(handler, 201, self._document(taken, "queued"))

    def get(self, handler: BaseHTTPRequestHandler) -> None:
        if not self._authorised(handler):
            return
        if self.reading:
            self._error(handler, self.reading.popleft(), 20500, "Try again")
            return
        url = urlsplit(handler.path)
        match = _PATH.fullmatch(url.path)
        if match is None:
            self._error(handler, 404, 20404, "The requested resource was not found")
            return
        if match["sid"] is None:
            self._list(handler, parse_qs(url.query).get("To", [""])[0])
            return
        found = next((each for each in self.carried if each.sid == match["sid"]), None)
        if found is None:
            self._error(handler, 404, 20404, "The requested resource was not found")
            return
        self._answer(handler, 200, self._document(found, found.next_status()))

    def _list(self, handler: BaseHTTPRequestHandler, to: str) -> None:
        rows = [self._document(each, each.statuses[0]) for each in reversed(self.carried) if each.to == to]
        page = {"messages": rows, "page": 0, "page_size": 50, "next_page_uri": None, "uri": handler.path}
        self._answer(handler, 200, page)

    def _authorised(self, handler: BaseHTTPRequestHandler) -> bool:
        expected = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if handler.headers.get("Authorization") == expected:
            return True
        self._error(handler, 401, 20003, "Authenticate")
        return False

    def _refusal(self, form: dict[str, str]) -> tuple[int, str] | None:
        if not form.get("To"):
            return 21604, "A 'To' phone number is required."
        if not form.get("Body"):
            return 21602, "Message body is required."
        if form.get("From") != OWN_NUMBER:
            return 21606, "The 'From' phone number is not a valid, message-capable number for this account."
        if not re.fullmatch(r"\+[1-9]\d{6,14}", form["To"]):
            return 21211, "The 'To' number is not a valid phone number."
        if len(form["Body"]) > 1600:
            return 21617, "The concatenated message body exceeds the 1600 character limit."
        return REFUSED.get(form["To"])

    def _document(self, taken: Carried, status: str) -> dict[str, object]:
        return {
            "sid": taken.sid,
            "account_sid": ACCOUNT,
            "to": taken.to,
            "from": OWN_NUMBER,
            "body": taken.body,
            "status": status,
            "num_segments": "1",
            "date_created": format_datetime(taken.created_at),
            "date_sent": None,
            "error_code": taken.error_code,
            "error_message": None,
            "direction": "outbound-api",
        }

    def _error(self, handler: BaseHTTPRequestHandler, status: int, code: int, message: str) -> None:
        more = f"https://www.twilio.com/docs/errors/{code}"
        self._answer(handler, status, {"code": code, "message": message, "more_info": more, "status": status})

    def _answer(self, handler: BaseHTTPRequestHandler, status: int, document: dict[str, object]) -> None:
        content = json.dumps(document).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)
