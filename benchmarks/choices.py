"""What the commands let a person choose, and how they answer."""

import json
import sys
from collections.abc import Collection
from typing import Annotated, Any, Final

import typer

from benchmarks.points import DATABASES
from benchmarks.registry import ENGINES

ALL: Final = ",".join(ENGINES)
BOTH: Final = ",".join(DATABASES)

Engines = Annotated[str, typer.Option("--engines", help=f"Some of {', '.join(ENGINES)}.")]
Databases = Annotated[str, typer.Option("--databases", help="sqlite, postgresql, or both.")]
Json = Annotated[bool, typer.Option("--json", help="Print the figures as JSON and write no file.")]
Quick = Annotated[bool, typer.Option("--quick", help="A smoke run: a handful of cases, nothing is kept.")]
Options = Annotated[
    list[str], typer.Option("--set", help="NAME=NUMBER, an engine's setting: to find the best one.")
]


def listed(text: str, known: Collection[str]) -> list[str]:
    """The names in a list with commas; a name that is not known is refused."""
    names = [each.strip() for each in text.split(",") if each.strip()]
    unknown = [each for each in names if each not in known]
    if unknown:
        raise typer.BadParameter(f"{', '.join(unknown)}: not one of {', '.join(known)}")
    return names


def tell(answer: Any) -> None:
    """The answer in JSON, for programs."""
    sys.stdout.write(f"{json.dumps(answer)}\n")


def say(text: str) -> None:
    """A line for a person."""
    sys.stderr.write(f"{text}\n")
