"""The pages on the command line and on messages, held to what is there."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from written_docs import DOCS, ROOT

from notifications import REFUSALS
from notifications.folder import CODES, FAILING_FILE
from notifications.templates import PARTS
from ops.main import app

PAGE = (DOCS / "command-line.md").read_text(encoding="utf-8")
MESSAGES = (DOCS / "messages.md").read_text(encoding="utf-8")
EVERYWHERE = {"--help", "--json", "--prefect", "--no-prefect", "--by", "--later"}
"""Options that the page explains once, before the commands."""


def commands(group: Any, before: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{name} ")
        else:
            yield f"{before}{name}", command


ALL = dict(commands(typer.main.get_command(app)))


def section(name: str) -> str:
    found = re.search(rf"^### `{name}\b.*?(?=^##|\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"`{name}` has no section"
    return found[0]


@pytest.mark.parametrize("name", ALL)
def test_every_command_and_option_is_documented(name: str) -> None:
    text = section(name)
    options = {option for each in ALL[name].params for option in each.opts if option.startswith("--")}
    assert {option for option in options - EVERYWHERE if option not in text} == set()


def test_no_section_is_about_a_command_that_is_not_there() -> None:
    named = re.findall(
        r"^### `((?:db |audit |account |hooks |decisions |scorecards )?[a-z]+)", PAGE, re.MULTILINE
    )
    assert sorted(named) == sorted(ALL)


def test_the_options_of_many_commands_are_explained_once() -> None:
    before = PAGE.split("## Definitions")[0]
    assert {option for option in EVERYWHERE - {"--help", "--prefect"} if option not in before} == set()


def test_every_json_answer_is_documented() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "ops").rglob("*.py")]
    schemas = {
        found for text in sources for found in re.findall(r'(?:say_json|tell)\(\s*"([a-z-]+/\d+)"', text)
    }
    assert len(schemas) > 15
    assert {schema for schema in schemas if f"casewright/{schema}" not in PAGE} == set()


def test_every_reason_to_refuse_a_message_is_documented() -> None:
    table = MESSAGES.split("## The gate")[1].split("- The stricter")[0]
    assert dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", table, re.MULTILINE)) == dict(REFUSALS)


def test_every_part_of_a_template_and_every_failure_of_the_folder_is_documented() -> None:
    assert {name for name in (*PARTS, *CODES) if f"`{name}`" not in MESSAGES} == set()
    assert f"messages/{FAILING_FILE}" in MESSAGES
