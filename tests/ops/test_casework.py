"""Casework on the command line, without Prefect: from the import to the sixteenth step."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from office import ANSWERS, FOOD_BANK
from sqlmodel import col, select

from models import AuditEvent
from ops.composition import open_engine
from ops.settings import load_settings

pytestmark = pytest.mark.usefixtures("tuesday")

Cli = Callable[..., Any]
Write = Callable[[str, str], Path]
DIRECT = "--no-prefect"
STATES = {"completed", "skipped"}

FINDINGS = """\
identity_verified: "yes"
housing: homeless
health: good
needs: [food-insecurity]
consent: "yes"
"""
GOALS = """\
agreed_by: [client, worker]
goals:
  - specific: Find a room
    indicator: own room
    target: "1"
    need: homelessness
    due_on: 2026-06-30
"""


def start(office: Cli, *more: str) -> Any:
    return office("run", "intake", "-i", "client=C-1", "-i", "received_at=now", DIRECT, "--json", *more).json


def steps(page: Any) -> dict[str, str]:
    return {step["step"]: step["state"] for step in page["instances"][0]["steps"]}


def test_with_all_answers_the_intake_runs_to_its_end(office: Cli, write: Write) -> None:
    page = start(office, "--answers", str(write("answers.yaml", ANSWERS)))
    assert page["schema"] == "casewright/run/1"
    assert len(steps(page)) == 16
    assert set(steps(page).values()) == STATES
    assert page["instances"][0]["status"] == "completed"
    assert page["case"]["status"] == "active"
    assert [each["status"] for each in page["messages"]] == ["delivered"]
    assert Path(page["messages"][0]["file"]).is_file()
    assert page["visits"][0]["status"] == "planned"
    assert page["referrals"][0]["what"] == "food-insecurity"
    assert page["reports"]


def test_people_move_a_case_command_by_command(office: Cli, write: Write) -> None:
    case = start(office)["case"]["number"]
    (task,) = office("tasks", "--staff", "ann@example.org", "--json").json["tasks"]
    booked = office("book", task["id"], "--at", "2026-03-06T10:00", "--place", "Office", DIRECT)
    assert booked.out == "Booked: 2026-03-06 10:00, Office.\n"
    assert steps(office("show", case, "--json").json)["appointment_email"] == "completed"
    answered = office("answer", task["id"], "immediate_danger", "no", DIRECT)
    assert answered.out == "It counts at once.\n"
    assert steps(office("show", case, "--json").json)["safety_alert"] == "skipped"
    office("complete", task["id"], "--answers", write("findings.yaml", FINDINGS), DIRECT)
    (referral,) = office("tasks", "--group", "referral_team", "--json").json["tasks"]
    office("complete", referral["id"][-6:], "--answers", write("r.yaml", "service: S-FOOD\n"), DIRECT)
    assert office("plan", case, "--goals", write("goals.yaml", GOALS), DIRECT).out == "The plan is agreed.\n"
    page = office("show", case, "--json").json
    assert set(steps(page).values()) == STATES
    assert page["case"]["risk"] == "high"
    assert office("tasks").out == "No open tasks.\n"


def test_danger_is_told_at_once_and_show_says_why(office: Cli) -> None:
    case = start(office)["case"]["number"]
    (task,) = office("tasks", "--json").json["tasks"]
    office("book", task["id"], "--at", "2026-03-06T10:00", "--place", "Office", DIRECT)
    office("answer", task["id"], "immediate_danger", "yes", DIRECT)
    page = office("show", case, "--json").json
    sms = [each for each in page["messages"] if each["channel"] == "sms"]
    assert [(each["status"], each["priority"]) for each in sms] == [("delivered", "critical")]
    text = office("show", case, "-v").out
    assert "asked: findings.immediate_danger is yes" in text
    assert "findings.immediate danger" in text


def test_a_correction_needs_a_reason_and_runs_the_readers_again(office: Cli, write: Write) -> None:
    case = start(office)["case"]["number"]
    (task,) = office("tasks", "--json").json["tasks"]
    office("book", task["id"], "--at", "2026-03-06T10:00", "--place", "Office", DIRECT)
    answers = write("findings.yaml", FINDINGS + 'immediate_danger: "no"\n')
    office("complete", task["id"], "--answers", answers, DIRECT)
    assert office("show", case, "--json").json["case"]["risk"] == "high"
    refused = office("answer", task["id"], "immediate_danger", "doesnt_know", DIRECT, ok=False)
    assert "correct the answer with a reason" in refused.err
    office("answer", task["id"], "immediate_danger", "doesnt_know", "--reason", "misheard", DIRECT)
    assert office("show", case, "--json").json["case"]["risk"] == "critical"


def test_later_leaves_the_rest_to_tick(office: Cli) -> None:
    case = start(office)["case"]["number"]
    (task,) = office("tasks", "--json").json["tasks"]
    office("book", task["id"], "--at", "2026-03-06T10:00", "--place", "Office", "--later")
    assert steps(office("show", case, "--json").json)["appointment_email"] == "not started"
    ticked = office("tick", DIRECT, "--json").json
    assert ticked["passes"] > 0
    assert ticked["unsent_messages"] == 0
    assert steps(office("show", case, "--json").json)["appointment_email"] == "completed"


def test_the_same_key_starts_once(office: Cli) -> None:
    first = start(office, "--key", "monday")["instances"][0]["id"]
    assert start(office, "--key", "monday")["instances"][0]["id"] == first


def test_the_same_answers_twice_are_one_completion_and_others_a_conflict(office: Cli, write: Write) -> None:
    start(office)
    (task,) = office("tasks", "--json").json["tasks"]
    office("book", task["id"], "--at", "2026-03-06T10:00", "--place", "Office", DIRECT)
    answers = write("findings.yaml", FINDINGS + 'immediate_danger: "no"\n')
    assert office("complete", task["id"], "--answers", answers, DIRECT).out == "Completed.\n"
    again = office("complete", task["id"], "--answers", answers, "--later", "--json").json
    assert again["repeated"] is True
    other = write("other.yaml", FINDINGS + 'immediate_danger: "yes"\n')
    assert office("complete", task["id"], "--answers", other, "--later", ok=False).status == 1


def test_every_wrong_answer_is_named_by_its_item(office: Cli, write: Write) -> None:
    start(office)
    (task,) = office("tasks", "--json").json["tasks"]
    office("book", task["id"], "--at", "2026-03-06T10:00", "--place", "Office", DIRECT)
    said = office(
        "complete", task["id"], "--answers", write("a.yaml", "housing: castle\nhelth: good\n"), ok=False
    )
    assert said.status == 1
    for part in ("housing: the answer is one of", "helth: the form has no such item; did you mean `health`?"):
        assert part in said.err


def test_the_form_of_a_task_is_shown_with_what_it_takes(office: Cli) -> None:
    start(office)
    (task,) = office("tasks", "--json").json["tasks"]
    office("book", task["id"], "--at", "2026-03-06T10:00", "--place", "Office", DIRECT)
    text = office("tasks", task["id"]).out
    assert "stable, at_risk, homeless (required)" in text
    items = office("tasks", task["id"], "--json").json["items"]
    assert [item["id"] for item in items][:2] == ["identity_verified", "immediate_danger"]


def test_looking_leaves_a_trace(office: Cli) -> None:
    case = start(office)["case"]["number"]
    office("show", case)
    office("tasks")
    with open_engine(load_settings()) as engine, engine.store.read() as session:
        shown = select(AuditEvent).where(col(AuditEvent.reason) == "shown on the command line")
        acts = [(each.action, each.record) for each in session.exec(shown.order_by(col(AuditEvent.at)))]
    assert acts == [("read", "Case"), ("read", "Case"), ("search", "HumanTask")]


def test_a_process_of_ones_own_runs_from_its_file(office: Cli, write: Write) -> None:
    file = write("food-bank.yaml", FOOD_BANK)
    page = office("run", file, "-i", "client=C-1", DIRECT, "--json").json
    assert steps(page) == {"profile": "completed", "parcel": "waiting"}
    (task,) = office("tasks", "--group", "referral_team", "--json").json["tasks"]
    office("complete", task["id"], "--answers", write("a.yaml", 'collected: "yes"\n'), DIRECT)
    page = office("show", page["instances"][0]["id"], "--json").json
    assert page["instances"][0]["status"] == "completed"
    assert page["case"] is None


def test_a_faulty_process_is_not_started(office: Cli, write: Write) -> None:
    said = office(
        "run", write("f.yaml", FOOD_BANK.replace("owner: intake_team", "owner: nobody")), DIRECT, ok=False
    )
    assert said.status == 1
    assert "CW605" in said.err


def test_processes_of_the_department_are_known_by_name(
    office: Cli, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEWRIGHT_DEFINITIONS", str(write("own/food-bank.yaml", FOOD_BANK).parent))
    page = office("run", "food-bank", "-i", "client=C-1", DIRECT, "--json").json
    assert page["instances"][0]["version"] == 1


def test_an_incident_is_tried_again_when_a_person_says_so(office: Cli, write: Write) -> None:
    by_number = FOOD_BANK.replace(
        "client: {type: Client, title: Client}", "number: {type: text, title: Number}"
    )
    by_number = by_number.replace("id: = inputs.client.id", "reference: = inputs.number")
    page = office("run", write("f.yaml", by_number), "-i", "number=C-7", DIRECT, "--json").json
    assert steps(page)["profile"] == "incident"
    (task,) = [each for each in page["tasks"] if each["kind"] == "incident"]
    write("more/clients.csv", "reference,given_name,family_name\nC-7,Seven,Test\n")
    office("import", Path(str(write("more/x", ""))).parent)
    assert office("retry", task["id"], DIRECT).out == "It is tried again.\n"
    page = office("show", page["instances"][0]["id"], "--json").json
    assert steps(page) == {"profile": "completed", "parcel": "waiting"}


def test_the_report_of_the_month_has_figures_with_cases_behind_them(office: Cli, write: Write) -> None:
    case = start(office, "--answers", str(write("answers.yaml", ANSWERS)))["case"]["number"]
    (report,) = office("report", "--team", "intake_team", "--month", "2026-03", "--json").json["reports"]
    assert report["body"]["caseload"]["active_at_end"] == {"count": 1, "cases": [case]}
    assert f"Active at the end: 1 ({case})" in office("report").out


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (("run", "intake"), "needs the input"),
        (("run", "intake", "-i", "client=C-1", "-i", "client=C-2"), "given twice"),
        (("run", "intake", "-i", "client"), "write --input name=value"),
        (("run", "intake", "-i", "client=C-9", "-i", "received_at=now"), "there is no Client `C-9`"),
        (("run", "intake", "-i", "client=C-1", "-i", "received_at=yesterday"), "is not a date and time"),
        (("run", "intake", "-i", "clint=C-1", "-i", "received_at=now"), "no input clint"),
        (("run", "intaek"), "did you mean intake?"),
        (("show", "2026-999999"), "there is no case"),
        (("tasks", "--group", "intake_tean"), "did you mean intake_team?"),
        (("tasks", "--staff", "nobody@example.org"), "there is no member of staff"),
        (("book", "01J00000000000000000000000", "--at", "2026-03-06T10:00"), "there is no task"),
        (("retry", "nonsense"), "there is no task"),
        (("report", "--month", "March"), "write it as 2026-03"),
        (("tick", "--every", "soon"), "write 5s, 1m or 1h"),
    ],
)
def test_what_does_not_fit_is_told_in_one_line(office: Cli, command: tuple[str, ...], says: str) -> None:
    said = office(*command, ok=False)
    assert said.status == 1
    assert says in said.err
    assert said.err.count("\n") == 1


def test_an_appointment_at_no_good_time_is_refused(office: Cli) -> None:
    start(office)
    (task,) = office("tasks", "--json").json["tasks"]
    for moment, says in {
        "2026-03-01T10:00": "lies in the future",
        "2026-03-08T02:30": "change of the clocks",
        "2026-03-06": "no time of day",
        "next week": "is not a date and time",
    }.items():
        assert says in office("book", task["id"], "--at", moment, "--place", "Office", ok=False).err


def test_booking_asks_what_the_form_of_the_page_asks(office: Cli) -> None:
    start(office)
    (task,) = office("tasks", "--staff", "ann@example.org", "--json").json["tasks"]
    meeting = (
        "book",
        task["id"],
        "--place",
        "At home",
        "--how",
        "home",
        "--by",
        "ann@example.org",
        "--later",
    )
    alone = ("--known-to", "Vera", "--check-in", "11:30")
    refused = office(*meeting, "--at", "2026-03-07T10:00", ok=False).err
    assert "this time is taken" in refused
    assert "--despite" in refused
    booked = office(
        *meeting, *alone, "--at", "2026-03-06T10:00", "--interpreter", "es", "--along", "An aunt", "--json"
    ).json
    told = {name: booked[name] for name in ("kind", "interpreter", "along", "known_to", "check_in_at")}
    assert told == {
        "kind": "home",
        "interpreter": "es",
        "along": "An aunt",
        "known_to": "Vera",
        "check_in_at": "2026-03-06T11:30:00-05:00",
    }
    moved = office(*meeting, "--at", "2026-03-07T10:00", "--despite", "--along", "", "--json").json
    assert (moved["appointment"], moved["along"], moved["interpreter"]) == (booked["appointment"], None, "es")
    assert "has not begun" in office("attend", task["id"], ok=False).err
    off = office("unbook", task["id"], "--reason", "Ill", "--by", "ann@example.org", "--later", "--json").json
    assert (off["appointment"], off["status"]) == (booked["appointment"], "cancelled")
    again = office(*meeting, "--at", "2026-03-06T10:00", "--json").json
    assert again["appointment"] == booked["appointment"]


def test_a_plan_that_nobody_agreed_to_is_proposed(office: Cli, write: Write) -> None:
    case = start(office)["case"]["number"]
    goals = write("goals.yaml", GOALS.replace("agreed_by: [client, worker]\n", ""))
    assert office("plan", case, "--goals", goals, "--later").out == "The plan is proposed.\n"
    wrong = write("wrong.yaml", GOALS.replace("due_on: 2026-06-30", "due: soon"))
    said = office("plan", case, "--goals", wrong, ok=False)
    assert "`goals.0.due_on`" in said.err
    assert "`goals.0.due`" in said.err


def test_a_proposal_of_somebody_else_is_replaced_only_where_that_is_said(office: Cli, write: Write) -> None:
    case = start(office)["case"]["number"]
    text = GOALS.replace("agreed_by: [client, worker]\n", "")
    goals = write("goals.yaml", text)
    other = write("other.yaml", text.replace("Find a room", "Keep the room"))
    again = write("again.yaml", text.replace("Find a room", "Share a room"))
    ann, vera = ("--by", "ann@example.org", "--later"), ("--by", "vera@example.org", "--later")
    office("plan", case, "--goals", goals, *ann)
    office("plan", case, "--goals", goals, *vera)  # the same plan changes nothing
    for who in (vera, ("--later",)):
        refused = office("plan", case, "--goals", other, *who, ok=False)
        assert refused.status == 1
        assert "Ann Worker proposed a plan with 1 goal on 2026-03-03 10:00" in refused.err
        assert "--replace" in refused.err
    assert office("plan", case, "--goals", other, *ann).out == "The plan is proposed.\n"
    assert office("plan", case, "--goals", again, *vera, "--replace").out == "The plan is proposed.\n"
    nameless = write("nameless.yaml", text.replace("Find a room", "Paint the room"))
    agreed = write("agreed.yaml", GOALS)
    office("plan", case, "--goals", nameless, "--replace", "--later")
    assert "Somebody on the command line" in office("plan", case, "--goals", agreed, *ann, ok=False).err
    assert office("plan", case, "--goals", agreed, *ann, "--replace").out == "The plan is agreed.\n"


def test_a_bad_answers_file_is_refused_with_its_place_before_anything_starts(
    office: Cli, write: Write
) -> None:
    file = write("answers.yaml", "findings:\n  answers: {housing: a, housing: b}\n")
    said = office("run", "intake", "-i", "client=C-1", "-i", "received_at=now", "--answers", file, ok=False)
    assert f"{file}:2:" in said.err
    assert office("tasks").out == "No open tasks.\n"
