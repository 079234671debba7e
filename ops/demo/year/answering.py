"""What the department's people answer to a form: to each item that is asked, as likely as in life."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from ops.demo.year.chance import Chance
from tasks.people.forms import Form, is_asked, place_of, validate_answers

Item = Mapping[str, Any]

_SHARES: Final[Mapping[str, Mapping[str, float]]] = {
    "immediate_danger": {"no": 0.92, "yes": 0.04, "doesnt_know": 0.04},
    "identity_verified": {"yes": 0.94, "no": 0.06},
    "housing": {"stable": 0.55, "at_risk": 0.33, "homeless": 0.12},
    "health": {"good": 0.5, "condition": 0.36, "severe": 0.14},
    "seen": {"yes": 0.9, "no": 0.1},
    "well": {"yes": 0.93, "no": 0.07},
    "consent": {"yes": 0.9, "no": 0.1},
    "decision": {"approve": 0.85, "return_for_edits": 0.15, "visit_again": 0.4, "call": 0.3, "reassess": 0.3},
    "again": {"no": 0.85, "yes": 0.15},
    "answer": {"accepted": 0.6, "in_progress": 0.1, "rejected": 0.12, "not_yet": 0.18},
}
"""How often people give an answer to an item of this name, if it is one of its options."""

_TEXTS: Final = (
    "Talked it through together; agreed what comes next.",
    "A neighbour helps with the shopping. The stairs are hard.",
    "Wants to manage alone, and takes help with letters.",
    "Sleeps better since the heating works again.",
    "The school was told with their agreement.",
)

_COMMON_NEEDS: Final = (
    "food-insecurity",
    "housing-instability",
    "homelessness",
    "utility-insecurity",
    "employment-status",
    "social-connection",
)


def answers_to(chance: Chance, form: Form, now: datetime) -> dict[str, Any]:
    """Answers to all items that are asked, by `step.item`, in the order of the form."""
    given: dict[str, Any] = {}
    known: dict[tuple[str, str], Any] = {}
    for item in form:
        if is_asked(form, item, known, now) is not False:
            name = ".".join(place_of(item))
            given[name] = _GIVE.get(str(item["type"]), _record)(chance, item, now)
            known |= validate_answers(form, {name: given[name]}, known, now=now, partial=True)
    return given


def _yes_no(chance: Chance, item: Item, _now: datetime) -> str:
    return chance.weighed(_SHARES.get(str(item["id"]), {"yes": 0.85, "no": 0.13, "doesnt_know": 0.02}))


def _choice(chance: Chance, item: Item, _now: datetime) -> str:
    shares = _SHARES.get(str(item["id"]), {})
    weights = {str(option): shares.get(option, 0.0) for option in item["options"]}
    options = [str(each) for each in item["options"]]
    return chance.weighed(weights) if any(weights.values()) else chance.one(options)


def _choices(chance: Chance, item: Item, _now: datetime) -> list[str]:
    return chance.some(
        [each for each in _COMMON_NEEDS if each in item["options"]] or list(item["options"]), 2
    )


def _text(chance: Chance, _item: Item, _now: datetime) -> str:
    return chance.one(_TEXTS)


def _number(chance: Chance, item: Item, _now: datetime) -> str:
    least = int(float(item.get("at_least") or 0))
    return str(chance.number(least, int(float(item.get("at_most") or least + 20))))


def _date(chance: Chance, item: Item, now: datetime) -> str:
    del item
    return (now.date() + timedelta(days=chance.number(1, 40))).isoformat()


def _moment(chance: Chance, item: Item, now: datetime) -> str:
    return by_day(chance, now, 5, ZoneInfo(str(item["zone"]))).isoformat(timespec="minutes")


def by_day(chance: Chance, now: datetime, days: int, zone: ZoneInfo) -> datetime:
    """A moment of one of the next days at which people meet."""
    day = now.astimezone(zone).date() + timedelta(days=chance.number(1, days))
    return datetime.combine(day, time(chance.number(9, 15), chance.one((0, 30))), zone)


def _money(chance: Chance, _item: Item, _now: datetime) -> str:
    return f"{chance.number(10, 400)}.00 USD"


def _record(chance: Chance, item: Item, _now: datetime) -> Any:
    options = list(item.get("options") or ())
    return chance.one(options) if options else {"none_suitable": "None near enough has places free"}


_GIVE: Final[Mapping[str, Callable[[Chance, Item, datetime], Any]]] = {
    "yes_no": _yes_no,
    "consent": _yes_no,
    "choice": _choice,
    "choices": _choices,
    "text": _text,
    "number": _number,
    "date": _date,
    "date and time": _moment,
    "money": _money,
}
