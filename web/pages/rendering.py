"""Templates: HTML in which what comes from people is escaped, and every variable has to be there."""

from collections.abc import Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from web.pages.wording import (
    APPOINTMENTS,
    KINDS_OF_MEETING,
    LEVELS,
    MESSAGES,
    SAID,
    STATES,
    VISITS,
    actor,
    dated,
    initials,
    part,
    plain,
    sentence,
    span,
    telephone,
)
from web.reading.board.referrals import WORDS as REFERRALS

TEMPLATES: Final = Path(__file__).parent / "templates"

FONTS: Final = f"/_nicegui/{version('nicegui')}/static/fonts.css"
"""The typeface that NiceGUI brings, for pages without it."""


@cache
def environment() -> Environment:
    """The environment of all templates. Whatever a variable holds is text and never markup."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "part": part,
        "plain": plain,
        "dated": dated,
        "initials": initials,
        "sentence": sentence,
        "span": span,
        "actor": actor,
        "telephone": telephone,
    }
    made.globals |= {
        "fonts": FONTS,
        "icon": _icon(made),
        "APPOINTMENTS": APPOINTMENTS,
        "KINDS_OF_MEETING": KINDS_OF_MEETING,
        "LEVELS": LEVELS,
        "STATES": STATES,
        "MESSAGES": MESSAGES,
        "REFERRALS": REFERRALS,
        "SAID": SAID,
        "VISITS": VISITS,
    }
    return made


def render(template: str, values: Mapping[str, Any] | None = None, **more: Any) -> str:
    """The template with these values."""
    return environment().get_template(template).render({**(values or {}), **more})


def _icon(made: Environment) -> Any:
    """The macro that draws one, for every template."""
    return made.get_template("icons.html").module.icon  # type: ignore[attr-defined]  # a macro of the template
