"""What came of a definition that was dropped on the page: a part of the page, put together on the server."""

import re
from typing import Any, Final

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from markupsafe import Markup, escape

from definitions import Diagnostic, explained, render
from flows.publishing.proving import Proof
from flows.scenarios.covering import Coverage
from flows.versions import newest
from web.api.processes import Files, proved
from web.api.visiting import Visiting
from web.pages.rendering import render as rendered
from web.pages.wording import sentence
from web.reading.process.outline import in_words
from web.reading.process.processes import DifferenceLine, difference, head_of, in_flight_of
from web.reading.process.words import ProcessWords
from web.visitor import Visit

router = APIRouter(include_in_schema=False)

MOST_UNCOVERED = 40


@router.post("/proposals/checked")
def checked(visit: Visiting, sent: Files) -> HTMLResponse:
    """Everything about these files: problems with their lines, scenarios, what changes, and the form by which
    it is put forward.
    """
    proof = proved(visit, sent)
    plan = proof.plan
    number, changes, in_flight = _beside(visit, proof)
    values = {
        "proof": proof,
        "plan": plan,
        "problems": [problem(each) for each in proof.diagnostics],
        "head": () if plan is None else head_of(plan, visit.web.groups),
        "steps": () if plan is None else tuple(in_words(plan, ProcessWords(plan, visit.web.groups))),
        "uncovered": [] if proof.coverage is None else uncovered(proof.coverage),
        "number": number,
        "changes": changes,
        "in_flight": in_flight,
    }
    return HTMLResponse(rendered("proposal_checked.html", values))


_TICKED: Final = re.compile("`([^`]*)`")


def problem(found: Diagnostic) -> dict[str, Any]:
    """A problem for the page: what, where, the line with a mark under its place, and what the code means."""
    head, *rest = render(found).split("\n")
    known = explained().get(found.code)
    return {
        "code": found.code,
        "severity": found.severity,
        "where": f"{found.span.file}, line {found.span.line}, column {found.span.column}",
        "message": _in_code(sentence(head.split(f"{found.code}: ", 1)[1])),
        "rest": "\n".join(rest),
        "means": "" if known is None else known.part("What it means."),
        "do": "" if known is None else known.part("What to do."),
    }


def _in_code(words: str) -> Markup:
    """Words in which what stands in backticks is code; all of it is escaped."""
    return Markup(_TICKED.sub(r"<code>\1</code>", str(escape(words))))  # noqa: S704  (escaped the line before)


def uncovered(coverage: Coverage) -> list[str]:
    """What no scenario has gone through, in words."""
    said = []
    for each in coverage.uncovered[:MOST_UNCOVERED]:
        title = coverage.plan.step(each.step).title
        point = each.point
        said.append(f"{title}: never runs" if point is None else f"{title}, {point.name}: never {each.way}")
    return said


def _beside(visit: Visit, proof: Proof) -> tuple[int, tuple[DifferenceLine, ...] | None, dict[int, int]]:
    if proof.plan is None:
        return 0, None, {}
    with visit.web.store.read() as session:
        last = newest(session, proof.plan.process)
        before, number = ("", 0) if last is None else (last.source, last.number)
        return number, difference(before, proof.plan.source), in_flight_of(session, proof.plan.process)
