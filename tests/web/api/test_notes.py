"""Notes, plans and visits by the API: what pages send, who may, and that the look at them is written down."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from web_desk import WebDesk, open_web_desk

from models import (
    AuditEvent,
    CaseNote,
    MonthEndRule,
    Plan,
    Role,
    Visit,
    VisitFrequency,
    VisitSchedule,
    VisitStatus,
)

CALL = {
    "kind": "contact",
    "title": "Call",
    "text": "Spoke.\n<b>Well</b>",
    "happened_at": "2026-03-02T08:30",
}
GOAL = {
    "specific": "A lease",
    "need": "homelessness",
    "indicator": "Lease signed",
    "target": "One",
    "due_on": "2026-06-01",
    "help": [{"title": "Viewings", "ends_on": "2026-05-01"}],
}


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(stranger="referral_team") as opened:
        yield opened


ANY = {"If-Match": "*"}
"""Whatever stands."""


def case(office: WebDesk, rest: str) -> str:
    return f"/api/v1/cases/{office.desk.case_id}/{rest}"


def test_a_note_is_written_once_changed_where_it_was_read_and_signed(office: WebDesk) -> None:
    key = {"Idempotency-Key": "one"}
    made = [office.worker.post(case(office, "notes"), json=CALL, headers=key) for _ in range(2)]
    assert [each.status_code for each in made] == [201, 201]
    assert made[0].json() == made[1].json()
    note = f"notes/{made[0].json()['id']}"
    tag = office.worker.get(case(office, note)).headers["etag"]
    longer = {**CALL, "title": "Call about the flat"}
    changed = office.worker.put(case(office, note), json=longer, headers={"If-Match": tag})
    assert changed.json()["revision"] == 2
    stale = office.worker.put(case(office, note), json=CALL, headers={"If-Match": tag})
    assert (stale.status_code, "changed since" in stale.json()["detail"]) == (412, True)
    assert office.worker.post(case(office, f"{note}/sign")).json()["signed_at"]
    assert office.worker.put(case(office, note), json=CALL).status_code == 409
    listed = office.worker.get(case(office, "notes")).json()
    assert [each["title"] for each in listed["notes"]] == ["Call about the flat"]
    assert office.desk.rows(CaseNote)[0].happened_at.hour == 13


def test_what_is_wrong_with_a_note_is_said_and_nothing_is_kept(office: WebDesk) -> None:
    for change in (
        {"title": " "},
        {"happened_at": "tomorrow"},
        {"happened_at": "0001-01-01T00:00"},
        {"happened_at": "9999-12-31T23:59"},
        {"kind": "poem"},
        {"color": "red"},
        {"amends": "\x00"},
        {"text": "\x00"},
    ):
        answer = office.worker.post(case(office, "notes"), json={**CALL, **change})
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert office.desk.rows(CaseNote) == []


def test_notes_come_page_by_page_and_by_their_kind(office: WebDesk) -> None:
    with office.desk.store.write() as session:
        for number in range(45):
            moment = office.desk.now - timedelta(hours=number // 2)
            session.add(
                CaseNote(
                    case_id=office.desk.case_id,
                    kind="visit" if number % 9 == 0 else "contact",
                    title=str(number),
                    text="x",
                    happened_at=moment,
                    written_at=office.desk.now,
                    written_by=office.desk.worker,
                )
            )
    first = office.worker.get(case(office, "notes")).json()
    rest = office.worker.get(case(office, f"notes?after={first['next']}")).json()
    assert (len(first["notes"]), len(rest["notes"]), rest["next"]) == (40, 5, None)
    assert len({each["id"] for each in first["notes"] + rest["notes"]}) == 45
    assert len(office.worker.get(case(office, "notes?kind=visit")).json()["notes"]) == 5
    assert office.worker.get(case(office, "notes?after=nothing")).status_code == 422


def test_what_is_not_theirs_looks_as_if_it_were_not_there(office: WebDesk) -> None:
    note = office.worker.post(case(office, "notes"), json=CALL).json()["id"]
    plan = office.worker.post(case(office, "plans"), json={"goals": [GOAL]}, headers=ANY).json()["id"]
    stranger = office.client(office.desk.others["stranger"], Role.SPECIALIST)
    for method, rest, sent in (
        ("GET", "notes", None),
        ("POST", "notes", CALL),
        ("PUT", f"notes/{note}", CALL),
        ("GET", "plans", None),
        ("POST", f"plans/{plan}/agree", {}),
        ("GET", "visits", None),
        ("POST", "visits/none/move", {"to": "2026-04-01", "reason": "x"}),
    ):
        answer = stranger.request(method, case(office, rest), json=sent)
        assert answer.status_code == 404, (method, rest)
    other = office.worker.put(f"/api/v1/cases/other/notes/{note}", json=CALL)
    assert other.status_code == 404


def test_reading_notes_plans_and_visits_leaves_a_trace(office: WebDesk) -> None:
    for rest in ("notes", "plans", "visits"):
        assert office.worker.get(case(office, rest)).status_code == 200
    reads = [each for each in office.desk.rows(AuditEvent) if each.action == "read"]
    assert {field for each in reads for field in each.fields} >= {"notes", "plan", "visits"}


def test_a_plan_is_proposed_agreed_reviewed_and_its_goals_followed(office: WebDesk) -> None:
    worker = office.worker
    sent = {"goals": [GOAL], "agreed": {"worker": True}}
    proposed = worker.post(case(office, "plans"), json=sent, headers=ANY)
    assert proposed.json()["status"] == "proposed"
    plan = f"plans/{proposed.json()['id']}"
    assert (
        worker.post(case(office, f"{plan}/review"), json={"review_on": "2026-06-01", "said": "x"}).status_code
        == 422
    )
    assert (
        worker.post(case(office, f"{plan}/agree"), json={"client_view": "Good"}).json()["status"] == "agreed"
    )
    (goal,) = worker.get(case(office, "plans")).json()["current"]["goals"]
    found = {
        "value": "Two viewings",
        "status": "in_progress",
        "measured_on": "2026-03-02",
        "client_view": "Hopeful",
    }
    for _ in range(2):
        assert worker.post(case(office, f"goals/{goal['id']}/outcomes"), json=found).status_code == 201
    done = {"status": "completed", "note": "three flats"}
    assert worker.put(case(office, f"help/{goal['help'][0]['id']}"), json=done).status_code == 200
    assert (
        worker.post(
            case(office, f"{plan}/review"), json={"review_on": "2026-06-01", "said": "All well"}
        ).status_code
        == 200
    )
    current = worker.get(case(office, "plans")).json()["current"]
    (goal,) = current["goals"]
    assert (current["review_on"], current["client_view"]) == ("2026-06-01", "Good")
    assert [each["value"] for each in goal["outcomes"]] == ["Two viewings"]
    assert (goal["help"][0]["status"], goal["help"][0]["note"]) == ("completed", "three flats")


def test_a_plan_is_agreed_and_reviewed_and_a_note_signed_only_as_they_were_read(office: WebDesk) -> None:
    worker, both = office.worker, {"client": True, "worker": True}

    def state() -> dict[str, str]:
        return {"If-Match": f'"{worker.get(case(office, "plans")).json()["state"]}"'}

    made = worker.post(case(office, "plans"), json={"goals": [GOAL]}, headers=ANY).json()["id"]
    read = state()
    another = {"goals": [{**GOAL, "specific": "A flat"}], "agreed": both}
    assert worker.post(case(office, "plans"), json=another, headers=read).status_code == 201
    assert worker.post(case(office, f"plans/{made}/agree"), json={}, headers=read).status_code == 412
    current = worker.get(case(office, "plans")).json()["current"]
    said = {"review_on": "2026-06-01", "said": "All well"}
    review = case(office, f"plans/{current['id']}/review")
    codes = [worker.post(review, json=said, headers=each).status_code for each in (read, state())]
    assert codes == [412, 200]
    outcome = case(office, f"goals/{current['goals'][0]['id']}/outcomes")
    found = {"value": "One", "status": "achieved", "measured_on": "2026-03-02"}
    codes = [worker.post(outcome, json=found, headers=each).status_code for each in (read, state())]
    assert codes == [412, 201]
    note = worker.post(case(office, "notes"), json=CALL).json()
    first = {"If-Match": f'"{note["revision"]}"'}
    at = case(office, f"notes/{note['id']}")
    assert worker.put(at, json={**CALL, "title": "Longer"}, headers=first).status_code == 200
    assert worker.post(f"{at}/sign", headers=first).status_code == 412
    assert worker.request("DELETE", at, headers=first).status_code == 412
    tag = {"If-Match": worker.get(at).headers["etag"]}
    assert worker.post(f"{at}/sign", headers=tag).status_code == 200


def test_a_revised_plan_replaces_the_one_before_which_stays_readable(office: WebDesk) -> None:
    both = {"client": True, "worker": True}
    for goal in (GOAL, {**GOAL, "specific": "A larger flat"}):
        sent = {"goals": [goal], "agreed": both}
        made = office.worker.post(case(office, "plans"), json=sent, headers=ANY)
        assert made.json()["status"] == "agreed"
    found = office.worker.get(case(office, "plans")).json()
    assert found["current"]["goals"][0]["specific"] == "A larger flat"
    assert [each["goals"][0]["specific"] for each in found["earlier"]] == ["A lease"]


def test_a_plan_takes_the_place_of_nothing_that_its_writer_has_not_seen(office: WebDesk) -> None:
    plans, both = case(office, "plans"), {"client": True, "worker": True}

    def propose(state: str, specific: str, **more: Any) -> Any:
        sent = {"goals": [{**GOAL, "specific": specific}], **more}
        return office.worker.post(plans, json=sent, headers={"If-Match": f'"{state}"'})

    def state() -> str:
        return str(office.worker.get(plans).json()["state"])

    empty = state()
    assert propose(empty, "A lease").status_code == 201
    refused = propose(empty, "A room")
    assert (refused.status_code, "look at it" in refused.json()["detail"]) == (412, True)
    assert propose(empty, "A lease").status_code == 201  # the same again stands there already
    assert [each.status for each in office.desk.rows(Plan)] == ["proposed"]
    assert propose(state(), "A flat", agreed=both).status_code == 201
    read = state()
    (goal,) = office.worker.get(plans).json()["current"]["goals"]
    done = {"status": "in_progress"}
    assert office.worker.put(case(office, f"help/{goal['help'][0]['id']}"), json=done).status_code == 200
    assert propose(read, "A house").status_code == 412
    assert propose(state(), "A house").status_code == 201
    assert office.worker.post(plans, json={"goals": [GOAL]}).status_code == 428


def test_what_a_plan_lacks_is_said_at_its_place(office: WebDesk) -> None:
    sent: dict[str, Any] = {"goals": [GOAL, {"specific": "Work", "help": [{"ends_on": "2026-04-01"}]}]}
    refused = office.worker.post(case(office, "plans"), json=sent, headers=ANY)
    assert {each["item"] for each in refused.json()["errors"]} == {
        "goals.1.need",
        "goals.1.indicator",
        "goals.1.target",
        "goals.1.due_on",
        "goals.1.help.0.title",
    }
    for helper in ({"staff_id": "nobody"}, {"service_id": "none"}, {"staff_id": "a b"}):
        sent = {"goals": [{**GOAL, "help": [{"title": "x", **helper}]}]}
        assert office.worker.post(case(office, "plans"), json=sent, headers=ANY).status_code == 422
    assert office.desk.rows(Plan) == []


def planned(office: WebDesk, day: date = date(2026, 3, 31)) -> str:
    """A planned visit of the case; its id."""
    with office.desk.store.write() as session:
        schedule = VisitSchedule(
            case_id=office.desk.case_id,
            frequency=VisitFrequency.MONTH,
            day_rule="last_day",
            month_end_rule=MonthEndRule.LAST_DAY,
            time_zone="America/New_York",
            active_from=date(2026, 3, 1),
            dedupe_key="k",
            created_at=office.desk.now,
        )
        visit = Visit(
            schedule_id=schedule.id,
            case_id=office.desk.case_id,
            local_date=day,
            starts_at=office.desk.now + timedelta(days=29),
            worker_id=office.desk.worker,
        )
        session.add_all([schedule, visit])
        return visit.id


def test_a_visit_is_moved_and_a_supervisor_leaves_one_out(office: WebDesk) -> None:
    visit = planned(office)
    sent = {"to": "2026-03-27", "at": "15:00", "reason": "She is away"}
    moved = [office.worker.post(case(office, f"visits/{visit}/move"), json=sent).json() for _ in range(2)]
    assert moved[0] == moved[1]
    other = moved[0]["visit"]
    refused = office.worker.post(case(office, f"visits/{other}/excuse"), json={"reason": "Not needed"})
    assert refused.status_code == 403
    lead = office.client(office.desk.lead, Role.SUPERVISOR)
    assert lead.post(case(office, f"visits/{other}/excuse"), json={"reason": "Not needed"}).status_code == 200
    states = {row.id: (row.status, row.rescheduled_to_id) for row in office.desk.rows(Visit)}
    assert states == {
        visit: (VisitStatus.RESCHEDULED, other),
        other: (VisitStatus.EXEMPTED, None),
    }
    shown = office.worker.get(case(office, "visits")).json()["past"]
    assert [(each["status"], each["moved_to"]) for each in shown if each["id"] == visit] == [
        ("rescheduled", "2026-03-27")
    ]
