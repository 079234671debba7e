"""Words that people write in a clock instead of its own, with what they most likely mean."""

from collections.abc import Mapping
from types import MappingProxyType

LEADING = frozenset(
    ["after", "at", "before", "by", "every", "for", "from", "in", "max", "maximum", "not", "until", "within"]
)
NUMBERS: Mapping[str, int] = MappingProxyType(
    {
        **{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7},
        **{"eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fourteen": 14, "twenty": 20, "thirty": 30},
    }
)
PAIRED = frozenset(["bank", "business", "calendar", "office", "work", "working"])
OTHER_UNITS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(["min", "mins", "minuten"], "minutes"),
        **dict.fromkeys(["h", "hr", "hrs", "std", "stunde", "stunden"], "hours"),
        **dict.fromkeys(
            ["business hour", "business hours", "office hours", "arbeitsstunden"], "working hours"
        ),
        **dict.fromkeys(["d", "calendar day", "calendar days", "tag", "tage", "tagen"], "days"),
        **dict.fromkeys(["bank day", "bank days", "business day", "business days", "wd"], "working days"),
        **dict.fromkeys(["workday", "workdays", "weekday", "weekdays", "office days"], "working days"),
        **dict.fromkeys(["arbeitstag", "arbeitstage", "werktag", "werktage"], "working days"),
        **dict.fromkeys(["w", "wk", "wks", "woche", "wochen"], "weeks"),
        **dict.fromkeys(["mo", "mth", "mths", "monat", "monate"], "months"),
    }
)
SCALED: Mapping[str, tuple[int, str]] = MappingProxyType(
    {
        **dict.fromkeys(["y", "yr", "yrs", "year", "years", "jahr", "jahre"], (12, "months")),
        **dict.fromkeys(["quarter", "quarters"], (3, "months")),
        **dict.fromkeys(["fortnight", "fortnights"], (2, "weeks")),
    }
)
ADVICE: Mapping[str, str] = MappingProxyType(
    {
        "m": "say which: minutes or months",
        **dict.fromkeys(["s", "sec", "secs", "second", "seconds"], "the shortest unit is a minute"),
        **dict.fromkeys(["working minute", "working minutes"], "only hours and days are counted as working"),
        **dict.fromkeys(["working week", "working weeks"], "say it in working days: 5 for a week of five"),
        **dict.fromkeys(["working month", "working months"], "only hours and days are counted as working"),
        "working": "say which: working hours or working days",
    }
)
JOINING = frozenset(["and", "plus", "&", "or", "und"])
INSTEAD: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(["after", "since", "following", "of", "starting", "past", "ab", "nach", "="], "from"),
        **dict.fromkeys(["until", "till", "to", "prior", "ahead", "vor", "bis"], "before"),
    }
)
DUE = frozenset(["due date", "the due date", "due_date", "duedate"])
STEP_START = frozenset(
    ["now", "today", "start", "the start", "step start", "the start of the step", "when the step starts"]
)
