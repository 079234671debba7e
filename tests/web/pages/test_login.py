"""Logging in and out by the form."""

from collections.abc import Iterator

import pytest
from account_world import GOOD, keys
from web_desk import WebDesk, open_web_desk

from models import Role
from web.accounts.commands import make_account
from web.pages.entry.login import inside
from web.visitor import COOKIE


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk() as opened:
        make_account(
            opened.desk.store,
            keys().passwords,
            opened.desk.worker,
            (Role.CASEWORKER,),
            by="test",
            now=opened.desk.now,
            password=GOOD,
            login="ada",
        )
        yield opened


def test_who_logs_in_goes_where_they_wanted_and_out_again(office: WebDesk) -> None:
    browser = office.client(None)
    sent = {"login": "ada", "password": GOOD, "next": office.task.replace("/api/v1", "")}
    let_in = browser.post("/login", data=sent)
    assert (let_in.status_code, let_in.headers["location"]) == (303, sent["next"])
    cookie = let_in.headers["set-cookie"]
    assert cookie.startswith(COOKIE)
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    assert browser.get(office.task).status_code == 200
    assert browser.post("/logout").headers["location"] == "/login?out=1"
    assert browser.get(office.task).status_code == 401


def test_a_wrong_password_is_said_and_the_name_stays(office: WebDesk) -> None:
    answer = office.client(None).post("/login", data={"login": 'ada"><b>', "password": "wrong"})
    assert answer.status_code == 401
    assert "do not go together" in answer.text
    assert "ada&#34;&gt;&lt;b&gt;" in answer.text


def test_too_many_tries_are_slowed_down_and_said(office: WebDesk) -> None:
    browser = office.client(None)
    answers = [browser.post("/login", data={"login": "ada", "password": "x"}) for _ in range(12)]
    assert answers[-1].status_code == 429
    assert "your account is not locked" in answers[-1].text
    assert int(answers[-1].headers["retry-after"]) > 0


@pytest.mark.parametrize(
    "address",
    ["https://away.example", "//away.example", "/\\away.example", "/login", "", None],
)
def test_nobody_is_sent_elsewhere_after_the_login(address: str | None) -> None:
    assert inside(address) == "/"
