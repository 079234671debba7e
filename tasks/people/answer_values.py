"""Reading one answer as somebody typed it: the JSON under which it is kept, or what is wrong with it.

The JSON of each type is that of `tasks.encoding`. An answer that says why there is none is kept as
`{"no_answer": code}` with a code of `NO_ANSWER`; expressions read it as missing, because missing is not no (a
yes/no item has such codes of its own). Messages never repeat what was typed.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from definitions.diagnostics import suggest
from definitions.types import NO_ANSWER, YES_NO_CODES
from models import ConsentCapacity, RecordError, exact_amount
from tasks.result import TaskError

REFUSED: Final = NO_ANSWER
"""The ways not to answer that every item takes (domain.md); `not_collected` does not meet `required`."""

NONE_SUITABLE: Final = "none_suitable"
LONGEST_TEXT: Final = 10_000
MOST_FILES: Final = 20
"""Files that answer one question at most."""

LARGEST: Final = Decimal(10) ** 15
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_NUMBER: Final = re.compile(r"[+-]?\d{1,15}(\.\d{1,10})?")

Item = Mapping[str, Any]
"""One entry of `HumanTask.form`; see `tasks.people.forms.build_form`."""


class UnreadableError(TaskError):
    """An answer does not fit its item. The message says what is wanted and never what was typed."""


def is_blank(raw: object) -> bool:
    """Whether nothing was typed."""
    return raw is None or (isinstance(raw, str) and not raw.strip())


def no_answer(kept: object) -> str | None:
    """The code of a kept answer that says why there is none; None for an answer."""
    return str(kept["no_answer"]) if isinstance(kept, Mapping) and "no_answer" in kept else None


def satisfies(kept: object) -> bool:
    """Whether a kept answer meets `required`: everything does except nothing and `not_collected`."""
    return kept is not None and kept != "not_collected" and no_answer(kept) != "not_collected"


def read_answer(item: Item, raw: object) -> Any:
    """The JSON of an answer; UnreadableError when it does not fit. A blank one is the caller's business."""
    kind = str(item["type"])
    refusal = _refusal(kind, raw)
    if refusal is not None:
        return refusal
    return _READ.get(kind, _record)(item, raw)


def read_text(raw: object, longest: int = LONGEST_TEXT) -> str:
    """A text without control characters and characters that turn the direction of writing."""
    if not isinstance(raw, str):
        raise UnreadableError("a text is wanted")
    text = unicodedata.normalize("NFC", raw.strip())
    if len(text) > longest:
        raise UnreadableError(f"a text has at most {longest:,} characters; this one has {len(text):,}")
    if any(
        each in _BIDI or (unicodedata.category(each) in {"Cc", "Cs"} and each not in "\n\r\t")
        for each in text
    ):
        raise UnreadableError(
            "the text holds a character that cannot be seen; delete it and type the text around it again"
        )
    return text


def _refusal(kind: str, raw: object) -> Any:
    if isinstance(raw, Mapping) and set(raw) == {"no_answer"}:
        if raw["no_answer"] not in REFUSED:
            raise UnreadableError(f"`no_answer` is one of {', '.join(REFUSED)}")
        code = raw["no_answer"]
        return code if kind == "yes_no" else {"no_answer": code}
    if kind in {"yes_no", "text"} or not isinstance(raw, str) or raw not in REFUSED:
        return None
    return {"no_answer": raw}


def _one_of(raw: object, allowed: Mapping[str, Any] | tuple[str, ...], what: str) -> str:
    if isinstance(raw, str) and raw in allowed:
        return raw
    meant = suggest(raw, tuple(allowed)) if isinstance(raw, str) else None
    hint = f"; did you mean `{meant}`?" if meant else ""
    raise UnreadableError(f"{what} is one of {', '.join(allowed)}{hint}")


def _yes_no(_item: Item, raw: object) -> Any:
    return _one_of(raw, YES_NO_CODES, "a yes/no answer, written as a word,")


def _choice(item: Item, raw: object) -> Any:
    return _one_of(raw, item["options"], "the answer")


def _choices(item: Item, raw: object) -> Any:
    if not isinstance(raw, list | tuple):
        raise UnreadableError("a list of answers is wanted, such as [a, b]; an empty list is none of them")
    chosen = [_one_of(each, item["options"], "each answer") for each in raw]
    if len(set(chosen)) != len(chosen):
        raise UnreadableError("the same answer stands twice in the list")
    return [code for code in item["options"] if code in chosen]


def _number(item: Item, raw: object) -> Any:
    number = _decimal(raw)
    least, most = item.get("at_least"), item.get("at_most")
    if least is not None and number < Decimal(least):
        raise UnreadableError(f"the number is at least {least}")
    if most is not None and number > Decimal(most):
        raise UnreadableError(f"the number is at most {most}")
    return str(number)


def _decimal(raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal | str):
        raise UnreadableError("a number is wanted")
    text = str(raw).strip()
    if isinstance(raw, str) and not _NUMBER.fullmatch(text):
        raise UnreadableError("a number is written in digits with a point, such as 1200.50")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise UnreadableError("a number is wanted") from None
    if not number.is_finite() or abs(number) >= LARGEST:
        raise UnreadableError("a number has at most 15 digits before the point")
    return number


def _money(_item: Item, raw: object) -> Any:
    parts = raw.split() if isinstance(raw, str) else None
    if isinstance(raw, Mapping) and set(raw) == {"amount", "currency"}:
        parts = [str(raw["amount"]), str(raw["currency"])]
    if parts is None or len(parts) != 2:
        raise UnreadableError("an amount is written with its currency, such as 1200.50 EUR")
    try:
        amount = exact_amount(_decimal(parts[0]))
    except RecordError as error:
        raise UnreadableError(str(error)) from None
    return {"amount": str(amount), "currency": _currency(parts[1])}


def _currency(text: str) -> str:
    from babel.numbers import list_currencies  # late: its tables take time to load

    if text not in list_currencies():
        raise UnreadableError("the currency is a code of ISO 4217 in capital letters, such as EUR")
    return text


def _date(_item: Item, raw: object) -> Any:
    if isinstance(raw, date) and not isinstance(raw, datetime):
        return raw.isoformat()
    if isinstance(raw, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw.strip()):
        try:
            return date.fromisoformat(raw.strip()).isoformat()
        except ValueError:
            raise UnreadableError("this day does not exist in the calendar") from None
    raise UnreadableError("a date is written as 2026-02-28")


def _moment(item: Item, raw: object) -> Any:
    return read_moment(raw, str(item.get("zone", "UTC"))).isoformat()


def read_moment(raw: object, zone: str) -> datetime:
    """A date and time in UTC; without an offset it is what the clocks of `zone` show.

    UnreadableError for a time that the clocks skip, or show twice, that night.
    """
    if isinstance(raw, str):
        try:
            raw = datetime.fromisoformat(raw.strip())
        except ValueError:
            raise UnreadableError("a date and time is written as 2026-02-28T14:30") from None
    if not isinstance(raw, datetime):
        raise UnreadableError("a date and time is wanted, written as 2026-02-28T14:30")
    if raw.tzinfo is not None:
        return raw.astimezone(UTC)
    local = raw.replace(tzinfo=ZoneInfo(zone), fold=0)
    if local.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) != raw:
        raise UnreadableError(
            "this time does not exist: the clocks are put forward over it; take a later one"
        )
    if local.utcoffset() != local.replace(fold=1).utcoffset():
        raise UnreadableError(
            "this time comes twice: the clocks are put back; add the offset, such as +02:00"
        )
    return local.astimezone(UTC)


def _consent(_item: Item, raw: object) -> Any:
    """`yes`, `no`, or a mapping with `given` and, as far as known, `by`, `capacity`, `document`, `until`."""
    given = dict(raw) if isinstance(raw, Mapping) else {"given": raw}
    unknown = sorted(set(given) - {"given", "by", "capacity", "document", "until"})
    if unknown:
        raise UnreadableError(
            "a consent has `given`, `by`, `capacity`, `document` and `until` and nothing else"
        )
    code = _one_of(given.get("given"), ("yes", "no", *REFUSED), "a consent")
    if code != "yes":
        return {"no_answer": code}
    kept = {"given": "yes"}
    kept |= {key: read_text(given[key], 200) for key in ("by", "document") if not is_blank(given.get(key))}
    if not is_blank(given.get("capacity")):
        capacities = tuple(each.value for each in ConsentCapacity)
        kept["capacity"] = _one_of(given["capacity"], capacities, "the capacity")
    if not is_blank(given.get("until")):
        kept["until"] = _date(_item, given["until"])
    return kept


def _file(_item: Item, raw: object) -> Any:
    """The id of a file that was given for this item; whether it was, is looked up when the answer is kept."""
    file_id = raw.get("file") if isinstance(raw, Mapping) else raw
    if not isinstance(file_id, str) or len(file_id) > 40:
        raise UnreadableError("a file is wanted; add it, and send what comes back")
    return {"record": "StoredFile", "id": file_id}


def _files(item: Item, raw: object) -> Any:
    """The ids of several files that were given for this item, in their order."""
    if not isinstance(raw, list | tuple) or not raw:
        raise UnreadableError("a list of files is wanted; add each, and send what comes back")
    if len(raw) > MOST_FILES:
        raise UnreadableError(f"a question takes {MOST_FILES} files at most")
    found = [_file(item, each) for each in raw]
    if len({each["id"] for each in found}) != len(found):
        raise UnreadableError("the same file stands twice in the list")
    return found


def _record(item: Item, raw: object) -> Any:
    """The id of a record that was offered, or why none of them is suitable."""
    if isinstance(raw, Mapping) and set(raw) == {NONE_SUITABLE} and not is_blank(raw[NONE_SUITABLE]):
        return {"no_answer": NONE_SUITABLE, "reason": read_text(raw[NONE_SUITABLE], 500)}
    if raw == NONE_SUITABLE or (isinstance(raw, Mapping) and NONE_SUITABLE in raw):
        raise UnreadableError("say why none is suitable: {none_suitable: the reason}")
    record_id = raw.get("id") if isinstance(raw, Mapping) else raw
    if not isinstance(record_id, str) or record_id not in item["options"]:
        raise UnreadableError(
            f"one of the {len(item['options'])} offered is wanted, by its id, or none_suitable with a reason"
        )
    return {"record": item["record"], "id": record_id}


_READ: Mapping[str, Callable[[Item, object], Any]] = MappingProxyType(
    {
        "yes_no": _yes_no,
        "choice": _choice,
        "choices": _choices,
        "text": lambda _item, raw: read_text(raw),
        "number": _number,
        "money": _money,
        "date": _date,
        "date and time": _moment,
        "consent": _consent,
        "file": _file,
        "files": _files,
    }
)
