"""What a service says of a referral, by the API and on the page of its case."""

from collections.abc import Iterator

import pytest
from application_world import web_of
from intake_world import catalogue
from referred_desk import only_referral, open_referred_desk
from web_desk import WebDesk

from flows.runtime import Runtime
from models import ReferralStatus
from tasks.registry import load_kinds


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_referred_desk(asker="referral_team", stranger="family_team") as desk:
        runtime = Runtime(desk.store, load_kinds(), catalogue(), lambda: desk.now)
        yield WebDesk(web_of(runtime), desk)


def address(office: WebDesk) -> str:
    return f"/api/v1/cases/{office.desk.case_id}/referrals/{only_referral(office.desk).id}"


def test_an_answer_is_recorded_where_nobody_has_changed_the_referral(office: WebDesk) -> None:
    read = only_referral(office.desk).revision
    taken = {"status": "accepted", "appointment_at": "2026-03-12T10:30"}
    kept = office.worker.put(address(office), json=taken, headers={"If-Match": f'"{read}"'})
    assert kept.status_code == 200, kept.text
    assert (kept.json()["status"], kept.json()["revision"]) == ("accepted", read + 1)
    stale = office.worker.put(
        address(office), json={"status": "failed", "reason": "Closed"}, headers={"If-Match": f'"{read}"'}
    )
    assert stale.status_code == 412
    assert only_referral(office.desk).status is ReferralStatus.ACCEPTED


def test_what_is_refused_says_why(office: WebDesk) -> None:
    for body, words in (
        ({"status": "rejected"}, "without a reason"),
        ({"status": "requested"}, "give the day"),
        ({"status": "accepted", "appointment_at": "soon"}, "2026-02-28T14:30"),
        ({"status": "lost"}, "status"),
        ({"status": "accepted", "color": "red"}, "color"),
    ):
        refused = office.worker.put(address(office), json=body)
        assert (refused.status_code, words in refused.text) == (422, True), refused.text


def test_a_referral_of_a_case_that_one_may_not_see_is_not_there(office: WebDesk) -> None:
    stranger = office.client(office.desk.others["stranger"])
    assert stranger.put(address(office), json={"status": "accepted"}).status_code == 404
    nowhere = address(office).rpartition("/")[0] + "/01KJQ4TZ9D1F3H5K7N9Q2S4V6X"
    assert office.worker.put(nowhere, json={"status": "accepted"}).status_code == 404


def test_whoever_was_to_ask_sends_what_they_heard(office: WebDesk) -> None:
    asker = office.client(office.desk.others["asker"])
    done = asker.post(f"{office.task}/complete", json={"answers": {"answer": "in_progress"}})
    assert done.status_code == 200, done.text
    assert only_referral(office.desk).status is ReferralStatus.IN_PROGRESS


def test_the_list_says_what_may_be_recorded(office: WebDesk) -> None:
    listed = address(office).rpartition("/")[0]
    (line,) = office.worker.get(listed).json()["referrals"]
    assert (line["status"], line["revision"]) == ("requested", only_referral(office.desk).revision)
    assert line["sayable"][:2] == ["requested", "accepted"]
    office.worker.put(address(office), json={"status": "rejected", "reason": "No places"})
    (line,) = office.worker.get(listed).json()["referrals"]
    assert (line["sayable"], line["reason"]) == ([], "No places")
