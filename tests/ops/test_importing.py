"""Import of CSV folders: all or nothing, every bad row with its place, twice without harm."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from office import CLIENTS, CONTACTS, HOUSEHOLDS, INCOMES, SERVICES, STAFF, write_office
from sqlmodel import Session, func, select

from models import (
    AuditEvent,
    Client,
    ContactPoint,
    DateQuality,
    GroupRole,
    Household,
    HouseholdMember,
    Income,
    Involvement,
    InvolvementRole,
    Safety,
    Service,
    Staff,
    StaffGroup,
)
from ops.composition import Engine
from ops.importing import Imported, ImportRefusedError, import_folder, write_rejects

Cli = Callable[..., Any]
ALL = (Client, Household, HouseholdMember, Income, ContactPoint, Involvement, Service, Staff, StaffGroup)


def rows(engine: Engine) -> dict[str, int]:
    with engine.store.read() as session:
        return {table.__name__: session.exec(select(func.count()).select_from(table)).one() for table in ALL}


def problems(engine: Engine, folder: Path) -> list[str]:
    with pytest.raises(ImportRefusedError) as caught:
        import_folder(engine, folder)
    assert sum(rows(engine).values()) == 0
    return [str(each) for each in caught.value.problems]


def client(session: Session, reference: str) -> Client:
    return session.exec(select(Client).where(Client.reference == reference)).one()


def test_a_folder_becomes_records(engine: Engine, tmp_path: Path) -> None:
    done = import_folder(engine, write_office(tmp_path / "in"))
    assert done.total == sum(rows(engine).values())
    assert rows(engine) == {
        "Client": 2, "Household": 1, "HouseholdMember": 2, "Income": 1, "ContactPoint": 3, "Involvement": 1,
        "Service": 1, "Staff": 4, "StaffGroup": 5,
    }  # fmt: skip


def test_values_are_normalised_and_links_lead_to_records(engine: Engine, tmp_path: Path) -> None:
    import_folder(engine, write_office(tmp_path / "in"))
    with engine.store.read() as session:
        marigold = client(session, "C-1")
        guardian = session.exec(select(Involvement)).one()
        number = session.exec(select(ContactPoint).where(ContactPoint.involvement_id == guardian.id)).one()
        ann, vera = (
            session.exec(select(Staff).where(Staff.name == name)).one()
            for name in ("Ann Worker", "Vera Lead")
        )
        leads = select(StaffGroup).where(StaffGroup.staff_id == vera.id, StaffGroup.group == "intake_team")
        assert (guardian.client_id, guardian.role) == (marigold.id, InvolvementRole.GUARDIAN)
        assert (number.value, number.safe) == ("+12125550157", Safety.UNKNOWN)
        assert client(session, "C-2").date_of_birth_quality is DateQuality.DOESNT_KNOW
        assert ann.supervisor_id == vera.id
        assert session.exec(leads).one().role is GroupRole.SUPERVISOR
        assert session.exec(select(Service)).one().categories == ["food-insecurity", "homelessness"]


def test_the_second_import_of_the_same_folder_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    folder = write_office(tmp_path / "in")
    import_folder(engine, folder)
    before = rows(engine)
    again = import_folder(engine, folder)
    assert again.total == 0
    assert sum(again.present.values()) > 0
    assert rows(engine) == before


def test_what_was_recorded_since_is_not_put_back(engine: Engine, tmp_path: Path) -> None:
    folder = write_office(tmp_path / "in")
    import_folder(engine, folder)
    with engine.store.write() as session:
        point = session.exec(select(ContactPoint).where(ContactPoint.value == "+12125550101")).one()
        point.safe = Safety.NO
        session.add(point)
    import_folder(engine, folder)
    with engine.store.read() as session:
        found = session.exec(select(ContactPoint).where(ContactPoint.value == "+12125550101")).all()
        assert [each.safe for each in found] == [Safety.NO]


def test_equal_contacts_stay_as_many_as_they_are(engine: Engine, tmp_path: Path) -> None:
    twice = CONTACTS + "C-1,,,phone,(212) 555-0101,cell,no,unknown,no\n"
    for _ in range(2):
        import_folder(engine, write_office(tmp_path / "in", contacts=twice))
    with engine.store.read() as session:
        found = session.exec(select(ContactPoint).where(ContactPoint.value == "+12125550101")).all()
        assert len(found) == 2


def test_every_record_that_is_made_is_in_the_audit_without_values(engine: Engine, tmp_path: Path) -> None:
    done = import_folder(engine, write_office(tmp_path / "in"))
    with engine.store.read() as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.action == "create")).all()
    assert len(events) == done.total
    assert not any("Marigold" in str(each.model_dump()) for each in events)


def test_every_bad_row_is_told_with_file_line_column_and_reason(engine: Engine, tmp_path: Path) -> None:
    folder = write_office(
        tmp_path / "in",
        clients=CLIENTS + "C-3,Ada,,2999-01-01,full,en\nC-1,Again,Testwell,,doesnt_know,xx-nonsense\n",
        incomes=INCOMES + 'C-9,earned,1200,USD,monthly,\nC-1,earned,"1,200",USD,monthly,\n',
        contacts=CONTACTS + "C-3,,,phone,12,cell,no,yes,yes\n",
        staff=STAFF + "bob@example.org,Bob,,en,intake_tean,nobody@example.org,\n",
        services=SERVICES + "S-2,Org,Service,food-insecurty,en\n",
    )
    found = problems(engine, folder)
    assert "staff.csv:6: groups: there is no group `intake_tean`; did you mean intake_team?" in found
    assert any(each.startswith("staff.csv:6: supervisor: the member of staff") for each in found)
    assert (
        "services.csv:3: categories: there is no category `food-insecurty`; did you mean food-insecurity?"
        in found
    )
    assert "clients.csv:4: date_of_birth: lies in the future" in found
    assert any(each.startswith("clients.csv:4: family_name:") for each in found)
    assert "clients.csv:5: reference: `C-1` stands in line 2 too" in found
    assert "incomes.csv:3: client: the client `C-9` is neither in the files nor in the database" in found
    assert any(each.startswith("incomes.csv:4: amount:") for each in found)
    assert "contacts.csv:5: client: the client `C-3` was refused" in found


def test_reasons_do_not_repeat_what_was_typed(engine: Engine, tmp_path: Path) -> None:
    text = CONTACTS + "C-1,,,email,not an address of Marigold,,no,yes,yes\n"
    found = problems(engine, write_office(tmp_path / "in", contacts=text))
    assert len(found) == 1
    assert "Marigold" not in found[0]


def test_a_row_of_several_lines_is_placed_where_it_begins(engine: Engine, tmp_path: Path) -> None:
    text = SERVICES.replace("languages", "languages,description")
    text = text.replace("en; es", '"en; es","two\nlines"') + "S-2,Org,,food-insecurity,en,\n"
    found = problems(engine, write_office(tmp_path / "in", services=text))
    assert [each.split(" ")[0] for each in found] == ["services.csv:4:"]


def test_columns_are_checked_before_rows(engine: Engine, tmp_path: Path) -> None:
    text = CLIENTS.replace("given_name", "givenname").replace("language", "reference")
    found = problems(engine, write_office(tmp_path / "in", clients=text))
    assert "clients.csv:1: givenname: there is no such column; did you mean given_name?" in found
    assert "clients.csv:1: reference: the column stands twice; keep one" in found
    assert "clients.csv:1: given_name: the column is missing; add it" in found


def test_a_file_that_nothing_reads_is_told(engine: Engine, tmp_path: Path) -> None:
    folder = write_office(tmp_path / "in")
    (folder / "client.csv").write_text("x\n", encoding="utf-8")
    assert problems(engine, folder) == ["client.csv:1: no such file is imported; did you mean clients.csv?"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        ("reference,given_name,family_name\nC-1,J\xfcrgen,T\n".encode("latin-1"), "byte 6 is not UTF-8"),
        ("reference,given_name,family_name\n".encode("utf-16"), "UTF-16"),
        (b"reference,given_name,family_name\nC-1,A\0,B\n", "NUL"),
        (b'reference,given_name,family_name\nC-1,"A,B\n', "quotation marks"),
        (b"reference,given_name,family_name\nC-1,A,B,C\n", "the row has 4 cells, the heading has 3"),
        (b"\n\n", "the file is empty"),
    ],
)
def test_files_that_are_no_good_csv_are_told_with_a_place(
    engine: Engine, tmp_path: Path, content: bytes, says: str
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "clients.csv").write_bytes(content)
    found = problems(engine, tmp_path / "in")
    assert says in found[0]
    assert found[0].startswith("clients.csv:")


def test_a_byte_order_mark_semicolons_and_spaces_in_headings_are_read(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    text = "\ufeffReference; Given Name ;family_name\r\nC-1;Zoë;O’Test\r\n\r\n"
    (tmp_path / "in" / "clients.csv").write_bytes(text.encode("utf-8"))
    import_folder(engine, tmp_path / "in")
    with engine.store.read() as session:
        assert client(session, "C-1").given_name == "Zoë"


def test_formulas_and_markup_are_texts_and_nothing_else(engine: Engine, tmp_path: Path) -> None:
    nasty = ["=cmd|' /C calc'!A0", "<script>alert(1)</script>", "[bold]x[/bold]", "{{ 7*7 }}", "'=1+1"]
    lines = [f'C-{n},"{text}",T\n' for n, text in enumerate(nasty)]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "clients.csv").write_text("reference,given_name,family_name\n" + "".join(lines))
    import_folder(engine, tmp_path / "in")
    with engine.store.read() as session:
        kept = [client(session, f"C-{n}").given_name for n in range(len(nasty))]
    assert kept == [*nasty[:-1], "=1+1"]


@pytest.mark.parametrize("name", ["a\u202eb", "a\x07b"])
def test_characters_that_hide_something_are_refused(engine: Engine, tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "clients.csv").write_text(f"reference,given_name,family_name\nC-1,{name},T\n", "utf-8")
    assert problems(engine, tmp_path / "in")[0].startswith("clients.csv:2: given_name: has a c")


def test_a_household_has_one_head_and_one_name(engine: Engine, tmp_path: Path) -> None:
    text = HOUSEHOLDS + "H-1,Other,C-2,child,\nH-1,Testwell,C-2,self,\n"
    found = problems(engine, write_office(tmp_path / "in", households=text))
    assert "households.csv:4: name: the same household has another name in an earlier row" in found
    assert "households.csv:5: relation: the household has its head in line 2 already" in found


def test_a_merged_client_points_to_the_survivor(engine: Engine, tmp_path: Path) -> None:
    text = "reference,given_name,family_name,merged_into\nC-2,B,T,C-1\nC-1,A,T,\n"
    import_folder(engine, write_office(tmp_path / "in", clients=text))
    with engine.store.read() as session:
        assert client(session, "C-2").merged_into_id == client(session, "C-1").id


def test_clients_merged_in_a_ring_are_refused(engine: Engine, tmp_path: Path) -> None:
    text = "reference,given_name,family_name,merged_into\nC-2,B,T,C-1\nC-1,A,T,C-2\nC-3,A,T,C-3\n"
    found = problems(engine, write_office(tmp_path / "in", clients=text))
    assert any(each.startswith("clients.csv:2: merged_into:") for each in found)
    assert any(
        each.startswith("clients.csv:4: merged_into: leads back to the client itself") for each in found
    )


# -- skipping bad rows


def skipped(engine: Engine, tmp_path: Path) -> Imported:
    folder = write_office(
        tmp_path / "in",
        clients=CLIENTS + "C-3,=HYPERLINK(1),,,,\n",
        contacts=CONTACTS + "C-3,,,phone,+1 212-555-0103,cell,no,yes,yes\n",
    )
    return import_folder(engine, folder, skip_bad=True)


def test_bad_rows_and_what_names_them_are_left_out(engine: Engine, tmp_path: Path) -> None:
    done = skipped(engine, tmp_path)
    assert {(each.file, each.line) for each in done.problems} == {("clients.csv", 4), ("contacts.csv", 5)}
    assert rows(engine)["Client"] == 2
    assert rows(engine)["ContactPoint"] == 3


def test_a_row_whose_link_leads_nowhere_is_left_out_with_those_that_link_to_it(
    engine: Engine, tmp_path: Path
) -> None:
    text = "reference,given_name,family_name,merged_into\nC-1,A,T,C-2\nC-2,B,T,C-9\nC-3,C,T,\n"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "clients.csv").write_text(text, encoding="utf-8")
    done = import_folder(engine, tmp_path / "in", skip_bad=True)
    assert [each.line for each in done.problems] == [2, 3]
    assert rows(engine)["Client"] == 1


def test_rejects_can_be_corrected_and_imported(engine: Engine, tmp_path: Path) -> None:
    files = write_rejects(skipped(engine, tmp_path), tmp_path / "rejects")
    assert [file.name for file in files] == ["clients.csv", "contacts.csv"]
    with files[0].open(encoding="utf-8-sig", newline="") as opened:
        (row,) = csv.DictReader(opened)
    assert row["given_name"] == "'=HYPERLINK(1)"
    assert "family_name" in row["rejected_because"]
    text = files[0].read_text(encoding="utf-8-sig").replace("'=HYPERLINK(1),", "'=HYPERLINK(1),Testwell")
    files[0].write_text(text, encoding="utf-8")
    assert import_folder(engine, tmp_path / "rejects").total == 2
    with engine.store.read() as session:
        assert client(session, "C-3").given_name == "=HYPERLINK(1)"


# -- the command


def test_the_command_imports_and_counts(cli: Cli, tmp_path: Path) -> None:
    folder = write_office(tmp_path / "in")
    assert cli("import", folder).out == "20 records made, 0 there already.\n"
    again = cli("import", folder, "--json").json
    assert again["schema"] == "casewright/import/1"
    assert again["made"] == {}


def test_the_command_refuses_with_status_1_and_every_problem(cli: Cli, tmp_path: Path) -> None:
    folder = write_office(tmp_path / "in", incomes=INCOMES + "C-9,earned,1,USD,monthly,\n")
    said = cli("import", folder, ok=False)
    assert said.status == 1
    assert "1 problem, nothing was imported\nincomes.csv:3: client:" in said.err
    answer = cli("import", folder, "--json", ok=False)
    assert answer.json["problems"][0]["line"] == 3
    assert cli("import", folder, "--skip-bad").out.startswith("20 records made")


def test_a_folder_without_files_is_told(cli: Cli, tmp_path: Path) -> None:
    assert "there is no folder" in cli("import", tmp_path / "nowhere", ok=False).err
    assert "has no CSV file" in cli("import", tmp_path, ok=False).err
