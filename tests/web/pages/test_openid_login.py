"""The way to the organisation's provider and back, through the application."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import pytest
from account_world import keys
from application_world import OURS
from asgi_browser import Browser
from openid_provider import CLIENT, SECRET, ProviderServer, provider_server
from web_desk import WebDesk, open_web_desk

from models import Role
from web.accounts.commands import allow_openid_by_email, make_account
from web.accounts.openid_settings import OpenIdSettings
from web.application import create_application

BACK = "https://casework.example/login/openid/back"


@pytest.fixture(scope="module")
def server() -> Iterator[ProviderServer]:
    with provider_server(BACK) as listening:
        listening.person = {"sub": "s-1", "email": "worker@office.example", "email_verified": True}
        yield listening


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk() as opened:
        opened.desk.now = datetime.now(UTC)  # the provider has a clock of its own
        yield opened


def browser(office: WebDesk, server: ProviderServer) -> Browser:
    settings = OpenIdSettings(server.issuer, CLIENT, BACK, SECRET)
    return Browser(create_application(replace(office.web, openid=settings), pages=False), OURS)


def at_provider(address: str) -> str:
    """Where the provider sends the browser back to, without the host."""
    back = urlsplit(httpx.get(address).headers["location"])
    return f"{back.path}?{back.query}"


def test_somebody_logs_in_at_the_provider_and_goes_where_they_wanted(
    office: WebDesk, server: ProviderServer
) -> None:
    desk = office.desk
    account = make_account(
        desk.store, keys().passwords, desk.worker, (Role.CASEWORKER,), by="test", now=desk.now
    )
    allow_openid_by_email(desk.store, account.id, by="test", now=desk.now, allowed=True)
    client = browser(office, server)
    assert "organisation" in client.get("/login").text
    away = client.get("/login/openid?next=/cases")
    assert away.headers["location"].startswith(f"{server.issuer}/authorize?")
    assert "httponly" in away.headers["set-cookie"].lower()
    arrived = client.get(at_provider(away.headers["location"]))
    assert (arrived.status_code, arrived.headers["location"]) == (303, "/cases")
    assert client.get(office.task).status_code == 200


def test_who_has_no_account_is_told_and_not_let_in(office: WebDesk, server: ProviderServer) -> None:
    client = browser(office, server)
    back = at_provider(client.get("/login/openid").headers["location"])
    refused = client.get(back)
    assert refused.status_code == 401
    assert "ask an administrator" in refused.text
    assert client.get(office.task).status_code == 401
    stranger = browser(office, server).get(back)
    assert "not begun in this browser" in stranger.text


def test_without_a_provider_there_is_no_such_way(office: WebDesk) -> None:
    client = office.client(None)
    assert "organisation&#39;s account" not in client.get("/login").text
    assert client.get("/login/openid").status_code == 404
    assert client.get("/login/openid/back").status_code == 404
