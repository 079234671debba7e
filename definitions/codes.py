"""The registry of diagnostic codes.

A code is stored outside the code (in editors, reviews, notes), so it is never removed or
given another meaning.
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
        # How it is written
        "CW301": "an expression is empty",
        "CW302": "an expression is too long, too large or nested too deep",
        "CW303": "a bracket without its partner",
        "CW304": "a text in an expression without its closing quote, or with a backslash",
        "CW305": "a character that has no meaning in an expression",
        "CW306": "an operator of another language",
        "CW307": "a number that is not written as digits and a point",
        "CW308": "a date that is not written as 2020-02-01, or does not exist",
        "CW309": "an operator that expressions do not have",
        "CW310": "a construct that expressions do not have",
        "CW311": "something is missing between, before or after two parts of an expression",
        "CW312": "a name that starts with an underscore",
        "CW313": "several values where one is meant",
        "CW314": "braces in running text that do not close, or are of another language",
        # What its names mean
        "CW321": "a name that is not in scope",
        "CW322": "a field that the value does not have",
        "CW323": "an option that the choice does not have",
        "CW324": "a function that does not exist",
        "CW325": "a wrong number of values for a function",
        "CW326": "a value that does not suit a function",
        "CW327": "a word that is both a name and an option",
        # What its types allow
        "CW331": "a yes/no answer used as a condition",
        "CW332": "something else used as a condition",
        "CW333": "a comparison of different types",
        "CW334": "a comparison that its operands do not have",
        "CW335": "arithmetic that makes no sense",
        "CW336": "a chain of comparisons that makes no sense",
        "CW337": "a value that is absent when a step is skipped, read without saying what happens then",
        "CW338": "a value of another type than the place takes",
        # Block CW4xx, names and types
        # Block CW5xx, order and clocks
        "CW501": "a clock without a number in front",
        "CW502": "the number of a clock is negative",
        "CW503": "the number of a clock is not a whole number in digits",
        "CW504": "a clock is too long",
        "CW505": "a clock without a unit",
        "CW506": "an unknown unit of time",
        "CW507": "a clock counts from a moment that is not named",
        "CW508": "a word that a clock does not know",
        "CW509": "a clock with more than one length",
        "CW510": "a working calendar has a key that is unknown or missing",
        "CW511": "an unknown time zone",
        "CW512": "working hours that cannot be read",
        "CW513": "a calendar without any working day",
        "CW514": "holidays of an unknown country or subdivision",
        "CW515": "a day of a calendar that cannot be read",
        "CW516": "a day of a calendar is both open and closed",
        "CW520": "a recurrence has a key that is unknown or missing",
        "CW521": "an unknown period of a recurrence",
        "CW522": "an unknown day of a recurrence",
        "CW523": "an unknown rule of a recurrence",
        # Block CW6xx, the catalogue (records, templates, groups, languages)
    }
)
