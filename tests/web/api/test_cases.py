"""Cases by the API: the list page by page, one case, and that what may not be seen is not there."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from desk_world import FINE
from web_desk import WebDesk, open_web_desk, publish

from models import AuditEvent, Case, Client, Role


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(specialist="referral_team") as opened:
        publish(opened.desk)
        yield opened


def more_cases(office: WebDesk, count: int, minutes: int = 1) -> None:
    """Cases of the worker's, received one after the other."""
    desk, now = office.desk, office.desk.now
    with desk.store.write() as session:
        client = Client(given_name="Synthetic", family_name="Client", created_at=now)
        session.add(client)
        for number in range(count):
            session.add(
                Case(
                    number=f"2026-1{number:05}",
                    client_id=client.id,
                    team="intake_team",
                    worker_id=desk.worker,
                    received_at=now + timedelta(minutes=number // 7 * minutes),
                    created_at=now,
                )
            )


def test_the_list_is_whole_page_by_page_also_while_cases_come(office: WebDesk) -> None:
    more_cases(office, 120)
    seen: list[str] = []
    after = ""
    while True:
        page = office.worker.get(f"/api/v1/cases{after}").json()
        seen += [each["number"] for each in page["cases"]]
        if page["next"] is None:
            break
        if not after:  # one that comes meanwhile is the newest, and shifts nothing
            with office.desk.store.write() as session:
                one = session.get_one(Case, office.desk.case_id)
                session.add(
                    Case(
                        number="2026-999999",
                        client_id=one.client_id,
                        worker_id=office.desk.worker,
                        received_at=office.desk.now + timedelta(days=1),
                        created_at=office.desk.now,
                    )
                )
        after = f"?after={page['next']}"
    assert len(seen) == len(set(seen)) == 121
    assert "2026-999999" not in seen


EARLY = "MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMCB4"
"""A moment that is before the first year in UTC."""

NUL = "MjAyNi0wMS0wMVQwMDowMDowMCswMDowMCB4AA=="
"""An id that no database can be asked for."""


@pytest.mark.parametrize("after", ["nonsense", "ü", "MjAyNg==", EARLY, NUL])
def test_a_place_that_we_did_not_give_is_refused(office: WebDesk, after: str) -> None:
    answer = office.worker.get(f"/api/v1/cases?after={after}")
    assert answer.status_code == 422
    assert "`next`" in answer.json()["detail"]


def test_a_case_is_shown_with_its_state_and_the_read_is_written_down(office: WebDesk) -> None:
    answer = office.worker.get(f"/api/v1/cases/{office.desk.case_id}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"1"'
    assert answer.json()["view"]["case"]["number"] == "2026-000001"
    reads = [each for each in office.desk.rows(AuditEvent) if each.action == "read"]
    assert [(each.actor, each.case_id) for each in reads] == [(office.desk.worker, office.desk.case_id)]


def test_a_case_that_is_not_theirs_looks_as_if_it_were_not_there(office: WebDesk) -> None:
    stranger = office.client(office.desk.others["specialist"], Role.SPECIALIST)
    answers = [stranger.get(f"/api/v1/cases/{each}") for each in (office.desk.case_id, "nowhere")]
    assert [each.status_code for each in answers] == [404, 404]
    assert answers[0].content == answers[1].content
    assert stranger.get("/api/v1/cases").json() == {"cases": [], "next": None}


def test_a_form_is_not_sent_over_what_somebody_changed_since(office: WebDesk) -> None:
    tag = office.worker.get(office.task).headers["etag"]
    office.worker.post(f"{office.task}/claim")
    sent = {"json": {"answers": FINE}, "headers": {"If-Match": tag, "Idempotency-Key": "k"}}
    refused = office.worker.post(f"{office.task}/complete", **sent)
    assert (refused.status_code, office.desk.answers()) == (412, {})
    sent["headers"]["If-Match"] = office.worker.get(office.task).headers["etag"]
    done = [office.worker.post(f"{office.task}/complete", **sent) for _ in range(2)]
    assert [each.status_code for each in done] == [200, 200]
    assert done[0].json() == done[1].json()
