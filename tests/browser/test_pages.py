"""The pages in a real Chromium: logging in, a task from beginning to end, a connection that is lost.

The tests of this module follow one client through the pages and build on each other, in their order.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from account_world import GOOD
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import select
from web_house import IN_CHROMIUM, PATIENCE, House

from flows.inbox import PlannedGoal, record_plan
from models import Client, Staff, TaskStatus

pytestmark = IN_CHROMIUM
TABS = (
    *(
        "people",
        "process",
        "plan",
        "plan/new",
        "notes",
        "visits",
        "history",
        "history/print",
        "messages",
        "readers",
    ),
    *("start", "hold", "close"),
)
DESK, PHONE = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def session(house: House, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cookies of Ann, who has logged in by the form."""
    file = tmp_path_factory.mktemp("session") / "state.json"
    with browser.new_context(viewport=DESK) as context:
        page = opened(context)
        page.goto(f"{house.address}/cases")
        page.get_by_label("Name or e-mail address").fill("ann")
        page.get_by_label("Password").fill("not this one")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_contain_text("do not go together")
        page.get_by_label("Password").fill(GOOD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Cases")).to_be_visible()
        context.storage_state(path=file)
    return file


@pytest.fixture
def context(browser: Browser, session: Path) -> Iterator[BrowserContext]:
    with browser.new_context(viewport=DESK, storage_state=session) as made:
        made.set_default_timeout(PATIENCE)
        yield made


@pytest.fixture(autouse=True)
def patient() -> None:
    expect.set_options(timeout=PATIENCE)


def opened(context: BrowserContext) -> Page:
    """A page that fails the test when a script of it does."""
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
    return page


def address_of(house: House) -> str:
    """Where the task of the intake is."""
    (task,) = house.tasks(step="assessment")
    return f"{house.address}/tasks/{task.id}"


def test_new_work_appears_in_the_inbox_and_its_appointment_is_booked(
    house: House, context: BrowserContext
) -> None:
    page = opened(context)
    page.goto(house.address)
    page.get_by_role("link", name="Open Assign intake assessment task").click()
    expect(page.get_by_role("heading", name="Appointment")).to_be_visible()
    page.get_by_label("When").fill("2027-12-01T09:00")
    page.get_by_label("Place").fill("Room 2")
    page.get_by_role("button", name="Book the appointment").click()
    expect(page.get_by_text("Wed 1 Dec 2027, 09:00")).to_be_visible()
    house.move()
    expect(page.get_by_text("Is anyone in immediate danger?")).to_be_visible()


def test_a_lost_connection_loses_nothing(house: House, context: BrowserContext) -> None:
    page = opened(context)
    page.goto(address_of(house))
    item = page.locator('[data-item="findings.identity_verified"]')
    saved = page.locator(".saved")
    expect(saved).to_have_attribute("data-state", "still")
    expect(saved).to_be_empty()
    context.set_offline(True)
    item.get_by_label("Yes").check()
    page.locator('[data-item="findings.health"]').get_by_label("Good").check()
    expect(saved).to_contain_text("kept in this browser")
    page.close()
    context.set_offline(False)
    again = opened(context)
    again.goto(address_of(house))
    expect(again.locator('[data-item="findings.identity_verified"]').get_by_label("Yes")).to_be_checked()
    expect(again.locator('[data-item="findings.health"]').get_by_label("Good")).to_be_checked()
    expect(again.locator(".saved")).to_have_attribute("data-state", "saved")
    again.locator('[data-item="findings.housing"]').get_by_label("Stable").check()
    expect(again.locator(".saved")).to_have_attribute("data-state", "saved")
    again.reload()
    expect(again.locator('[data-item="findings.housing"]').get_by_label("Stable")).to_be_checked()


def test_a_session_that_ended_says_so_with_the_way_back(house: House, context: BrowserContext) -> None:
    page = opened(context)
    page.goto(address_of(house))
    expect(page.locator(".saved")).to_have_attribute("data-state", "still")
    context.clear_cookies()
    page.get_by_label("Comment").fill("Said on the phone")
    page.get_by_role("button", name="Add the comment").click()
    fault = page.get_by_role("alert").filter(has_text="Your session has ended")
    expect(fault).to_contain_text("What you typed is still here")
    beside = fault.get_by_role("link", name="Log in again in a new tab")
    expect(beside).to_have_attribute("target", "_blank")
    page.locator('[data-item="findings.health"]').get_by_label("Long-term condition").check()
    page.locator(".saved").get_by_role("link", name="Log in again").click()
    page.get_by_label("Name or e-mail address").fill("ann")
    page.get_by_label("Password").fill(GOOD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(address_of(house))
    expect(page.locator('[data-item="findings.health"]').get_by_label("Long-term condition")).to_be_checked()
    expect(page.locator(".saved")).to_have_attribute("data-state", "saved")


def test_questions_come_and_go_and_what_is_missing_is_said_at_its_place(
    house: House, context: BrowserContext
) -> None:
    page = opened(context)
    page.goto(address_of(house))
    consent = page.locator('[data-item="findings.consent"]')
    needs = page.locator('[data-item="findings.needs"]')
    needs.get_by_label("None of these").check()
    expect(consent).to_be_hidden()
    needs.get_by_label("Food").check()
    expect(consent).to_be_visible()
    page.get_by_role("button", name="Send the answers").click()
    fault = page.locator('[data-item="findings.immediate_danger"] .fault')
    expect(fault).to_contain_text("An answer is required")
    expect(page.locator('[data-item="findings.immediate_danger"] input').first).to_be_focused()


def test_an_answer_that_acts_says_that_it_counts(house: House, context: BrowserContext) -> None:
    page = opened(context)
    page.goto(address_of(house))
    danger = page.locator('[data-item="findings.immediate_danger"]')
    expect(danger).to_contain_text("Counts as soon as you answer")
    danger.get_by_label("No", exact=True).check()
    expect(danger).to_contain_text("This answer counts since")


def test_two_people_in_one_form_are_told_of_each_other(
    house: House, browser: Browser, context: BrowserContext
) -> None:
    mine = opened(context)
    mine.goto(address_of(house))
    expect(mine.locator(".saved")).to_have_attribute("data-state", "still")
    with browser.new_context(viewport=DESK) as other:
        theirs = opened(other)
        theirs.goto(f"{house.address}/login?next={address_of(house).removeprefix(house.address)}")
        theirs.get_by_label("Name or e-mail address").fill("vera")
        theirs.get_by_label("Password").fill(GOOD)
        theirs.get_by_role("button", name="Log in").click()
        expect(theirs.get_by_text("Ann Worker has this task open too")).to_be_visible()
        theirs.locator('[data-item="findings.housing"]').get_by_label("Homeless").check()
        expect(theirs.locator(".saved")).to_have_attribute("data-state", "saved")
    housing = mine.locator('[data-item="findings.housing"]')
    housing.get_by_label("At risk of losing it").check()
    expect(housing).to_contain_text("Vera Lead has answered this meanwhile")
    housing.get_by_role("button", name="Take theirs").click()
    expect(housing.get_by_label("Homeless")).to_be_checked()


def test_a_note_that_was_left_is_there_again_and_is_signed_once(
    house: House, context: BrowserContext
) -> None:
    (task,) = house.tasks(step="assessment")
    notes = f"{house.address}/cases/{task.case_id}/notes"
    page = opened(context)
    page.goto(notes)
    page.get_by_role("link", name="Write a note").click()
    page.get_by_label("In a few words").fill("A call <b>about</b> the flat")
    page.get_by_label("What happened?").fill("First line\n=1+1")
    page.close()
    again = opened(context)
    again.goto(notes)
    expect(again.get_by_label("What happened?")).to_have_value("First line\n=1+1")
    again.get_by_label("The client was seen").check()
    again.get_by_role("button", name="Sign and keep").dblclick()
    expect(again.get_by_role("heading", name="A call <b>about</b> the flat")).to_have_count(1)
    expect(again.get_by_text("draft, not signed")).to_have_count(0)
    expect(again.get_by_label("What happened?")).to_have_value("")


def plan_written(page: Page, different: str) -> None:
    """The form of a plan with one goal."""
    page.get_by_label("What is to be different?").fill(different)
    page.get_by_label("Which need does it answer?").select_option(index=1)
    page.get_by_label("By when?").fill("2030-01-01")
    page.get_by_label("By what is it measured?").fill("A lease")
    page.get_by_label("What is to be reached?").fill("Signed")


def test_a_plan_that_was_written_meanwhile_is_looked_at_before_another_takes_its_place(
    house: House, context: BrowserContext
) -> None:
    (task,) = house.tasks(step="assessment")
    case = f"{house.address}/cases/{task.case_id}"
    first, second = opened(context), opened(context)
    for page in (first, second):
        page.goto(f"{case}/plan/new")
    plan_written(first, "A room of her own")
    plan_written(second, "W" * 200)
    first.get_by_role("button", name="Keep the plan").click()
    expect(first.get_by_role("heading", name="1. A room of her own")).to_be_visible()
    second.get_by_role("button", name="Keep the plan").click()
    expect(second.get_by_role("alert")).to_contain_text("Somebody has changed the plan")
    second.get_by_role("button", name="Keep the plan").click()
    expect(second.get_by_role("alert")).to_contain_text("Somebody has changed the plan")
    with context.expect_page() as looking:
        second.get_by_role("link", name="Look at the plan as it is now").click()
    expect(looking.value.get_by_role("heading", name="1. A room of her own")).to_be_visible()
    expect(second.get_by_label("What is to be different?")).to_have_value("W" * 200)
    second.get_by_role("button", name="Keep the plan").click()
    expect(second.get_by_role("heading", name="1. WWW")).to_be_visible()


def test_the_form_of_a_plan_says_whose_proposal_it_begins_from(house: House, context: BrowserContext) -> None:
    (task,) = house.tasks(step="assessment")
    page = opened(context)
    page.goto(f"{house.address}/cases/{task.case_id}/plan/new")
    expect(page.get_by_label("What is to be different?")).to_have_value("W" * 200)
    expect(page.get_by_text("This begins from what")).to_have_count(0)
    goal = PlannedGoal("W" * 200, "Keys handed over", "Signed", "homelessness", date(2030, 1, 1))
    with house.engine() as engine:
        with engine.store.read() as reading:
            vera = reading.exec(select(Staff.id).where(Staff.name == "Vera Lead")).one()
        now = engine.runtime.clock()
        record_plan(engine.store, str(task.case_id), [goal], agreed_by=(), by=vera, now=now)
    page.reload()
    expect(page.get_by_text("This begins from what Vera Lead proposed on")).to_be_visible()


@contextmanager
def named(house: House, family_name: str) -> Iterator[None]:
    """The clients have this name for the block."""

    def given(names: Mapping[str, str]) -> dict[str, str]:
        with house.engine() as engine, engine.store.write() as session:
            clients = session.exec(select(Client)).all()
            before = {each.id: each.family_name for each in clients}
            for each in clients:
                each.family_name = names.get(each.id, family_name)
            return before

    before = given({})
    try:
        yield
    finally:
        given(before)


@pytest.mark.parametrize(
    ("width", "scheme"), [(DESK, "light"), (PHONE, "dark")], ids=["desk, light", "phone, dark"]
)
def test_no_page_has_a_serious_barrier_or_is_wider_than_the_screen(
    house: House, browser: Browser, session: Path, width: dict[str, int], scheme: str
) -> None:
    (task,) = house.tasks(step="assessment")
    case = f"/cases/{task.case_id}"
    tabs = [f"{case}/{each}" for each in TABS]
    lists = ("/", "/week", "/cases", "/contacts/new", "/contacts")
    places = (*lists, f"/tasks/{task.id}", case, *tabs, "/login?out=1", "/nothing-here")
    context = browser.new_context(viewport=width, color_scheme=scheme, storage_state=session)
    with named(house, "W" * 200), context:
        page = opened(context)
        for place in places:
            if place.startswith("/login"):
                context.clear_cookies()
            page.goto(house.address + place)
            expect(page.locator("h1")).to_be_visible()
            found = Axe().run(page).response["violations"]
            bad = [each for each in found if each["impact"] in ("serious", "critical")]
            assert [(each["id"], each["nodes"][0]["html"][:200]) for each in bad] == [], place
            assert page.evaluate("document.documentElement.scrollWidth") <= width["width"], place


def test_the_form_is_sent_once_and_the_case_says_what_came_of_it(
    house: House, context: BrowserContext
) -> None:
    page = opened(context)
    page.goto(address_of(house))
    page.locator('[data-item="findings.consent"]').get_by_label("Given", exact=True).check()
    expect(page.locator(".saved")).to_have_attribute("data-state", "saved")
    page.get_by_role("button", name="Send the answers").dblclick()
    expect(page.get_by_text("This is done.")).to_be_visible()
    (task,) = house.tasks(step="assessment")
    assert task.status is TaskStatus.COMPLETED
    house.move()
    page.goto(f"{house.address}/cases/{task.case_id}")
    expect(page.get_by_role("heading", name="Marigold Testwell")).to_be_visible()
    expect(page.get_by_role("heading", name="Calculate vulnerability score")).to_be_visible()
    page.get_by_role("link", name="Process", exact=True).click()
    expect(page.get_by_role("heading", name="Social work intake")).to_be_visible()
    steps = page.locator(".steps > li")
    assert steps.count() == 16


def test_an_answer_that_was_sent_is_corrected_after_seeing_what_that_changes(
    house: House, context: BrowserContext
) -> None:
    page = opened(context)
    page.goto(address_of(house))
    page.get_by_role("link", name="Correct the answer to: Housing").click()
    send = page.get_by_role("button", name="Correct the answer")
    expect(send).to_be_disabled()
    page.get_by_label("Stable").check()
    page.get_by_role("button", name="See what this would change").click()
    changes = page.locator("[data-preview]")
    expect(changes).to_contain_text("Calculate vulnerability score")
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    send.click()
    expect(page.get_by_text("Please say why")).to_be_visible()
    page.get_by_label("Reason for the correction").fill("It was the wrong box")
    send.click()
    expect(page.get_by_text("Homeless → Stable")).to_be_visible()
    page.get_by_role("link", name="Print the answers").click()
    expect(page.get_by_role("heading", name="Housing")).to_be_visible()


def test_a_supervisor_opens_a_figure_of_the_board_and_takes_its_list_away(
    house: House, browser: Browser
) -> None:
    with browser.new_context(viewport=PHONE, color_scheme="dark") as context:
        context.set_default_timeout(PATIENCE)
        page = opened(context)
        page.goto(f"{house.address}/login?next=/board")
        page.get_by_label("Name or e-mail address").fill("vera")
        page.get_by_label("Password").fill(GOOD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="Caseload")).to_be_visible()
        found = Axe().run(page).response["violations"]
        bad = [each for each in found if each["impact"] in ("serious", "critical")]
        assert [(each["id"], each["nodes"][0]["html"][:200]) for each in bad] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        figure = page.get_by_role("link", name=re.compile(r"^\d+ open cases$")).first
        said = int(figure.inner_text().split()[0])
        figure.click()
        expect(page.get_by_text("open cases, the newest first")).to_be_visible()
        assert page.locator("table.cases tbody tr").count() == said
        with page.expect_download() as taken:
            page.get_by_role("link", name="Excel").click()
        assert taken.value.suggested_filename.endswith(".xlsx")


def test_the_inbox_says_that_one_is_away_until_one_is_back(house: House, context: BrowserContext) -> None:
    page = opened(context)
    page.goto(f"{house.address}/away")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("You are away now")).to_be_visible()
    page.goto(house.address)
    expect(page.get_by_text("You are away: nobody covers")).to_be_visible()
    page.get_by_role("link", name="Change it, or say that you are back").click()
    page.get_by_role("button", name="I am back").click()
    expect(page.get_by_text("You are away now")).to_be_hidden()
    page.goto(house.address)
    expect(page.get_by_role("heading", name="Inbox")).to_be_visible()
    expect(page.get_by_text("You are away")).to_be_hidden()
