"""Keeping a score: the assessment that it belongs to, and the row that replaces the score before it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models import Assessment, Case, related
from models import Score as ScoreRow
from tasks.call import Call
from tasks.history import Act, Happening, audit, chronicle


@dataclass(frozen=True, slots=True)
class Answered:
    """Who answered an item, when, in which task. `by` is a staff id, None where nobody is known."""

    task_id: str
    by: str | None
    at: datetime


def keep_score(
    call: Call,
    output: Mapping[str, Any],
    items: Sequence[tuple[dict[str, Any], Answered | None]],
    overrides: Sequence[dict[str, Any]],
) -> ScoreRow | None:
    """Write the score with its items, the definition version and who answered.

    None when there is no case yet. The score of the same case and step before it is superseded, not
    changed.
    """
    case = None if call.instance.case_id is None else call.session.get(Case, call.instance.case_id)
    if case is None:
        return None
    answers = [answered for _, answered in items if answered is not None]
    before = _supersede(call, case)
    row = ScoreRow(
        id=call.new_id(),
        case_id=case.id,
        client_id=case.client_id,
        assessment_id=_assessment(call, case, answers).id,
        instance_id=call.instance.id,
        step_run_id=call.run.id,
        version_id=call.instance.version_id,
        name=call.step.id,
        title=call.step.title,
        points=output["total"],
        band=output["band"],
        provisional=output["provisional"],
        could_rise_to=output["could_rise_to"] if output["provisional"] else None,
        items=[facts | _said(answered) for facts, answered in items],
        overrides=list(overrides),
        explanation=output["explanation"],
        calculated_at=call.now,
        supersedes_id=None if before is None else before.id,
    )
    call.session.add(row)
    audit(call, Act.CREATE, "Score", row.id, ["points", "band", "items"])
    title = f"{call.step.title}: {output['band']}{', provisional' if output['provisional'] else ''}"
    chronicle(call, Happening.SCORE_CALCULATED, title, output["explanation"], record=("Score", row.id))
    return row


def _said(answered: Answered | None) -> dict[str, Any]:
    if answered is None:
        return {}
    return {"answered_by": answered.by, "answered_at": answered.at.isoformat()}


def _supersede(call: Call, case: Case) -> ScoreRow | None:
    scores = related(call.session, ScoreRow, case_id=case.id)
    current = (row for row in scores if row.name == call.step.id and row.superseded_at is None)
    before = next(current, None)
    if before is not None:
        before.superseded_at = call.now
        call.session.add(before)
        call.session.flush()  # one score is current at a time, so the old one has to give way first
    return before


def _assessment(call: Call, case: Case, answers: Sequence[Answered]) -> Assessment:
    """The assessment of this instance; its first score makes it, with the checklist that it rests on."""
    known = related(call.session, Assessment, instance_id=call.instance.id)
    if known:
        return known[0]
    latest = max(answers, key=lambda answered: answered.at, default=None)
    row = Assessment(
        id=call.new_id(),
        case_id=case.id,
        client_id=case.client_id,
        instance_id=call.instance.id,
        task_id=None if latest is None else latest.task_id,
        assessed_by=None if latest is None else latest.by,
        started_at=min((answered.at for answered in answers), default=call.now),
        completed_at=call.now,
    )
    call.session.add(row)
    return row
