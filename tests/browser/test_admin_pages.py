"""What operations, data protection and administrators do, in a real Chromium; and one's own account."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from account_world import GOOD, keys
from admin_world import SMALL
from axe_playwright_python.sync_playwright import Axe
from hook_receiver import receiver
from hook_world import verified
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import select
from web_house import IN_CHROMIUM, PATIENCE, SECRET, House

from models import Account, Case, Hook, Role, Staff
from web.accounts import sessions
from web.accounts.commands import make_account
from web.accounts.secret import Secret
from web.accounts.totp import code_at
from web.visitor import COOKIE

pytestmark = IN_CHROMIUM
PEOPLE = {
    "olga": Role.OPERATIONS,
    "henri": Role.MANAGER,
    "dora": Role.DATA_PROTECTION,
    "ada": Role.ADMINISTRATOR,
}
SCENARIO = """process: small
scenarios:
  - name: they are well
    acts:
      - people: {talk: {answers: {well: yes}}}
      - expect: {process: completed}
"""


@pytest.fixture(scope="module", autouse=True)
def people(house: House) -> None:
    """They have accounts in the house."""
    with house.engine() as engine:
        for name, role in PEOPLE.items():
            staff = Staff(name=f"{name.capitalize()} Office", email=f"{name}@office.example")
            with engine.store.write() as session:
                session.add(staff)
            now, passwords = engine.runtime.clock(), keys().passwords
            make_account(
                engine.store, passwords, staff.id, (role,), by="test", now=now, password=GOOD, login=name
            )


def account_of(house: House, login: str) -> Account:
    with house.engine() as engine, engine.store.read() as session:
        return session.exec(select(Account).where(Account.login == login)).one()


def entered(house: House, context: BrowserContext, login: str) -> Page:
    """A page of somebody who has a session already."""
    account = account_of(house, login)
    with house.engine() as engine, engine.store.write() as session:
        token = sessions.begin(session, account.id, engine.runtime.clock())
    context.clear_cookies()
    context.add_cookies([{"name": COOKIE, "value": token, "url": house.address}])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    expect.set_options(timeout=PATIENCE)
    return page


def written(folder: Path, **files: str) -> list[str]:
    found = []
    for name, text in files.items():
        file = folder / f"{name.replace('__', '.')}.yaml"
        file.write_text(text, encoding="utf-8")
        found.append(str(file))
    return found


def test_a_dropped_definition_is_proved_put_forward_and_approved_by_somebody_else(
    house: House, browser: Browser, tmp_path: Path
) -> None:
    with browser.new_context() as context:
        page = entered(house, context, "olga")
        page.goto(house.address)
        expect(page.get_by_role("heading", name="Processes")).to_be_visible()
        page.get_by_role("link", name="Check a definition").click()
        chosen = page.locator("[data-files]")
        chosen.set_input_files(written(tmp_path, small=SMALL.replace("intake_team", "intake_teem")))
        expect(page.get_by_role("heading", name="1 error to mend")).to_be_visible()
        expect(page.get_by_text("small.yaml, line 4, column 8")).to_be_visible()
        chosen.set_input_files(written(tmp_path, small=SMALL, small__scenario=SCENARIO))
        expect(page.get_by_text("1 played, all passed")).to_be_visible()
        page.get_by_label("Why it is to change").fill("We ask everybody how they are")
        page.get_by_role("button", name="Put it forward").click()
        expect(
            page.get_by_text("Somebody else with the role operations or manager approves it.")
        ).to_be_visible()
        expect(page.get_by_role("button", name="Approve it")).to_have_count(0)
        proposal = page.url
        page = entered(house, context, "henri")
        page.goto(proposal)
        expect(page.get_by_text("We ask everybody how they are")).to_be_visible()
        page.get_by_role("button", name="Approve it: it comes into force").click()
        page.get_by_role("link", name="It is version 1").click()
        expect(page.get_by_role("heading", name="A small process")).to_be_visible()
        expect(page.get_by_text("put forward by Olga Office, approved by Henri Office")).to_be_visible()


def test_a_second_factor_is_scanned_confirmed_and_asked_for_at_the_next_login(
    house: House, browser: Browser
) -> None:
    with browser.new_context() as context:
        page = entered(house, context, "ada")
        page.goto(f"{house.address}/account")
        page.get_by_label("Your password").first.fill("not this one")
        page.get_by_role("button", name="Set up a second factor").click()
        expect(page.get_by_text("Your password is not right. Nothing was changed.")).to_be_visible()
        page.get_by_label("Your password").first.fill(GOOD)
        page.get_by_role("button", name="Set up a second factor").click()
        expect(page.get_by_role("img", name="QR code")).to_be_visible()
        account = account_of(house, "ada")
        secret = Secret(SECRET).open(account.totp_secret or "", "totp", account.id)
        with house.engine() as engine:
            page.get_by_label("Type the six figures").fill(code_at(secret, engine.runtime.clock()))
        page.get_by_role("button", name="Switch it on").click()
        expect(page.get_by_role("button", name="Remove the second factor")).to_be_hidden()
        expect(page.get_by_text("asks for a code of your authenticator app too")).to_be_visible()
        page.goto(f"{house.address}/accounts/{account.id}")
        expect(page.get_by_text("Take the second factor away")).to_be_visible()
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{house.address}/login?next=/account")
        page.get_by_label("Name or e-mail address").fill("ada")
        page.get_by_label("Password").fill(GOOD)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_label("Password")).to_be_hidden()
        with house.engine() as engine:
            code = code_at(secret, engine.runtime.clock() + timedelta(seconds=30))
        page.get_by_label("Code from your authenticator app").fill(code)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", name="My account")).to_be_visible()


def test_a_webhook_is_made_and_tried(house: House, browser: Browser) -> None:
    with receiver() as other, browser.new_context() as context:
        page = entered(house, context, "ada")
        page.goto(f"{house.address}/hooks")
        page.get_by_text("Make a webhook").click()
        page.get_by_label("Name").fill("Housing portal")
        page.get_by_label("Address").fill(f"{other.url}/in")
        page.get_by_role("button", name="Make the webhook").click()
        expect(page.get_by_role("alert").filter(has_text="Please tick at least one")).to_be_visible()
        page.get_by_label("A case is opened").check()
        page.get_by_role("button", name="Make the webhook").click()
        expect(page.get_by_label("The secret")).to_have_value(re.compile("^whsec_"))
        secret = page.get_by_label("The secret").input_value()
        page.get_by_role("link", name="Done").click()
        page.get_by_role("link", name="Housing portal").click()
        page.get_by_role("button", name="Send a test event").click()
        expect(page.get_by_text("It answered with 204: it has heard the test.")).to_be_visible()
        (heard,) = other.heard
        assert verified(heard, secret)
        page.get_by_text("Change the webhook").click()
        expect(page.get_by_label("A case is opened")).to_be_checked()
        page.get_by_label("A case is opened").uncheck()
        page.get_by_role("button", name="Keep the change").click()
        expect(page.get_by_role("alert").filter(has_text="Please tick at least one")).to_be_visible()
        page.get_by_label("A task is overdue").check()
        page.get_by_label("Address").fill(f"{other.url}/new")
        page.get_by_role("button", name="Keep the change").click()
        expect(page.get_by_text("The webhook is changed.")).to_be_visible()
        expect(page.locator("dd", has_text="A task is overdue")).to_be_visible()
        page.get_by_role("button", name="Send a test event").click()
        expect(page.get_by_text("It answered with 204: it has heard the test.")).to_be_visible()
        assert (other.heard[-1].path, verified(other.heard[-1], secret)) == ("/new", True)


def test_a_seal_is_changed_only_as_it_was_seen(house: House, browser: Browser) -> None:
    with house.engine() as engine, engine.store.read() as session:
        case = session.exec(select(Case.id)).first()
    with browser.new_context() as context:
        page = entered(house, context, "vera")
        other = context.new_page()
        for each in (page, other):
            each.goto(f"{house.address}/cases/{case}/access")
            each.get_by_text("Seal the case").click()
            each.get_by_label("Why; it is kept").fill("The family of a colleague")
        page.get_by_role("button", name="Seal it").click()
        expect(page.get_by_role("heading", name="This case is sealed")).to_be_visible()
        other.get_by_role("button", name="Seal it").click()
        expect(other.get_by_role("alert")).to_contain_text("has changed this since you read it")
        page.get_by_text("Unseal the case").click()
        page.get_by_label("Why; it is kept").last.fill("It was another family")
        page.get_by_role("button", name="Unseal it").click()
        expect(page.get_by_role("heading", name="This case is not sealed")).to_be_visible()


def test_no_page_of_these_has_a_serious_barrier_or_is_wider_than_the_screen(
    house: House, browser: Browser
) -> None:
    with house.engine() as engine, engine.store.read() as session:
        case, hook = session.exec(select(Case.id)).first(), session.exec(select(Hook.id)).first()
    dark, light = (390, "dark"), (1280, "light")
    places = {
        "ann": {"/account": light, "/open-case": dark, "/cases/nothing-here": dark},
        "vera": {"/reviews": dark, f"/cases/{case}/access": light},
        "olga": {"/processes": dark, "/processes/intake": dark, "/proposals/new": light},
        "dora": {"/audit": dark},
        "ada": {
            **{"/machinery": light, "/accounts": dark, f"/accounts/{account_of(house, 'ann').id}": light},
            **{"/hooks": dark, f"/hooks/{hook}": light},
        },
    }
    with browser.new_context() as context:
        for login, addresses in places.items():
            page = entered(house, context, login)
            for place, (width, scheme) in addresses.items():
                page.set_viewport_size({"width": width, "height": 860})
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                page.goto(house.address + place)
                expect(page.locator("h1")).to_be_visible()
                for each in page.locator("details.deed > summary").all():
                    each.click()
                found = Axe().run(page).response["violations"]
                bad = [each for each in found if each["impact"] in ("serious", "critical")]
                assert [(each["id"], each["nodes"][0]["html"][:200]) for each in bad] == [], place
                assert page.evaluate("document.documentElement.scrollWidth") <= width, place
            page.close()
