"""What the address of a list says, with bounds: what it says otherwise than it can counts as not said."""

from collections.abc import Mapping
from typing import Final

LONGEST_SEARCH: Final = 80
LAST_PAGE: Final = 10_000


def page_of(query: Mapping[str, str]) -> int:
    """The page that is asked for; the first unless it is said."""
    said = query.get("page", "")
    # the length first: Python refuses to read a number of thousands of digits
    number = int(said) if said.isdecimal() and len(said) <= len(str(LAST_PAGE)) else 1
    return number if 0 < number <= LAST_PAGE else 1


def search_of(query: Mapping[str, str], name: str = "q") -> str:
    """The words that are looked for, with one space between them."""
    return " ".join(query.get(name, "").split())[:LONGEST_SEARCH]
