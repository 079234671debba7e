"""The page about webhooks: its check of a signature is run, its tables are those of the program."""

import re
from datetime import UTC, datetime
from pathlib import Path

from models import TEST_EVENT, HookEvent
from notifications.hooks import body_of, headers_of, new_secret
from web.pages.admin.hooks import WORDS

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")
NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def test_the_check_of_the_page_takes_what_is_ours_and_nothing_else() -> None:
    found = re.search(r"<!-- check -->\n```python\n(.*?)```", PAGE, re.DOTALL)
    assert found
    names: dict[str, object] = {}
    exec(found[1], names)
    check = names["is_from_casewright"]
    assert callable(check)
    old, new = new_secret(), new_secret()
    body = body_of("evt_1", "case.opened", NOW, {"case": "01K"})
    at = int(NOW.timestamp())
    headers = headers_of([new, old], "evt_1", at, body)
    assert [check(headers, body, each, at + 60) for each in (old, new)] == [True, True]
    assert not check(headers, body, new_secret(), at)
    assert not check(headers, body + b" ", new, at)
    assert not check({**headers, "webhook-id": "evt_2"}, body, new, at)
    assert not check(headers, body, new, at + 301)


def test_every_type_is_explained_on_the_page_and_in_words_for_people() -> None:
    types = {each.value for each in HookEvent} | {TEST_EVENT}
    rows = re.findall(r"^\| `([a-z.]+(?:_[a-z]+)*)` \|", PAGE, re.MULTILINE)
    assert set(rows) == types == set(WORDS)
    assert len(rows) == len(types)
