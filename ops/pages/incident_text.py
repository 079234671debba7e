"""Incidents, written for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from ops.pages.incident_page import HeldRow, IncidentPage, IncidentRow, Mark
from ops.pages.terminal import at, safe, say, table


def list_text(rows: Sequence[IncidentRow], held: Sequence[HeldRow], zone: ZoneInfo) -> None:
    """Write the open incidents and the held instances; times are those of `zone`."""
    if rows:
        lines = [
            (
                row.id,
                row.case or "",
                f"{row.process or ''} {_step(row)}".strip(),
                row.position or "",
                f"{'CRITICAL: ' if row.critical else ''}{row.message}",
                at(row.since, zone),
                row.holder,
            )
            for row in rows
        ]
        table(("Incident", "Case", "Step", "Where", "What is wrong", "Since", "With"), lines)
        say("Show one with what can be done: casewright incidents INCIDENT")
    else:
        say("No open incidents.")
    if held:
        kept = [
            (each.instance, each.case or "", each.process, each.reason or "", at(each.since, zone), each.by)
            for each in held
        ]
        table(("Held", "Case", "Process", "Why", "Since", "By"), kept)


def incident_text(page: IncidentPage, zone: ZoneInfo) -> None:
    """Write one incident with all that a person needs to decide."""
    row = page.incident
    say(safe(f"{page.title} ({row.status}), with {row.holder}, since {at(row.since, zone)}"))
    places = [
        row.part or "",
        f"case {row.case}" if row.case else "",
        f"instance {row.instance}" if row.instance else "",
    ]
    say(safe(", ".join([f"Incident {row.id}", *filter(None, places)])))
    say(safe(f"{row.code + ': ' if row.code else ''}{row.message}"))
    if row.position:
        say(f"\n{row.position} ({row.process} v{row.version})")
        for number, line in page.source:
            say(f"{number:>5} | {safe(line)}")
            if page.marked is not None and page.marked.line == number:
                say(f"      | {_under(line, page.marked)}")
    if page.expression is not None:
        key = f"`{page.marked.key}`: " if page.marked is not None and page.marked.key else ""
        say(safe(f"\nNo value for {key}{page.expression}"))
        _values(page.values)
    others = {name: value for name, value in page.inputs.items() if name not in page.values}
    if others:
        say("\nWhat it had read:" if page.expression is None else "\nWhat it had read besides:")
        _values(others)
    _ways(page)


def _under(line: str, mark: Mark) -> str:
    """Carets under the marked part of a line."""
    return " " * len(safe(line[: mark.column - 1])) + "^" * max(1, mark.end_column - mark.column)


def _values(values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        say(safe(f"  {name}: {'not recorded' if value is None else value}"))


def _ways(page: IncidentPage) -> None:
    row = page.incident
    say("\nWhat can be done, once its cause is mended or known:")
    say(f"  casewright retry {row.id}")
    if row.instance is not None:
        say(f"  casewright retry {row.id} --set INPUT=VALUE --reason WHY")
    if page.about == "step":
        needed = "".join(f" --output {each.name}=..." for each in page.outputs if each.read_by)
        say(f"  casewright skip {row.id} --reason WHY{needed}")
        for each in page.outputs:
            why = f"; needed by {', '.join(each.read_by)}" if each.read_by else ""
            say(safe(f"      {each.name}: {each.type}{why}"))
    elif page.about != "version":
        say(f"  casewright skip {row.id} --reason WHY     (leaves the {page.about} out; the step goes on)")
    if row.instance is not None:
        say(f"  casewright cancel {row.instance} --reason WHY     (ends the whole instance)")


def _step(row: IncidentRow) -> str:
    return f"{row.step or ''}{f' ({row.part})' if row.part else ''}"
