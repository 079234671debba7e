"""A monthly summary as text (Markdown). Cases stand by their numbers; nothing names a person."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

MISSING = MappingProxyType(
    {
        "no_plan": "no agreed plan",
        "no_goals": "a plan without goals",
        "no_case_note": "no case note in this period",
        "risk_not_assessed": "no risk level",
        "risk_provisional": "the risk level is provisional",
        "priority_not_scored": "no priority",
        "priority_provisional": "the priority is provisional",
        "no_worker": "no caseworker",
    }
)
"""What a summary misses, in words. Codes are stored with reports and never removed."""

_CASELOAD = (
    ("open_at_end", "Open at the end"),
    ("active_at_end", "Active at the end"),
    ("on_hold_at_end", "On hold at the end"),
    ("opened", "Opened"),
    ("reopened", "Reopened"),
    ("closed", "Closed"),
)


def as_markdown(body: Mapping[str, Any]) -> str:
    """The text of a summary's body, each figure with the cases behind it."""
    return "\n".join(_lines(body)) + "\n"


def _lines(body: Mapping[str, Any]) -> Iterator[str]:
    period = body["period"]
    title = f"{_words(body['report']).capitalize()}: {_words(body['team'])}"
    yield f"# {title}, {period['from']} to {period['to']}"
    yield ""
    yield f"As the records said on {datetime.fromisoformat(body['as_of']):%Y-%m-%d at %H:%M %Z}."
    yield from _section("Caseload", [_row(label, body["caseload"][key]) for key, label in _CASELOAD])
    yield from _section("Open cases by risk level", _rows(body["caseload"]["by_risk_level"]))
    yield from _section(
        "Changes", [f"- {each['on']} {each['case']}: {each['title']}" for each in body["changes"]]
    )
    yield from _section("Goals by status", _rows(body["goals"]))
    yield from _section("Outcomes measured", [_outcome(each) for each in body["outcomes"]])
    yield from _section("Referrals by status", _rows(body["referrals"]))
    yield from _section("Needs without a suitable service", _some("Needs", body["unmet_needs"]))
    yield from _section("Visits", _rows(body["visits"]))
    yield from _section("What is missing", [_missing(each) for each in body["missing"]])


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    yield from ("", f"## {title}", "")
    yield from lines or ["None."]


def _rows(figures: Mapping[str, Any]) -> list[str]:
    return [_row(_words(name).capitalize(), figure) for name, figure in figures.items() if figure["count"]]


def _some(label: str, figure: Mapping[str, Any]) -> list[str]:
    return [_row(label, figure)] if figure["count"] else []


def _row(label: str, figure: Mapping[str, Any]) -> str:
    cases = f" ({', '.join(figure['cases'])})" if figure["cases"] else ""
    return f"- {label}: {figure['count']}{cases}"


def _outcome(each: Mapping[str, Any]) -> str:
    need = f", need {each['need']}" if each["need"] else ""
    return f"- {each['on']} {each['case']}: {_words(each['status'])}{need}"


def _missing(each: Mapping[str, Any]) -> str:
    return f"- {each['case']}: {'; '.join(MISSING[code] for code in each['missing'])}"


def _words(name: str) -> str:
    return str(name).replace("_", " ").replace("-", " ")
