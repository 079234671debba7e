"""Lists that are taken away by the API: by whom, of which cases, and what the audit says of it."""

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select
from web_desk import WebDesk, open_web_desk, publish

from models import AuditEvent, BreakGlass, Case, Client, GroupRole, Role, StaffGroup


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_web_desk(boss="intake_team", dora="managers") as opened:
        publish(opened.desk)
        with opened.desk.store.write() as session:
            boss = StaffGroup.staff_id == opened.desk.others["boss"]
            session.exec(select(StaffGroup).where(boss)).one().role = GroupRole.SUPERVISOR
        yield opened


def add_case(office: WebDesk, number: str, name: str = "Eva", **fields: Any) -> str:
    now = office.desk.now
    client = Client(given_name=name, family_name="Synthetic", created_at=now)
    case = Case(number=number, client_id=client.id, received_at=now, created_at=now, **fields)
    with office.desk.store.write() as session:
        session.add_all([client, case])
    return case.id


def rows_of(content: bytes) -> list[list[str]]:
    """The rows of a CSV after its titles."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    return rows[rows.index([]) + 2 :]


def test_a_supervisor_takes_away_what_they_answer_for_and_it_is_written_down(office: WebDesk) -> None:
    boss = office.desk.others["boss"]
    add_case(office, "2026-100000", "=cmd()", team="intake_team")
    add_case(office, "2026-200000", team="referral_team")
    add_case(office, "2026-300000", team="intake_team", sealed=True)
    answer = office.client(boss, Role.SUPERVISOR).get("/api/v1/exports/cases")
    assert answer.status_code == 200, answer.text
    assert "attachment" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    found = {row[0]: row[1] for row in rows_of(answer.content)}
    assert "2026-200000" not in found
    assert "2026-300000" not in found
    assert found["2026-100000"] == "'=cmd() Synthetic"
    (written,) = (each for each in office.desk.rows(AuditEvent) if each.action == "export")
    assert (written.actor, written.record) == (boss, "Case")
    assert {"number", "client", "worker"} <= set(written.fields)
    assert written.reason is not None
    assert written.reason.startswith(f"{len(found)} rows as csv")
    assert "cmd" not in written.reason


def test_what_was_searched_for_is_not_written_down(office: WebDesk) -> None:
    boss = office.client(office.desk.others["boss"], Role.SUPERVISOR)
    assert boss.get("/api/v1/exports/cases?q=Marigold").status_code == 200
    (written,) = (each for each in office.desk.rows(AuditEvent) if each.action == "export")
    assert "a search" in (written.reason or "")
    assert "Marigold" not in (written.reason or "")


@pytest.mark.parametrize("what", ["cases", "tasks", "board"])
def test_a_caseworker_takes_nothing_away(office: WebDesk, what: str) -> None:
    assert office.worker.get(f"/api/v1/exports/{what}").status_code == 403
    assert [each for each in office.desk.rows(AuditEvent) if each.action == "export"] == []


def test_data_protection_takes_away_what_it_has_opened(office: WebDesk) -> None:
    dora, now = office.desk.others["dora"], office.desk.now
    opened = add_case(office, "2026-100000", team="intake_team")
    add_case(office, "2026-200000", team="intake_team")
    with office.desk.store.write() as session:
        session.add(
            BreakGlass(
                case_id=opened,
                staff_id=dora,
                reason="asked by the client",
                opened_at=now,
                expires_at=now + timedelta(hours=1),
            )
        )
    answer = office.client(dora, Role.DATA_PROTECTION).get("/api/v1/exports/cases")
    assert [row[0] for row in rows_of(answer.content)] == ["2026-100000"]


@pytest.mark.parametrize("what", ["cases", "tasks", "board"])
def test_each_list_is_had_as_a_workbook_too(office: WebDesk, what: str) -> None:
    boss = office.client(office.desk.others["boss"], Role.SUPERVISOR)
    answer = boss.get(f"/api/v1/exports/{what}?format=xlsx")
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert "xl/worksheets/sheet2.xml" in book.namelist()


def test_a_figure_of_the_board_is_taken_away_as_its_cases(office: WebDesk) -> None:
    boss = office.client(office.desk.others["boss"], Role.SUPERVISOR)
    add_case(office, "2026-100000", team="intake_team", risk_level="critical")
    answer = boss.get("/api/v1/exports/cases?figure=cases&key=/critical")
    assert [row[0] for row in rows_of(answer.content)] == ["2026-100000"]
    assert boss.get("/api/v1/exports/cases?figure=nothing").status_code == 422


def test_the_board_by_the_api_tells_its_figures_and_a_caseworker_has_none(office: WebDesk) -> None:
    boss = office.client(office.desk.others["boss"], Role.SUPERVISOR)
    add_case(office, "2026-100000", team="intake_team", risk_level="critical")
    answer = boss.get("/api/v1/board?days=28")
    assert answer.status_code == 200, answer.text
    assert sum(row["by_risk"]["critical"] for row in answer.json()["caseload"]["rows"]) == 1
    opened = boss.get("/api/v1/cases?figure=cases&key=/critical").json()["cases"]
    assert [each["number"] for each in opened] == ["2026-100000"]
    assert office.worker.get("/api/v1/board").status_code == 403
    assert boss.get("/api/v1/board?days=5").status_code == 422
