"""One HTTP exchange with another system: a connection of its own, to an address that was looked at, within a
time. No redirect is followed, no proxy is asked, and of the answer only its head is read.
"""

import socket
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from typing import Final

from notifications.hooks.addresses import AddressError, AddressRules, Resolve, Target, resolve, resolved

WITHIN: Final = 10.0
"""Seconds that all of it may take, from connecting to the head of the answer."""

HEAD: Final = 16_384
"""Bytes of an answer that are read at most."""


class HookFailedError(Exception):
    """It was not told, or nobody knows whether it was. The words hold nothing of any person or address."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The status of the answer."""

    status: int


Exchange = Callable[[Target, Mapping[str, str], bytes], Answer]
"""Sends a body with headers; raises HookFailedError."""


def exchange(
    target: Target,
    headers: Mapping[str, str],
    body: bytes,
    rules: AddressRules,
    *,
    within: float = WITHIN,
    resolve: Resolve = resolve,
    context: ssl.SSLContext | None = None,
) -> Answer:
    """POST a body. What answers has until `within` seconds are over, whatever it does meanwhile."""
    until = time.monotonic() + within
    try:
        with closing(_connected(target, rules, resolve, until)) as plain:
            if not target.secure:
                return _asked(plain, target, headers, body, until)
            wrapped = (context or _usual()).wrap_socket(
                plain, server_hostname=target.host, do_handshake_on_connect=False
            )
            with closing(wrapped) as connection:
                connection.settimeout(_left(until))
                connection.do_handshake()  # the time is that of the whole handshake
                return _asked(connection, target, headers, body, until)
    except AddressError as error:
        raise HookFailedError(str(error)) from None
    except TimeoutError:
        raise HookFailedError(f"there was no answer within {within:g} seconds") from None
    except ssl.SSLCertVerificationError as error:
        raise HookFailedError(f"its certificate does not hold: {error.verify_message}") from None
    except ssl.SSLError as error:
        raise HookFailedError(f"TLS failed: {error.reason or 'the connection was cut'}") from None
    except socket.gaierror:
        raise HookFailedError("its host has no address") from None
    except OSError as error:
        raise HookFailedError(f"the connection failed: {error.strerror or type(error).__name__}") from None


@cache
def _usual() -> ssl.SSLContext:
    return ssl.create_default_context()


def _connected(target: Target, rules: AddressRules, resolve: Resolve, until: float) -> socket.socket:
    """A connection to the first address that takes one."""
    failed: OSError = OSError("no address")
    for address in resolved(target, rules, resolve):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(_left(until))
            connection.connect((address, target.port))
        except OSError as error:
            connection.close()
            failed = error
            continue
        return connection
    raise failed


def _asked(
    connection: socket.socket, target: Target, headers: Mapping[str, str], body: bytes, until: float
) -> Answer:
    lines = [
        f"POST {target.path} HTTP/1.1",
        f"Host: {target.named}",
        *(f"{name}: {value}" for name, value in headers.items()),
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    connection.settimeout(_left(until))
    connection.sendall("\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body)
    return _answer(connection, until)


def _answer(connection: socket.socket, until: float) -> Answer:
    """The status of the first answer that is not only on the way (1xx)."""
    read = b""
    while len(read) < HEAD:
        connection.settimeout(_left(until))
        some = connection.recv(4096)
        read += some
        status, read = _status(read, ended=not some)
        if status is not None:
            return Answer(status)
        if not some:
            break
    raise HookFailedError("what answered does not speak HTTP")


def _status(read: bytes, *, ended: bool) -> tuple[int | None, bytes]:
    """The final status in what was read, if it is there yet; and what is left to read on with."""
    while True:
        line, found, _ = read.partition(b"\n")
        if not found and not ended:
            return None, read
        words = line.split()
        if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
            raise HookFailedError("what answered does not speak HTTP")
        status = int(words[1])
        if status >= 200:
            return status, read
        _, found, rest = read.partition(b"\r\n\r\n")
        if not found:
            return None, read
        read = rest


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
