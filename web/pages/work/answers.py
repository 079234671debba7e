"""Answers as people read them: titles instead of codes, units, days as they are said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from web.forms.fields import NO_ANSWER, Field
from web.pages.wording import Wording, plain

CONSENTS: Final = {"yes": "Given", "no": "Not given"}
NONE_OF: Final = {"Service": "None suitable", "Client": "None of these people", "Staff": "None of these"}


@dataclass(frozen=True, slots=True)
class Telling:
    """Words for the answers of a form."""

    words: Wording

    def answer(self, field: Field) -> str:
        """What stands in a field; empty for nothing."""
        return self.value(field, field.value)

    def value(self, field: Field, value: Any) -> str:  # noqa: PLR0911  (one return per kind of answer)
        """A value that stands, or stood, in this field."""
        match value:
            case None:
                return ""
            case {"no_answer": code}:
                return NO_ANSWER.get(str(code), plain(str(code)))
            case {"none_suitable": why}:
                return f"{NONE_OF.get(field.record, 'None')}: {why}"
            case {"given": code}:
                return self._consent(str(code), value)
            case {"amount": amount, "currency": currency}:
                return f"{amount} {currency}"
            case {"name": name, "size": size}:
                return f"{name} ({weight(int(size))})"
            case list():
                return ", ".join(self._part(field, each) for each in value) or "None of these"
            case _:
                return self._plain(field, value)

    def _part(self, field: Field, value: Any) -> str:
        return self.value(field, value) if isinstance(value, Mapping) else _title(field.options, value)

    def _plain(self, field: Field, value: Any) -> str:
        if field.type == "number" and field.unit:
            return f"{value} {field.unit}"
        try:
            if field.type == "date":
                return self.words.day(date.fromisoformat(str(value)))
            if field.type == "date and time":
                return self.words.at(datetime.fromisoformat(str(value)).replace(tzinfo=self.words.zone))
        except ValueError:  # a draft that can't be read is shown as it was typed
            return str(value)
        return _title(field.options, value)

    def _consent(self, code: str, said: Mapping[str, Any]) -> str:
        parts = [CONSENTS.get(code, NO_ANSWER.get(code, plain(code)))]
        if said.get("by"):
            role = plain(said.get("capacity"))
            parts.append(f"by {said['by']}" + (f" as {role}" if role not in ("", "self") else ""))
        if said.get("until"):
            parts.append(f"until {self.words.day(date.fromisoformat(str(said['until'])))}")
        if said.get("document"):
            parts.append(f"written down in {said['document']}")
        if said.get("taken_back"):
            parts.append("taken back since")
        return ", ".join(parts)


def weight(size: int) -> str:
    """The size of a file in words: `820 bytes`, `35 KB`, `2.4 MB`."""
    if size < 1_000:
        return f"{size} bytes"
    return f"{size / 1_000:.0f} KB" if size < 1_000_000 else f"{size / 1_000_000:.1f} MB"


def _title(options: Mapping[str, str], code: Any) -> str:
    return options.get(str(code), str(code))
