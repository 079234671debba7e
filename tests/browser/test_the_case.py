"""A case as a whole in a real Chromium, on a phone: it rests, goes on, and is handed over."""

import pytest
from account_world import GOOD
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from web_house import IN_CHROMIUM, PATIENCE, House

pytestmark = IN_CHROMIUM
PHONE = {"width": 390, "height": 844}


def fine(page: Page) -> None:
    """The page has no serious barrier and is not wider than the screen."""
    found = Axe().run(page).response["violations"]
    bad = [each for each in found if each["impact"] in ("serious", "critical")]
    assert [(each["id"], each["nodes"][0]["html"][:200]) for each in bad] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_supervisor_lets_a_case_rest_and_go_on_and_hands_it_over(house: House, browser: Browser) -> None:
    expect.set_options(timeout=PATIENCE)
    with browser.new_context(viewport=PHONE, color_scheme="light") as context:
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        page.on("pageerror", lambda error: pytest.fail(f"a script failed: {error}"))
        page.goto(f"{house.address}/login?next=/cases")
        page.get_by_label("Name or e-mail address").fill("vera")
        page.get_by_label("Password").fill(GOOD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("link", name="Marigold Testwell").first.click()
        page.get_by_text("Do something").click()
        page.get_by_role("link", name="Hold or resume").click()
        fine(page)
        page.get_by_label("Why").fill("Away <b>for</b> two weeks")
        page.get_by_role("button", name="Hold", exact=True).click()
        expect(page.get_by_text("Away <b>for</b> two weeks").first).to_be_visible()
        page.get_by_text("Do something").click()
        page.get_by_role("link", name="Hold or resume").click()
        page.get_by_role("button", name="Let it go on").click()
        expect(page.get_by_text("under way").first).to_be_visible()
        page.get_by_text("Do something").click()
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
