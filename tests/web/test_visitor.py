"""Who asks: programs with a token, and people who have to choose another password first."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from account_world import GOOD, OTHER, keys
from asgi_browser import Browser
from desk_world import FINE
from web_desk import WebDesk, open_web_desk

from models import Account, HumanTask, Role, StaffGroup, TaskKind
from web.accounts import sessions
from web.accounts.commands import make_account, set_password
from web.accounts.tokens import make_token, revoke_token, tokens_of
from web.application import create_application
from web.reading.work.asked import Asked
from web.reading.work.inbox import inbox
from web.visitor import Visit, visit_of_cookie


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk() as opened:
        yield opened


@pytest.fixture
def ada(office: WebDesk) -> Account:
    """The worker's account."""
    desk = office.desk
    return make_account(
        desk.store,
        keys().passwords,
        desk.worker,
        (Role.CASEWORKER,),
        by="test",
        now=desk.now,
        password=GOOD,
        login="ada",
    )


def program(office: WebDesk, account: Account, *scopes: str) -> Browser:
    """A program with a token, which says nothing of where it comes from."""
    desk = office.desk
    made = make_token(desk.store, account.id, "a program", scopes, timedelta(days=9), by="test", now=desk.now)
    application = create_application(office.web, pages=False)
    return Browser(application, {"Authorization": f"Bearer {made.value}"})


def test_a_program_does_what_its_token_is_for(office: WebDesk, ada: Account) -> None:
    client = program(office, ada, "tasks:read", "tasks:write")
    assert [each["id"] for each in client.get("/api/v1/tasks").json()["tasks"]] == [office.desk.task_id]
    assert client.get(office.task).status_code == 200
    sent = client.post(f"{office.task}/complete", json={"answers": FINE})
    assert sent.status_code == 200, sent.text
    assert office.desk.task.completed_by == office.desk.worker


def test_and_nothing_else(office: WebDesk, ada: Account) -> None:
    reader, other = program(office, ada, "tasks:read"), program(office, ada, "figures:read")
    assert reader.post(f"{office.task}/complete", json={"answers": FINE}).status_code == 403
    assert office.desk.answers() == {}
    assert other.get("/api/v1/tasks").json()["tasks"] == []
    refused = other.get(office.task)
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")


def test_a_token_that_does_not_count_is_a_401_that_says_so(office: WebDesk, ada: Account) -> None:
    client = program(office, ada, "tasks:read")
    with office.desk.store.read() as session:
        (row,) = tokens_of(session, ada.id)
    revoke_token(office.desk.store, row.id, by="test", now=office.desk.now)
    for each in (client, Browser(create_application(office.web, pages=False), {"Authorization": "Bearer "})):
        answer = each.get(office.task)
        assert answer.status_code == 401
        assert "invalid_token" in answer.headers["www-authenticate"]


def test_a_token_is_for_the_api_alone_and_lends_nothing_to_a_cookie(office: WebDesk, ada: Account) -> None:
    client = program(office, ada, "tasks:read")
    assert client.get("/password").headers["location"].startswith("/login")
    assert client.post("/logout").status_code == 403
    worker = office.client(office.desk.lead, Role.SUPERVISOR)
    forged = worker.get(office.task, headers={"Authorization": "Bearer nonsense"})
    assert forged.status_code == 401


def test_who_was_given_a_password_chooses_another_one_before_anything_else(
    office: WebDesk, ada: Account
) -> None:
    desk, browser = office.desk, office.client(None)
    set_password(desk.store, keys().passwords, ada.id, OTHER, by="test", now=desk.now, must_change=True)
    browser.post("/login", data={"login": "ada", "password": OTHER})
    assert browser.get("/cases").headers["location"] == "/password"
    assert browser.get(office.task).status_code == 403
    assert "set by somebody else" in browser.get("/password").text
    sent = {"old": OTHER, "new": GOOD, "again": GOOD}
    done = browser.post("/password", data=sent)
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert browser.get(office.task).status_code == 200


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"old": GOOD, "new": OTHER, "again": GOOD}, "not the same"),
        ({"old": "wrong", "new": OTHER, "again": OTHER}, "until now is not right"),
        ({"old": GOOD, "new": "short", "again": "short"}, "at least 12"),
        ({"old": GOOD, "new": "passwordpassword", "again": "passwordpassword"}, "easy to guess"),
        ({}, "until now is not right"),
    ],
)
def test_what_is_in_the_way_of_a_new_password_is_said(
    office: WebDesk, ada: Account, sent: dict[str, str], says: str
) -> None:
    browser = office.client(None)
    browser.post("/login", data={"login": "ada", "password": GOOD})
    answer = browser.post("/password", data=sent)
    assert answer.status_code == 422
    assert says in answer.text
    assert "passwordpassword" not in answer.text
    assert browser.get(office.task).status_code == 200


def test_a_page_that_stays_open_looks_again_as_who_somebody_is_by_now(office: WebDesk, ada: Account) -> None:
    desk = office.desk
    place = StaffGroup(staff_id=desk.worker, group="night_team")
    theirs = HumanTask(
        kind=TaskKind.CHECKLIST, title="Of the night", candidate_group="night_team", created_at=desk.now
    )
    with desk.store.write() as session:
        session.add_all([place, theirs])
        token = sessions.begin(session, ada.id, desk.now)
    opened = visit_of_cookie(office.web, token)
    assert opened is not None
    assert "Of the night" in listed(office, opened)
    with desk.store.write() as session:
        session.delete(session.get_one(StaffGroup, place.id))
    again = opened.still()
    assert again is not None
    assert "Of the night" not in listed(office, again)
    with desk.store.write() as session:
        sessions.end(session, token, desk.now)
    assert again.still() is None


def listed(office: WebDesk, visit: Visit) -> list[str]:
    """The titles of the tasks that the inbox lists."""
    with office.desk.store.read() as session:
        return [row.title for row in inbox(session, visit.actor, Asked(), office.desk.now).rows]
