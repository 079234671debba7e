"""The registry of diagnostic codes.

A code is stored outside the code (in editors, reviews, notes), so it is never removed or given another meaning.
Each block of a hundred belongs to one stage of reading a definition.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CODES: Mapping[str, str] = MappingProxyType(
    {
        # Block CW1xx, the text of a YAML file
        "CW100": "the file cannot be read",
        "CW101": "the text breaks the rules of YAML",
        "CW102": "the file is empty",
        "CW103": "the file is too large",
        "CW104": "the file has too many parts",
        "CW105": "the nesting is too deep",
        "CW106": "the file is not UTF-8 text",
        "CW107": "a control character",
        "CW108": "an invisible or direction-changing character",
        "CW109": "a tab in the indentation",
        "CW110": "a key stands twice",
        "CW111": "a key is not text",
        "CW112": "an anchor",
        "CW113": "an alias",
        "CW114": "a tag",
        "CW115": "a second document",
        "CW116": "a merge key",
        "CW117": "a YAML directive",
        "CW120": "a number that readers understand differently",
        "CW121": "a number that is not finite",
        "CW122": "a number with too many digits",
        "CW123": "a comment that swallows text",
        "CW124": "braces for a value outside running text",
        "CW125": "a comma inside unquoted text",
        "CW126": "a colon inside unquoted text",
        "CW127": "a key that YAML readers take for true or false",
        "CW128": "a special character at the beginning of unquoted text",
        "CW129": "an empty entry",
        # Block CW2xx, the shape of a definition (keys, ids)
        # Block CW3xx, expressions
        # Block CW4xx, names and types
        # Block CW5xx, order and clocks
        # Block CW6xx, the catalogue (records, templates, groups, languages)
    }
)
