"""From a new contact to an active case, through pages alone, in a real Chromium; the engine moves between."""

import re
from collections.abc import Iterator

import pytest
from account_world import GOOD
from playwright.sync_api import Browser, Page, expect
from web_house import IN_CHROMIUM, PATIENCE, House

pytestmark = IN_CHROMIUM


@pytest.fixture
def page(house: House, browser: Browser) -> Iterator[Page]:
    """Ann's, who has logged in by the form."""
    expect.set_options(timeout=PATIENCE)
    with browser.new_context(viewport={"width": 1280, "height": 860}) as context:
        context.set_default_timeout(PATIENCE)
        made = context.new_page()
        made.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
        made.goto(f"{house.address}/login?next=/contacts/new")
        made.get_by_label("Name or e-mail address").fill("ann")
        made.get_by_label("Password").fill(GOOD)
        made.get_by_role("button", name="Log in").click()
        yield made


def begin(page: Page, house: House) -> None:
    """Somebody asks for help who is not the one whom the department knows."""
    page.get_by_label("Given name").fill("Marigolda")
    page.get_by_label("Family name").fill("Testwell")
    page.get_by_label("Birth date").fill("1991-04-12")
    page.get_by_label("Telephone", exact=True).fill("212-555-0171")
    found = page.get_by_role("radiogroup", name="Is it one of these?")
    expect(found).to_contain_text("Same birth date; name differs by one letter.")
    page.get_by_label("What they need, in their words").fill("Nowhere to sleep")
    page.get_by_role("group", name="Is it safe to use this telephone number?").get_by_label(
        "Yes, they said so"
    ).check()
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("form .fault:visible")).to_contain_text("is known already")
    page.get_by_text("None of these: somebody new").click()
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("The case appears here as soon as it is opened.")).to_be_visible()
    house.move()
    page.get_by_role("link", name=re.compile(r"^\d{4}-\d{6}$")).click()
    expect(page.get_by_role("heading", name="Marigolda Testwell")).to_be_visible()


def assess(page: Page, house: House) -> None:
    """The appointment is booked, then the questions are answered."""
    page.get_by_role("link", name="Assign intake assessment task").first.click()
    page.get_by_label("When").fill("2027-12-08T09:00")
    page.get_by_label("Place").fill("Room 2")
    page.get_by_role("button", name="Book the appointment").click()
    expect(page.get_by_text("Wed 8 Dec 2027, 09:00").first).to_be_visible()
    house.move()
    for item, answer in (
        ("identity_verified", "Yes"),
        ("immediate_danger", "No"),
        ("housing", "Homeless"),
        ("health", "Good"),
        ("needs", "None of these"),
    ):
        place = page.locator(f'[data-item="findings.{item}"]')
        place.get_by_label(answer, exact=True).check()
    expect(page.locator(".saved")).to_have_attribute("data-state", "saved")
    page.get_by_role("button", name="Send the answers").click()
    expect(page.get_by_text("This is done.")).to_be_visible()
    house.move()


def plan(page: Page) -> None:
    """The client and Ann agree on a plan."""
    page.get_by_role("link", name="Plan", exact=True).click()
    page.get_by_role("link", name="Write the plan").click()
    page.get_by_label("What is to be different?").first.fill("Sleep under a roof")
    page.get_by_label("Which need does it answer?").first.select_option(index=1)
    page.get_by_label("By when?").first.fill("2028-03-01")
    page.get_by_label("By what is it measured?").first.fill("nights a week")
    page.get_by_label("What is to be reached?").first.fill("seven")
    page.get_by_label("The client", exact=True).check()
    page.get_by_label("We, who work on the case").check()
    page.get_by_role("button", name="Keep the plan").click()
    expect(page.get_by_role("heading", name="Plan, version 1")).to_be_visible()


def test_from_a_new_contact_to_an_active_case_through_pages_alone(house: House, page: Page) -> None:
    begin(page, house)
    case = page.url
    expect(page.locator(".levels")).to_contain_text("pending")
    assess(page, house)
    page.goto(case)
    expect(page.locator(".levels")).to_contain_text("risk high")
    plan(page)
    house.move()
    page.goto(case)
    expect(page.locator(".levels")).to_contain_text("active")
    page.get_by_role("link", name="People", exact=True).click()
    expect(page.get_by_text("Nowhere to sleep")).to_be_visible()
    expect(page.get_by_text("+1 212-555-0171").first).to_be_visible()
