"""A stand-in for the SMS provider: it takes every message at once and remembers when it was called."""

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs

ACCOUNT: Final = "AC" + "0" * 32
NUMBER: Final = "+15005550006"


@dataclass
class Provider:
    """The calls so far: when each number was first written to (seconds of the system's clock)."""

    address: str
    called: dict[str, float] = field(default_factory=dict)

    @property
    def settings(self) -> Mapping[str, str]:
        """Casewright's variables for it."""
        return {
            "CASEWRIGHT_TWILIO_ACCOUNT": ACCOUNT,
            "CASEWRIGHT_TWILIO_TOKEN": "synthetic",
            "CASEWRIGHT_TWILIO_FROM": NUMBER,
            "CASEWRIGHT_TWILIO_BASE_URL": self.address,
        }


@contextmanager
def provider() -> Iterator[Provider]:
    """A server on the loopback interface."""
    found = Provider("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            now = time.time()
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            found.called.setdefault(form["To"][0], now)
            self._answer(201, form["To"][0], form["Body"][0], "queued")

        def do_GET(self) -> None:
            self._answer(200, NUMBER, "", "delivered")

        def _answer(self, status: int, to: str, body: str, state: str) -> None:
            sid = self.path.rpartition("/")[2].removesuffix(".json")
            document = {
                "sid": sid if sid.startswith("SM") else f"SM{len(found.called):032x}",
                "account_sid": ACCOUNT,
                "to": to,
                "from": NUMBER,
                "body": body,
                "status": state,
                "num_segments": "1",
                "date_created": formatdate(),
                "error_code": None,
            }
            answer = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Nothing on the screen."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="provider")
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
