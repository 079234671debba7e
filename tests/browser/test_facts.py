"""What people write down as a case goes, in a real Chromium: what a service says, who the client is, until
when something has to be done.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from account_world import GOOD
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from web_house import IN_CHROMIUM, PATIENCE, House

from models import Case, HumanTask, Referral, Service

pytestmark = IN_CHROMIUM
PHONE = {"width": 390, "height": 844}


@contextmanager
def entered(house: House, browser: Browser, login: str, place: str) -> Iterator[Page]:
    """Somebody's page on a phone, after the login."""
    expect.set_options(timeout=PATIENCE)
    with browser.new_context(viewport=PHONE) as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
        page.goto(f"{house.address}/login?next={place}")
        page.get_by_label("Name or e-mail address").fill(login)
        page.get_by_label("Password").fill(GOOD)
        page.get_by_role("button", name="Log in").click()
        yield page


@pytest.fixture(scope="module")
def task(house: House) -> HumanTask:
    """Ann's task, in whose case a service was asked that has not answered in time."""
    (found,) = house.tasks(step="assessment")
    with house.engine() as engine, engine.store.write() as session:
        now = engine.runtime.clock()
        service = Service(organization="Example", name="Example Pantry", created_at=now)
        session.add(service)
        session.flush()
        asked = now - timedelta(days=9)
        session.add(
            Referral(
                case_id=found.case_id,
                client_id=session.get_one(Case, found.case_id).client_id,
                service_id=service.id,
                category="food-insecurity",
                override_reason="for the test",
                override_by=found.assignee_id,
                requested_at=asked,
                respond_by=asked + timedelta(days=5),
            )
        )
    return found


def fine(page: Page) -> None:
    """The page has no serious barrier and is not wider than the screen."""
    found = Axe().run(page).response["violations"]
    bad = [each for each in found if each["impact"] in ("serious", "critical")]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in bad] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_what_a_service_says_is_recorded_on_the_page_of_the_case(
    house: House, browser: Browser, task: HumanTask
) -> None:
    with entered(house, browser, "ann", f"/cases/{task.case_id}") as page:
        card = page.get_by_role("region", name="Referrals")
        expect(card.get_by_text("no answer since")).to_be_visible()
        card.get_by_text("What does the service say?").click()
        card.get_by_label("Example Pantry", exact=True).select_option(label="declines")
        expect(card.get_by_label("Why?")).to_be_visible()
        card.get_by_label("Example Pantry", exact=True).select_option(label="takes the referral on")
        expect(card.get_by_label("Why?")).to_be_hidden()
        card.get_by_label("Appointment there").fill("2027-12-08T09:00")
        fine(page)
        card.get_by_role("button", name="Keep it").click()
        expect(card.get_by_text("accepted", exact=True)).to_be_visible()
        expect(card.get_by_text("Wed 8 Dec 2027, 09:00")).to_be_visible()
        card.get_by_text("What has become of it?").click()
        card.get_by_label("Example Pantry", exact=True).select_option(label="has done its part")
        card.get_by_label("What came of it").select_option(label="Enrolled")
        card.get_by_label("A word about it").fill("Three <b>meals</b> a week")
        card.get_by_role("button", name="Keep it").click()
        expect(card.get_by_text("Three <b>meals</b> a week")).to_be_visible()
        expect(card.get_by_text("What has become of it?")).to_have_count(0)


def test_what_is_known_of_the_client_is_corrected_and_nobody_writes_over_it(
    house: House, browser: Browser, task: HumanTask
) -> None:
    place = f"/cases/{task.case_id}/people"
    with entered(house, browser, "ann", place) as page:
        late = page.context.new_page()
        late.goto(house.address + place)
        mine, theirs = (each.locator("section[aria-labelledby=profile]") for each in (page, late))
        for card in (mine, theirs):
            card.get_by_text("Correct this").click()
        mine.get_by_label("Born on").fill("1984-05-02")
        mine.get_by_label("How well is it known?").select_option(label="about then")
        mine.get_by_label("What must somebody know who visits alone?").fill("Two <i>dogs</i>")
        fine(page)
        mine.get_by_role("button", name="Keep this").click()
        expect(mine.get_by_text("Two <i>dogs</i>").first).to_be_visible()
        expect(mine.get_by_text(re.compile("about .*1984"))).to_be_visible()
        theirs.get_by_label("Wants to be called").fill("Mari")
        theirs.get_by_role("button", name="Keep this").click()
        expect(theirs.locator(".fault:visible")).to_contain_text("changed what is known of this client")
        barnaby = page.locator("article.member").filter(has_text="Barnaby")
        barnaby.get_by_text("Correct this").click()
        barnaby.get_by_label("Given name").fill("Barney")
        barnaby.locator("form:visible").get_by_role("button", name="Keep this").click()
        expect(page.get_by_role("heading", name="Barney Testwell")).to_be_visible()


def test_a_supervisor_moves_a_due_date(house: House, browser: Browser, task: HumanTask) -> None:
    with entered(house, browser, "vera", f"/tasks/{task.id}") as page:
        page.get_by_text("Move the due date").click()
        page.get_by_label("Due from now on").fill("2027-06-08T16:30")
        page.get_by_label("Reason", exact=True).last.fill("In hospital until May")
        fine(page)
        page.get_by_role("button", name="Keep this date").click()
        expect(page.get_by_text("Due date moved")).to_be_visible()
        expect(page.get_by_text("In hospital until May")).to_be_visible()
    with entered(house, browser, "ann", f"/tasks/{task.id}") as page:
        expect(page.get_by_text("In hospital until May")).to_be_visible()
        expect(page.get_by_text("Move the due date")).to_have_count(0)
