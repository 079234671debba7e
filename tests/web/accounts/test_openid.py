"""Logging in by OpenID Connect, against a provider that listens on this machine."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from account_world import HOME, People, keys
from joserfc.jwk import RSAKey
from openid_provider import CLIENT, SECRET, ProviderServer, provider_server

from models import Account
from web.accounts import sessions
from web.accounts.commands import allow_openid_by_email, disable
from web.accounts.openid import Arrived, Begun, OpenIdError, OpenIdSettings, Provider, discover

BACK = "https://casework.example/login/openid"
ANN = {"sub": "subject-1", "email": "Ann@office.example", "email_verified": True}


@pytest.fixture(scope="module")
def listening() -> Iterator[ProviderServer]:
    """A provider."""
    with provider_server(BACK) as server:
        yield server


@pytest.fixture
def server(listening: ProviderServer) -> ProviderServer:
    """The provider, at which Ann logs in."""
    listening.person, listening.claims, listening.signing = dict(ANN), {}, None
    return listening


@pytest.fixture
def provider(server: ProviderServer) -> Provider:
    """The provider as we know it."""
    return discover(settings(server))


@pytest.fixture
def ann(people: People) -> Account:
    """Ann's account, which may be found by her e-mail address the first time."""
    people.now = datetime.now(UTC)  # the provider has a clock of its own
    account = people.account("ann", password=None)
    allow_openid_by_email(people.store, account.id, by="test", now=people.now, allowed=True)
    return account


def settings(server: ProviderServer) -> OpenIdSettings:
    return OpenIdSettings(server.issuer, CLIENT, BACK, SECRET)


def at_provider(begun: Begun) -> dict[str, str]:
    """The browser goes to the provider; with what it is sent back."""
    answer = httpx.get(begun.address)
    assert answer.status_code == 302, answer.text
    back = answer.headers["location"]
    assert back.startswith(BACK)
    return dict(parse_qsl(urlsplit(back).query))


def back(people: People, provider: Provider, begun: Begun, query: dict[str, str]) -> Arrived:
    return provider.finish(people.store, keys().secret, begun.cookie, query, HOME, people.now)


def log_in(people: People, provider: Provider, to: str = "/") -> Arrived:
    begun = provider.begin(keys().secret, people.now, to)
    return back(people, provider, begun, at_provider(begun))


def refused(people: People, provider: Provider, begun: Begun, query: dict[str, str]) -> str:
    before = len(people.audit("log_in_failed"))
    with pytest.raises(OpenIdError) as caught:
        back(people, provider, begun, query)
    assert len(people.audit("log_in_failed")) == before + 1
    assert people.audit("log_in") == []
    return str(caught.value)


def test_the_first_time_by_a_verified_address_then_by_issuer_and_subject(
    people: People, provider: Provider, server: ProviderServer, ann: Account
) -> None:
    first = log_in(people, provider, "/tasks")
    assert (first.login.account_id, first.to) == (ann.id, "/tasks")
    actor = sessions.arrive(people.store, first.login.token, people.now)
    assert actor is not None
    assert actor.staff_id == ann.staff_id
    server.person = {"sub": "subject-1", "email": "another@office.example", "email_verified": False}
    assert log_in(people, provider).login.account_id == ann.id
    server.person = {**ANN, "sub": "subject-2"}
    with pytest.raises(OpenIdError, match="ask an administrator"):
        log_in(people, provider)


def test_the_request_has_a_challenge_a_state_and_a_nonce_of_its_own(
    people: People, provider: Provider, server: ProviderServer, ann: Account
) -> None:
    server.asked.clear()
    for _ in range(2):
        at_provider(provider.begin(keys().secret, people.now))
    first, second = server.asked
    assert (first["response_type"], first["code_challenge_method"]) == ("code", "S256")
    assert first["scope"].split() == ["openid", "email", "profile"]
    for each in ("code_challenge", "state", "nonce"):
        assert len(first[each]) >= 43
        assert first[each] != second[each]


@pytest.mark.parametrize(
    "person",
    [
        {"sub": "s", "email": "ann@office.example"},
        {"sub": "s", "email": "ann@office.example", "email_verified": False},
        {"sub": "s", "email": "ann@office.example", "email_verified": "true"},
        {"sub": "s", "email": "bob@office.example", "email_verified": True},
        {"sub": "s"},
    ],
)
def test_without_a_verified_address_nobody_is_matched(
    people: People, provider: Provider, server: ProviderServer, ann: Account, person: dict[str, object]
) -> None:
    server.person = person
    with pytest.raises(OpenIdError, match="ask an administrator"):
        log_in(people, provider)


def test_an_address_counts_only_where_an_administrator_allowed_it(
    people: People, provider: Provider, ann: Account
) -> None:
    allow_openid_by_email(people.store, ann.id, by="test", now=people.now, allowed=False)
    with pytest.raises(OpenIdError, match="ask an administrator"):
        log_in(people, provider)


def test_a_disabled_account_is_not_let_in(people: People, provider: Provider, ann: Account) -> None:
    log_in(people, provider)
    disable(people.store, ann.id, by="test", now=people.now, reason="left")
    with pytest.raises(OpenIdError, match="ask an administrator"):
        log_in(people, provider)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://another.example"},
        {"aud": ["another-client"]},
        {"nonce": "another nonce"},
        {"exp": 1_700_000_000},
        {"iat": 4_000_000_000},
        {"sub": None},
    ],
    ids=lambda each: next(iter(each)),
)
def test_what_is_said_for_another_login_does_not_count(
    people: People, provider: Provider, server: ProviderServer, ann: Account, claims: dict[str, object]
) -> None:
    server.claims = claims
    begun = provider.begin(keys().secret, people.now)
    assert "begin it again" in refused(people, provider, begun, at_provider(begun))


def test_what_another_key_has_signed_does_not_count(
    people: People, provider: Provider, server: ProviderServer, ann: Account
) -> None:
    server.signing = RSAKey.generate_key(2048, {"kid": "one"})
    begun = provider.begin(keys().secret, people.now)
    assert "does not hold" in refused(people, provider, begun, at_provider(begun))


def test_an_answer_belongs_to_the_browser_and_the_login_it_was_begun_with(
    people: People, provider: Provider, ann: Account
) -> None:
    mine, theirs = (provider.begin(keys().secret, people.now) for _ in range(2))
    answer = at_provider(theirs)
    assert "another login" in refused(people, provider, mine, answer)
    assert "in this browser" in refused(people, provider, Begun("", "nonsense"), answer)
    assert "another provider" in refused(people, provider, theirs, {**answer, "iss": "https://x.example"})
    assert "refused" in refused(
        people, provider, theirs, {"state": answer["state"], "error": "access_denied"}
    )


def test_a_code_of_another_login_lacks_its_verifier(people: People, provider: Provider, ann: Account) -> None:
    mine, theirs = (provider.begin(keys().secret, people.now) for _ in range(2))
    code, state = at_provider(theirs)["code"], at_provider(mine)["state"]
    assert "did not confirm" in refused(people, provider, mine, {"code": code, "state": state})


def test_a_code_counts_once(people: People, provider: Provider, ann: Account) -> None:
    begun = provider.begin(keys().secret, people.now)
    answer = at_provider(begun)
    back(people, provider, begun, answer)
    with pytest.raises(OpenIdError, match="did not confirm"):
        back(people, provider, begun, answer)


def test_who_takes_too_long_begins_again(people: People, provider: Provider, ann: Account) -> None:
    begun = provider.begin(keys().secret, people.now - timedelta(minutes=11))
    assert "ten minutes" in refused(people, provider, begun, at_provider(begun))


@pytest.mark.sqlite("no database is touched")
def test_a_provider_that_is_another_one_or_not_there_is_refused(server: ProviderServer) -> None:
    good = settings(server)
    for issuer, says in (
        (f"{server.issuer}/", "another issuer"),
        (f"{server.issuer}/nowhere", "does not answer"),
        ("http://provider.example", "TLS"),
        ("http://localhost:9", "does not answer"),
    ):
        with pytest.raises(OpenIdError, match=says):
            discover(replace(good, issuer=issuer))
    with pytest.raises(OpenIdError, match="TLS"):
        discover(replace(good, redirect_uri="http://casework.example/login/openid"))
    assert SECRET not in repr(good)
