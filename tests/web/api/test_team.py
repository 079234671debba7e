"""Absences, handing work on, the duty rota, kept views and notices, through the API that pages use."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from asgi_browser import Browser
from web_desk import WebDesk, open_web_desk

from models import Case, Role, Staff


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(ann="intake_team", dora="duty_managers", stranger="referral_team") as opened:
        with opened.desk.store.write() as session:
            worker = session.get_one(Staff, opened.desk.worker)
            worker.supervisor_id = opened.desk.lead
            session.add(worker)
        yield opened


@pytest.fixture
def lead(office: WebDesk) -> Browser:
    return office.client(office.desk.lead, Role.SUPERVISOR)


ANY = {"If-Match": "*"}
"""Whatever stands."""


def day(office: WebDesk, later: int) -> str:
    local = office.desk.now.astimezone(office.web.zone)
    return (local.date() + timedelta(days=later)).isoformat()


def test_ones_own_tasks_show_in_the_covers_inbox_while_one_is_away(office: WebDesk) -> None:
    ann = office.client(office.desk.others["ann"])
    assert ann.get("/api/v1/tasks").json()["tasks"] == []
    body = {"starts": day(office, 0), "until": day(office, 1), "cover": office.desk.others["ann"]}
    planned = office.worker.put("/api/v1/staff/me/absence", json=body, headers=ANY)
    assert planned.status_code == 200, planned.text
    office.desk.now += timedelta(minutes=5)
    (task,) = ann.get("/api/v1/tasks").json()["tasks"]
    assert (task["holder"], task["mine"], task["covered"]) == ("Worker", False, True)
    done = ann.post(f"{office.task}/complete", json={"answers": {"danger": "no", "housing": "stable"}})
    assert done.status_code == 200


def test_it_ends_by_itself_or_when_somebody_says_so(office: WebDesk, lead: Browser) -> None:
    ann = office.client(office.desk.others["ann"])
    body = {"starts": day(office, 0), "cover": office.desk.others["ann"]}
    lead.put(f"/api/v1/staff/{office.desk.worker}/absence", json=body, headers=ANY)
    office.desk.now += timedelta(minutes=5)
    assert len(ann.get("/api/v1/tasks").json()["tasks"]) == 1
    assert (
        lead.request("DELETE", f"/api/v1/staff/{office.desk.worker}/absence", headers=ANY).status_code == 204
    )
    assert ann.get("/api/v1/tasks").json()["tasks"] == []


def test_an_absence_that_somebody_else_has_planned_is_not_undone_unseen(
    office: WebDesk, lead: Browser
) -> None:
    at, ann = f"/api/v1/staff/{office.desk.worker}/absence", office.desk.others["ann"]
    seen = {"If-Match": f'"{office.worker.get(at).json()["state"]}"'}
    ill = {"starts": day(office, 0), "cover": ann}
    planned = lead.put(at, json=ill, headers=seen)
    assert planned.status_code == 200, planned.text
    holiday = {"starts": day(office, 9), "until": day(office, 12)}
    assert office.worker.put(at, json=holiday, headers=seen).status_code == 412
    assert office.worker.request("DELETE", at, headers=seen).status_code == 412
    assert office.worker.put(at, json=holiday).status_code == 428
    assert office.worker.request("DELETE", at).status_code == 428
    now = office.worker.get(at).json()
    assert (now["cover_id"], now["state"]) == (ann, planned.json()["state"])
    tag = {"If-Match": f'"{now["state"]}"'}
    assert office.worker.request("DELETE", at, headers=tag).status_code == 204


def test_nobody_plans_the_absence_of_somebody_they_do_not_answer_for(office: WebDesk, lead: Browser) -> None:
    body = {"starts": day(office, 1)}
    ann = office.client(office.desk.others["ann"])
    assert ann.put(f"/api/v1/staff/{office.desk.worker}/absence", json=body, headers=ANY).status_code == 403
    stranger = office.desk.others["stranger"]
    assert lead.put(f"/api/v1/staff/{stranger}/absence", json=body, headers=ANY).status_code == 403
    assert lead.put("/api/v1/staff/nobody/absence", json=body, headers=ANY).status_code == 404
    wrong = {"starts": day(office, 2), "until": day(office, 1)}
    refused = office.worker.put("/api/v1/staff/me/absence", json=wrong, headers=ANY)
    assert [each["item"] for each in refused.json()["errors"]] == ["until"]


def test_a_leavers_work_is_shown_before_and_reported_after(office: WebDesk, lead: Browser) -> None:
    address, ann = f"/api/v1/staff/{office.desk.worker}", office.desk.others["ann"]
    shown = lead.get(f"{address}/work?to={ann}").json()
    assert (shown["own_cases"], shown["tasks"], shown["stays"], shown["hidden"]) == (1, 1, [], 0)
    done = lead.post(f"{address}/hand-on", json={"to": ann, "reason": "leaves us"}).json()
    assert [(each["to_name"], each["tasks"], each["own"]) for each in done["done"]] == [("Ann", 1, True)]
    assert done["next"] is None
    with office.desk.store.read() as session:
        assert session.get_one(Case, office.desk.case_id).worker_id == ann
    assert lead.get(f"{address}/work").json()["cases"] == 0


def test_a_sealed_case_that_one_may_not_see_stays_and_is_not_named(office: WebDesk, lead: Browser) -> None:
    with office.desk.store.write() as session:
        case = session.get_one(Case, office.desk.case_id)
        case.sealed = True
        session.add(case)
    address = f"/api/v1/staff/{office.desk.worker}"
    ann = office.desk.others["ann"]
    shown = lead.get(f"{address}/work?to={ann}").json()
    assert (shown["stays"], shown["hidden"]) == ([], 1)
    done = lead.post(f"{address}/hand-on", json={"to": ann, "reason": "leaves us"}).json()
    (told,) = done["done"]
    assert told["stays"] == "hidden"
    assert not any(told[each] for each in ("case", "number", "to", "to_name", "tasks", "own"))
    assert office.desk.task.assignee_id == office.desk.worker


def test_who_is_on_duty_is_planned_by_those_who_lead_and_seen_by_all(office: WebDesk, lead: Browser) -> None:
    body = {
        "rota": "duty_manager",
        "who": office.desk.others["dora"],
        "day": day(office, 0),
        "last": day(office, 1),
        "starts": "18:00",
        "until": "08:00",
    }
    assert office.worker.post("/api/v1/duty", json=body).status_code == 403
    made = lead.post("/api/v1/duty", json=body)
    assert made.status_code == 201, made.text
    (rota,) = [
        each for each in office.worker.get("/api/v1/duty").json()["rotas"] if each["rota"] == "duty_manager"
    ]
    assert [each["who"] for each in rota["duties"]] == ["Dora", "Dora"]
    assert lead.request("DELETE", f"/api/v1/duty/{made.json()['duties'][0]}").status_code == 204
    wrong = lead.post("/api/v1/duty", json={**body, "who": office.desk.others["ann"]})
    assert wrong.status_code == 403


def test_a_view_is_kept_shared_and_taken_away(office: WebDesk) -> None:
    ann = office.client(office.desk.others["ann"])
    body = {"name": "Late", "query": "due=overdue&page=3&nonsense=1", "group": "intake_team", "first": True}
    kept = office.worker.put("/api/v1/views", json=body).json()
    assert kept["query"] == "due=overdue&page=3"
    office.worker.put("/api/v1/views", json={"name": "Soon", "query": "due=soon", "first": True})
    mine = {each["name"]: each["first"] for each in office.worker.get("/api/v1/views").json()["views"]}
    assert mine == {"Late": False, "Soon": True}
    (theirs,) = ann.get("/api/v1/views").json()["views"]
    assert (theirs["name"], theirs["by"], theirs["first"]) == ("Late", "Worker", False)
    assert ann.request("DELETE", f"/api/v1/views/{kept['id']}").status_code == 403
    wrong = {"name": "Mine", "query": "", "group": "referral_team"}
    assert ann.put("/api/v1/views", json=wrong).status_code == 403
    assert office.worker.request("DELETE", f"/api/v1/views/{kept['id']}").status_code == 204
    assert ann.get("/api/v1/views").json()["views"] == []


def test_the_next_task_is_one_of_the_view(office: WebDesk) -> None:
    (shown,) = office.worker.get("/api/v1/tasks").json()["tasks"]
    there = office.worker.get("/next?status=requested")
    assert there.headers["location"] == f"/tasks/{shown['id']}?status=requested"
    assert office.worker.get("/next?due=overdue").headers["location"] == "/?due=overdue"


def test_how_one_hears_of_new_work_is_chosen(office: WebDesk) -> None:
    assert office.worker.get("/api/v1/notices").json()["wanted"] == "none"
    chosen = office.worker.put("/api/v1/notices", json={"wanted": "morning", "channel": "email"})
    assert chosen.json() == {"wanted": "morning", "channel": "email"}
    by_sms = {"wanted": "at_once", "channel": "sms"}
    assert office.worker.put("/api/v1/notices", json=by_sms).status_code == 422
