"""The application around an office with accounts and the shipped processes, for the tests of what
administrators, operations and data protection do.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from account_world import GOOD, People, open_people
from application_world import browser_of, web_of
from asgi_browser import Browser
from intake_world import catalogue

from definitions import check, parse
from flows.runtime import Runtime
from flows.versions import publish
from models import Account, DefinitionVersion, Role
from tasks.registry import load_kinds
from web.runtime import Web

SMALL = """process: small
title: A small process
purpose: Try what operations staff do.
owner: intake_team
inputs: {case: {type: Case, title: Case}}
steps:
  - id: talk
    title: Talk to them
    do: complete_checklist
    to: caseworker
    items:
      - {id: well, ask: "Are they well?", type: yes_no, required: true}
"""
"""A definition without problems."""


@dataclass
class AdminHouse:
    """The application, the people, and the browsers in which they are logged in."""

    web: Web
    people: People
    accounts: dict[str, Account] = field(default_factory=dict)
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, name: str, *roles: Role) -> Browser:
        """Somebody's browser; the first time they get an account with these roles."""
        if name not in self.browsers:
            self.accounts[name] = self.people.account(name, *roles, password=GOOD)
            self.browsers[name] = browser_of(self.web, self.accounts[name].id)
        return self.browsers[name]

    def publish(self, text: str = SMALL) -> DefinitionVersion:
        """Bring a definition into force as the command line does."""
        checked = check(parse(text.encode(), "small.yaml"), self.web.runtime.catalogue)
        assert checked.plan is not None, checked.diagnostics
        return publish(self.web.runtime, checked.plan, by="operator:test")


@contextmanager
def open_admin() -> Iterator[AdminHouse]:
    """An office where nobody works yet."""
    with open_people() as people:
        runtime = Runtime(people.store, load_kinds(), catalogue(), lambda: people.now)
        yield AdminHouse(web_of(runtime), people)


def said(answer: httpx.Response, status: int) -> Any:
    """The body of an answer of this status."""
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None
