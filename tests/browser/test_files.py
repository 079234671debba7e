"""Several files for one question of a form, in a real Chromium: draft, answer, correction, paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlmodel import select
from web_house import IN_CHROMIUM, PATIENCE, House

from definitions import parse
from flows.instances import start
from models import Account, Case, TaskStatus
from ops.composition import publish_document
from web.accounts import sessions
from web.visitor import COOKIE

pytestmark = IN_CHROMIUM

PAPERS = """\
process: papers
title: Papers
purpose: See which papers are there.
owner: intake_team
inputs: {case: {type: Case, title: Case}}
steps:
  - id: talk
    title: Collect the papers
    do: assign_task
    to: caseworker
    items:
      - {id: papers, ask: Which papers are there?, type: files, required: true}
  - id: reading
    title: Read them together
    do: assign_task
    to: caseworker
    when: count(talk.papers) > 1
"""
PDF = b"%PDF-1.7 a synthetic paper"


@pytest.fixture(scope="module")
def task(house: House) -> str:
    """The task that asks for papers."""
    with house.engine() as engine:
        made, _ = publish_document(engine, parse(PAPERS.encode(), "papers.yaml"))
        assert made is not None
        with engine.store.read() as session:
            case = session.exec(select(Case)).one()
        start(engine.runtime, made.plan, made.version, {"case": case.id})
        engine.run()
    (found,) = house.tasks(step="talk")
    return found.id


@pytest.fixture
def page(house: House, browser: Browser) -> Iterator[Page]:
    with house.engine() as engine, engine.store.write() as session:
        ann = session.exec(select(Account).where(Account.login == "ann")).one()
        token = sessions.begin(session, ann.id, engine.runtime.clock())
    expect.set_options(timeout=PATIENCE)
    with browser.new_context() as context:
        context.set_default_timeout(PATIENCE)
        context.add_cookies([{"name": COOKIE, "value": token, "url": house.address}])
        yield context.new_page()


def written(folder: Path, *names: str) -> list[str]:
    for name in names:
        (folder / name).write_bytes(PDF + name.encode())
    return [str(folder / name) for name in names]


def test_several_files_are_given_taken_out_kept_sent_and_corrected(
    house: House, page: Page, task: str, tmp_path: Path
) -> None:
    page.goto(f"{house.address}/tasks/{task}")
    chosen = page.get_by_label("Which papers are there?").and_(page.locator("input"))
    names = page.get_by_role("list", name="Files for: Which papers are there?").get_by_role("link")
    chosen.set_input_files(written(tmp_path, "lease.pdf", "notice.pdf"))
    expect(names).to_have_text(["lease.pdf", "notice.pdf"])
    (tmp_path / "page.html").write_text("<html>")
    chosen.set_input_files([*written(tmp_path, "letter.pdf"), str(tmp_path / "page.html")])
    expect(names).to_have_text(["lease.pdf", "notice.pdf", "letter.pdf"])
    expect(page.get_by_role("alert").filter(has_text="page.html: A file of another kind")).to_be_visible()
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    page.get_by_role("button", name="Take it out: notice.pdf").focus()
    page.keyboard.press("Enter")
    expect(names).to_have_text(["lease.pdf", "letter.pdf"])
    expect(page.get_by_role("button", name="Take it out: letter.pdf")).to_be_focused()
    expect(page.locator(".saved")).to_contain_text("Saved")
    page.reload()
    expect(names).to_have_text(["lease.pdf", "letter.pdf"])
    with page.expect_download() as download:
        names.first.click()
    assert download.value.path().read_bytes() == PDF + b"lease.pdf"
    page.locator("[data-send]").click()
    expect(page.get_by_role("heading", name="Answers")).to_be_visible()
    expect(page.get_by_role("link", name="letter.pdf (36 bytes)")).to_be_visible()
    house.move()
    (reading,) = house.tasks(step="reading")
    assert reading.status is not TaskStatus.CANCELLED
    page.get_by_role("link", name="Correct the answer to").click()
    expect(names).to_have_text(["lease.pdf", "letter.pdf"])
    page.get_by_role("button", name="Take it out: lease.pdf").click()
    page.get_by_label("Reason for the correction").fill("It was of somebody else")
    page.locator("[data-look]").click()
    expect(page.get_by_text("This changes")).to_be_visible()
    page.locator("[data-send]").click()
    expect(page.get_by_text("The answer is corrected.")).to_be_visible()
    expect(page.get_by_role("link", name="lease.pdf")).to_have_count(0)
    page.goto(f"{house.address}/tasks/{task}/print")
    expect(page.get_by_text("letter.pdf (36 bytes)")).to_be_visible()
