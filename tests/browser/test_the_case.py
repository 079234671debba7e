"""The work on one case in a real Chromium: it outlives what ends, is handed on, rests, and is handed over.

The tests of this module follow one case and build on each other, in their order.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from account_world import GOOD
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect
from web_house import IN_CHROMIUM, PATIENCE, House, browser_path

from flows.inbox import book
from models import HumanTask, TaskStatus

pytestmark = IN_CHROMIUM
PHONE = {"width": 390, "height": 844}
ASSESSMENT = "Assign intake assessment task"


@pytest.fixture(autouse=True)
def patient() -> None:
    expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module", autouse=True)
def booked(house: House) -> None:
    """The assessment has its appointment, and so its form."""
    with house.engine() as engine:
        task, now = assessment(house), engine.runtime.clock()
        book(engine.store, task.id, now + timedelta(days=9), by=task.assignee_id, now=now, place="Room 2")
    house.move()


def assessment(house: House) -> HumanTask:
    (task,) = house.tasks(step="assessment")
    return task


def opened(context: BrowserContext) -> Page:
    """A page that fails the test when a script of it does."""
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
    return page


def entered(context: BrowserContext, house: House, login: str, place: str) -> Page:
    """A page of somebody who logs in."""
    page = opened(context)
    page.goto(f"{house.address}/login?next={place}")
    page.get_by_label("Name or e-mail address").fill(login)
    page.get_by_label("Password").fill(GOOD)
    page.get_by_role("button", name="Log in").click()
    return page


@contextmanager
def browser_of_their_own(browser: Browser, folder: Path) -> Iterator[BrowserContext]:
    """A browser that keeps in a folder what it is told to keep, and is closed at the end of the block."""
    kind, arguments = browser.browser_type, ["--no-sandbox"]
    context = kind.launch_persistent_context(folder, executable_path=browser_path(), args=arguments)
    yield context
    context.close()


def test_a_draft_outlives_the_server_and_the_browser(house: House, browser: Browser, tmp_path: Path) -> None:
    task = f"/tasks/{assessment(house).id}"
    with browser_of_their_own(browser, tmp_path) as context:
        page = entered(context, house, "ann", task)
        page.locator('[data-item="findings.housing"]').get_by_label("Homeless").check()
        expect(page.locator(".saved")).to_have_attribute("data-state", "saved")
        house.server.stop()
        page.locator('[data-item="findings.health"]').get_by_label("Good").check()
        expect(page.locator(".saved")).to_contain_text("kept in this browser")
    house.server.start()
    with browser_of_their_own(browser, tmp_path) as context:
        page = opened(context)
        page.goto(house.address + task)  # the login lasts as well
        expect(page.locator('[data-item="findings.housing"]').get_by_label("Homeless")).to_be_checked()
        expect(page.locator('[data-item="findings.health"]').get_by_label("Good")).to_be_checked()
        expect(page.locator(".saved")).to_have_attribute("data-state", "saved")
    with browser.new_context() as other:
        page = entered(other, house, "ann", task)
        expect(page.locator('[data-item="findings.health"]').get_by_label("Good")).to_be_checked()


def test_work_that_is_delegated_appears_with_the_other_who_answers_it(house: House, browser: Browser) -> None:
    task = assessment(house)
    with browser.new_context() as hers, browser.new_context() as mine:
        vera = entered(hers, house, "vera", "/")
        expect(vera.get_by_role("heading", name="Inbox")).to_be_visible()
        expect(vera.get_by_role("link", name=f"Open {ASSESSMENT}")).to_have_count(0)
        ann = entered(mine, house, "ann", f"/tasks/{task.id}")
        ann.get_by_text("Delegate it").click()
        ann.get_by_label("Who does it").select_option(label="Vera Lead")
        ann.get_by_label("What they should know").fill("She knows the family <i>well</i>")
        ann.get_by_role("button", name="Delegate", exact=True).click()
        vera.get_by_role("link", name=f"Open {ASSESSMENT}").click()
        expect(vera.get_by_text("She knows the family <i>well</i>").first).to_be_visible()
        expect(vera.locator('[data-item="findings.housing"]').get_by_label("Homeless")).to_be_checked()
        for item in ("identity_verified", "immediate_danger"):
            vera.locator(f'[data-item="findings.{item}"]').get_by_label("No", exact=True).check()
        vera.locator('[data-item="findings.needs"]').get_by_label("None of these").check()
        expect(vera.locator(".saved")).to_have_attribute("data-state", "saved")
        vera.get_by_role("button", name="Send the answers").click()
        expect(vera.get_by_text("This is done.")).to_be_visible()
        # Her page follows by itself: reloaded here as well, one navigation might break off the other.
        expect(ann.get_by_text("This is done.")).to_be_visible()
    done = assessment(house)
    assert (done.status, done.completed_by != task.assignee_id) == (TaskStatus.COMPLETED, True)


def fine(page: Page) -> None:
    """The page has no serious barrier and is not wider than the screen."""
    found = Axe().run(page).response["violations"]
    bad = [each for each in found if each["impact"] in ("serious", "critical")]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in bad] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_supervisor_lets_a_case_rest_and_go_on_and_hands_it_over(house: House, browser: Browser) -> None:
    with browser.new_context(viewport=PHONE, color_scheme="light") as context:
        page = entered(context, house, "vera", "/cases")
        page.get_by_role("link", name="Marigold Testwell").first.click()
        page.get_by_text("Actions for this case").click()
        page.get_by_role("link", name="Hold or resume").click()
        fine(page)
        page.get_by_label("Why").fill("Away <b>for</b> two weeks")
        page.get_by_role("button", name="Hold", exact=True).click()
        expect(page.get_by_text("Away <b>for</b> two weeks").first).to_be_visible()
        page.get_by_text("Actions for this case").click()
        page.get_by_role("link", name="Hold or resume").click()
        page.get_by_role("button", name="Let it go on").click()
        expect(page.get_by_text("under way").first).to_be_visible()
        page.get_by_text("Actions for this case").click()
        page.get_by_role("link", name="Hand over to somebody else").click()
        fine(page)
        page.get_by_label("What the next one has to know").fill("Call in the morning")
        page.get_by_role("button", name="Hand over", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("Name the caseworker or the team")
        page.get_by_label("To whom").select_option(index=1)
        page.get_by_role("button", name="Hand over", exact=True).click()
        expect(page.get_by_role("heading", name="What comes next")).to_be_visible()
        page.get_by_role("link", name="History", exact=True).click()
        expect(page.get_by_text("Handed over to").first).to_be_visible()
        expect(page.get_by_role("link", name="History", exact=True)).to_be_in_viewport()
