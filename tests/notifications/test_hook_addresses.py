"""Where a hook may go: to public addresses over TLS, and to hosts that an administrator has named."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hook_receiver import receiver

from notifications.hooks import AddressError, AddressRules, HookFailedError, Target, exchange, read_target

NOWHERE = AddressRules()
OWN = AddressRules(frozenset({"portal.inside.example", "127.0.0.1", "10.0.0.7", "169.254.169.254"}))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fd00::1]",
        "[::ffff:10.0.0.1]",
        "[64:ff9b::a00:1]",
        "[2002:a00:1::]",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
    ],
)
def test_an_address_of_the_inside_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(AddressError, match="public network"):
        read_target(f"https://{host}/hook", NOWHERE)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example/in",
        "ftp://hooks.example/in",
        "https:///in",
        "https://hooks.example:99999/in",
        "https://[::1/in",
        "https://user@hooks.example/in",
        "https://hooks.example/in#part",
        "https://hooks.example/in\r\nX: y",
        "https://hooks.example\\@127.0.0.1/",
        "https://hooks.éxample/in",
        "https://hooks.example/" + "a" * 1_000,
        "http://hooks.example/in",
    ],
)
def test_what_is_no_address_of_a_hook_is_refused(url: str) -> None:
    with pytest.raises(AddressError):
        read_target(url, NOWHERE)


def test_an_address_is_taken_apart() -> None:
    assert read_target("https://Hooks.Example./in?a=b", NOWHERE) == Target("hooks.example", 443, "/in?a=b")
    assert read_target("https://hooks.example:8443", NOWHERE).named == "hooks.example:8443"
    assert read_target("https://[2606:4700::1111]/", NOWHERE).named == "[2606:4700::1111]"
    assert read_target("https://10.0.0.7/", OWN).host == "10.0.0.7"
    with pytest.raises(AddressError):
        read_target("https://169.254.169.254/", OWN)  # what a cloud tells its machines, whoever names it


@pytest.mark.parametrize(
    "found", [["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:192.168.0.1"], ["fe80::1%eth0"]]
)
def test_a_name_that_stands_for_an_address_of_the_inside_is_not_connected_to(found: list[str]) -> None:
    with receiver() as made:
        port = int(made.url.rsplit(":", 1)[1])
        target = Target("hooks.example", port, "/")
        with pytest.raises(HookFailedError, match="public network"):
            exchange(target, {}, b"", NOWHERE, resolve=lambda _host, _port: found)
        assert made.heard == []


def test_what_is_looked_at_is_what_is_connected_to() -> None:
    """A name server that says another address the second time is asked once."""
    asked: list[str] = []

    def rebinding(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    rules = AddressRules(frozenset({"portal.inside.example"}))
    with receiver() as made:
        port = int(made.url.rsplit(":", 1)[1])
        target = Target("portal.inside.example", port, "/in", secure=False)
        assert exchange(target, {}, b"{}", rules, resolve=rebinding).status == 204
        assert [each.path for each in made.heard] == ["/in"]
    assert asked == ["portal.inside.example"]


def test_without_tls_only_this_machine_is_reached() -> None:
    target = read_target("http://portal.inside.example/in", OWN)
    with pytest.raises(HookFailedError, match="public network"):
        exchange(target, {}, b"", OWN, resolve=lambda _host, _port: ["10.0.0.7"])


def test_a_name_without_an_address_and_an_answer_that_is_no_http_are_failures_in_words() -> None:
    def nobody(_host: str, _port: int) -> Sequence[str]:
        raise socket.gaierror

    with pytest.raises(HookFailedError, match="its host has no address"):
        exchange(Target("hooks.example", 443, "/"), {}, b"", NOWHERE, resolve=nobody)


def test_a_server_that_speaks_no_tls_is_a_failure_in_words() -> None:
    with receiver() as made:
        port = int(made.url.rsplit(":", 1)[1])
        with pytest.raises(HookFailedError, match=r"TLS failed|connection failed"):
            exchange(Target("127.0.0.1", port, "/"), {}, b"", OWN)


def certificate(folder: Path) -> Path:
    """One of this machine, by nobody that anybody trusts, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    written = folder / "certificate.pem"
    written.write_bytes(key.private_bytes(*plain) + made.public_bytes(serialization.Encoding.PEM))
    return written


def test_a_certificate_has_to_hold(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(file)
    with receiver(serving) as made:
        target = read_target(f"{made.url}/in", OWN)
        with pytest.raises(HookFailedError, match="its certificate does not hold: self-signed certificate"):
            exchange(target, {}, b"{}", OWN)
        assert made.heard == []
        trusting = ssl.create_default_context(cafile=file)
        assert exchange(target, {}, b"{}", OWN, context=trusting).status == 204
        other = replace(target, host="localhost")
        rules = AddressRules(frozenset({"localhost"}))
        with pytest.raises(HookFailedError, match="its certificate does not hold"):
            exchange(other, {}, b"{}", rules, context=trusting, resolve=lambda *_: ["127.0.0.1"])
