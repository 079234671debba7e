"""Another system on this machine that hears of things: a real HTTP server, which answers as it is told to."""

from __future__ import annotations

import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Heard:
    """One request that came."""

    headers: dict[str, str]
    body: bytes
    path: str = "/hook"

    @property
    def ident(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """`answers` are those of the next requests, then it is 204: a status, or a function that answers by
    itself.
    """

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answers: deque[int | Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=deque)
    over: threading.Event = field(default_factory=threading.Event)

    def hang(self, _handler: BaseHTTPRequestHandler) -> None:
        """Say nothing until the test is over."""
        self.over.wait()

    def drip(self, handler: BaseHTTPRequestHandler) -> None:
        """A byte now and then, which keeps every timeout of a single read from passing."""
        while not self.over.wait(0.02):
            try:
                handler.wfile.write(b"H")
                handler.wfile.flush()
            except OSError:
                return

    def flood(self, handler: BaseHTTPRequestHandler) -> None:
        """An answer without an end."""
        try:
            handler.send_response(200)
            handler.end_headers()
            while not self.over.is_set():
                handler.wfile.write(b"x" * 65_536)
        except OSError:
            return

    def redirect(self, handler: BaseHTTPRequestHandler) -> None:
        """Send whoever asks somewhere else, which would answer."""
        handler.send_response(302)
        handler.send_header("Location", f"{self.url}/elsewhere")
        handler.end_headers()


@contextmanager
def receiver(context: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that listens, with a context over TLS, until the block ends."""
    made = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.heard.append(Heard(headers, body, self.path))
            answer = made.answers.popleft() if made.answers else 204
            if callable(answer):
                answer(self)
                return
            self.send_response(answer)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the screen."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        made.url = f"http{'s' if context else ''}://127.0.0.1:{server.server_address[1]}"
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            made.over.set()
            server.shutdown()
            thread.join()


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port
