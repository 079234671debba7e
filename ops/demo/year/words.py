"""The words of the synthetic department: those of the shipped vocabulary, and its own teams.

It has them as every department has its own: from a `vocabulary.yaml` in a folder that the settings name.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

from definitions import SHIPPED
from ops.catalogue import VOCABULARY
from ops.demo.playing import demo_settings
from ops.demo.year.office import TEAMS
from ops.settings import Settings

FOLDER: Final = "definitions"
"""The folder in the home of the demo's year that has the department's own definitions."""

_GROUPS: Final = "\ngroups:\n"


def year_settings(settings: Settings, home: Path) -> Settings:
    """The settings of the demo's year: `demo_settings`, with the department's own words
    (`write_words`) and the public form.
    """
    return replace(demo_settings(settings, home), definitions=home / FOLDER, public_form=True)


def write_words(settings: Settings) -> None:
    """Write the words into the folder of `year_settings`. Again changes nothing."""
    folder = settings.home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    teams = "".join(f"  {name}: {title}\n" for name, title in TEAMS.items())
    text = SHIPPED.read_text(encoding="utf-8").replace(_GROUPS, _GROUPS + teams, 1)
    (folder / VOCABULARY).write_text(text, encoding="utf-8")
