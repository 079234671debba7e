"""Where a hook may go: over TLS to a public address, or to a host of one's own network that the administrator
has named. It is looked at when a hook is made, and again with the very address that is connected to.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import urlsplit

Ip = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""The addresses of a host, as texts. Raises OSError where it has none."""

LONGEST: Final = 1_000
NAT64: Final = IPv6Network("64:ff9b::/96")
"""Addresses behind which there is one of IPv4 (RFC 6052)."""


class AddressError(Exception):
    """A hook may not go there. The message says why and what to do, and holds nothing of the address."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """`own` are the hosts of one's own network that hooks may go to, in lower case."""

    own: frozenset[str] = frozenset()

    def allows(self, target: "Target", address: str) -> bool:
        """Whether a hook may be told at this address of its host."""
        ip = _plain(ip_address(address.partition("%")[0]))
        if ip.is_link_local or ip.is_multicast or ip.is_unspecified:
            return False  # among them what a cloud tells its machines of themselves
        if not target.secure:
            return target.host in self.own and ip.is_loopback
        return target.host in self.own or ip.is_global


@dataclass(frozen=True, slots=True)
class Target:
    """An address of another system, in its parts. `path` has the query in it."""

    host: str
    port: int
    path: str
    secure: bool = True

    @property
    def named(self) -> str:
        """The host, as the `Host` header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def read_target(url: str, rules: AddressRules) -> Target:
    """The parts of an address that a hook may have, AddressError for any other. What the name of its host
    stands for is looked at when it is connected to.
    """
    if len(url) > LONGEST or not url.isascii() or not url.isprintable() or " " in url:
        raise AddressError(f"an address has at most {LONGEST} plain characters, and no spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressError("this is not an address; write one such as https://example.org/hook") from None
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme not in ("https", "http") or not host or "\\" in url:
        raise AddressError("this is not an address; write one such as https://example.org/hook")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressError("an address has no user name, no password and no part after #; take them out")
    secure = parts.scheme == "https"
    if not secure and host not in rules.own:
        raise AddressError("what is told has to travel over TLS; the address begins with https://")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(host, port or (443 if secure else 80), path, secure)
    literal = _literal(host)
    if literal is not None and not rules.allows(target, str(literal)):
        raise AddressError(NOT_PUBLIC)
    return target


NOT_PUBLIC: Final = (
    "the address is not one of the public network; where it is meant, an administrator of the server names "
    "its host in CASEWRIGHT_HOOK_HOSTS"
)


def resolved(target: Target, rules: AddressRules, resolve: Resolve) -> Sequence[str]:
    """The addresses of the host now, all of which may be connected to. AddressError when one may not: who
    names an address of the inside among others is not trusted with any. OSError when there is none.
    """
    found = list(dict.fromkeys(resolve(target.host, target.port)))
    if not found:
        raise OSError("no address")
    if not all(rules.allows(target, each) for each in found):
        raise AddressError(NOT_PUBLIC)
    return found


def resolve(host: str, port: int) -> Sequence[str]:
    """The addresses of a host, asked of the system."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def _literal(host: str) -> Ip | None:
    """The IP address that a host is written as; also in the short and odd forms that `inet_aton` knows."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    if not host.replace(".", "").replace("x", "").isalnum() or not host[-1:].isdigit():
        return None
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def _plain(ip: Ip) -> Ip:
    """The IPv4 address that an IPv6 address stands for, where it does."""
    if isinstance(ip, IPv4Address):
        return ip
    inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo or (None, None))[1]
    if inside is None and ip in NAT64:
        inside = IPv4Address(int(ip) & 0xFFFFFFFF)
    return inside or ip
