"""The chronology as it was asked for: significant or all, by kind, person and time, page by page."""

from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from account_world import MORNING
from databases import in_memory
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from models import Case, ChronologyEntry, Client, Staff
from tasks.history import Happening
from web.reading.case.chronology import KINDS, REST, Wanted, chronology, entries, entries_after


@pytest.fixture
def session() -> Iterator[Session]:
    with in_memory() as store, store.write() as opened:
        yield opened


@pytest.fixture
def case(session: Session) -> Case:
    client = Client(given_name="Synthetic", family_name="Client", created_at=MORNING)
    made = Case(number="2026-000001", client_id=client.id, received_at=MORNING, created_at=MORNING)
    session.add_all([client, made])
    session.flush()
    return made


def entry(
    session: Session,
    case: Case,
    day: int,
    kind: Happening = Happening.CASE_ALLOCATED,
    *,
    by: str = "system:intake",
    significant: bool = True,
    corrects: str | None = None,
    title: str = "",
) -> str:
    at = MORNING + timedelta(days=day)
    row = ChronologyEntry(
        case_id=case.id,
        happened_on=at.date(),
        recorded_at=at,
        kind=kind.value,
        title=title or f"{kind.value} {day}",
        significant=significant,
        source="step",
        corrects_id=corrects,
        by=by,
    )
    session.add(row)
    session.flush()
    return row.id


def titles(session: Session, case: Case, **wanted: object) -> list[str]:
    found = chronology(session, case, Wanted(**wanted))  # type: ignore[arg-type]
    return [each.title for each in found.entries]


def test_significant_by_default_the_latest_first_and_all_on_demand(session: Session, case: Case) -> None:
    for day in range(3):
        entry(session, case, day, title=f"day {day}", significant=day != 1)
    assert titles(session, case) == ["day 2", "day 0"]
    assert titles(session, case, everything=True, first=True) == ["day 0", "day 1", "day 2"]


def test_by_kind_by_person_and_by_day(session: Session, case: Case) -> None:
    staff = Staff(name="Ann", email="ann@office.example")
    session.add(staff)
    session.flush()
    entry(session, case, 0, title="opened")
    entry(session, case, 1, Happening.RISK_CHANGED, by=staff.id, title="risk")
    entry(session, case, 5, Happening.MESSAGE_FAILED, title="not sent")
    assert titles(session, case, kind="risk") == ["risk"]
    assert titles(session, case, kind=REST[0]) == ["opened"]
    assert titles(session, case, who=staff.id) == ["risk"]
    assert titles(session, case, since=date(2026, 3, 3), until=date(2026, 3, 6)) == ["risk"]
    assert dict(chronology(session, case, Wanted()).people) == {staff.id: "Ann"}


def test_a_correction_is_told_at_both_ends(session: Session, case: Case) -> None:
    wrong = entry(session, case, 0, title="Wrong")
    entry(session, case, 1, corrects=wrong, title="Right")
    right, was = chronology(session, case, Wanted()).entries
    assert (right.corrects, right.corrected, was.corrects, was.corrected) == ("Wrong", False, "", True)


def test_no_entry_is_lost_between_two_pages(session: Session, case: Case) -> None:
    for day in range(7):
        entry(session, case, day // 2, title=f"entry {day}")
    pages = [chronology(session, case, Wanted(page=page), size=3) for page in (1, 2, 3)]
    assert [each.more for each in pages] == [True, True, False]
    assert sorted(each.title for page in pages for each in page.entries) == [
        f"entry {day}" for day in range(7)
    ]


@pytest.mark.parametrize("first", [False, True])
def test_a_page_goes_on_behind_the_last_entry_whatever_has_come_since(
    session: Session, case: Case, first: bool
) -> None:
    for number in range(5):
        entry(session, case, number // 2, title=f"entry {number}")
    whole = titles(session, case, first=first)
    wanted, told, after = Wanted(first=first), [], None
    for _ in range(3):
        found = entries_after(session, case, wanted, after, size=2)
        assert found is not None
        told += [each.title for each in found[0]]
        after = found[1]
        entry(session, case, -1 if first else 20)
    assert (told, after) == (whole, None)
    assert entries_after(session, case, wanted, "nobody") is None


def test_every_kind_is_in_one_place_at_most() -> None:
    placed = [each for _, kinds in KINDS.values() for each in kinds]
    assert len(placed) == len(set(placed))


@given(
    st.dictionaries(
        st.sampled_from(["kind", "who", "since", "until", "all", "order", "page", "q"]),
        st.one_of(st.text(max_size=12), st.sampled_from(["risk", "1", "first", "2026-03-02", "rest", "0"])),
    )
)
def test_whatever_an_address_says_is_read_and_written_again_alike(query: dict[str, str]) -> None:
    wanted = Wanted.read(query)
    address = wanted.address("/cases/1/history", wanted.page)
    assert Wanted.read(dict(parse_qsl(urlsplit(address).query))) == wanted


def test_an_entry_is_corrected_whichever_page_its_correction_is_on(session: Session, case: Case) -> None:
    wrong = entry(session, case, 5, title="wrong")
    entry(session, case, 0, title="right", corrects=wrong)
    shown, more = entries(session, case, Wanted(everything=True), size=1)
    assert [(each.title, each.corrected) for each in shown] == [("wrong", True)]
    assert more
