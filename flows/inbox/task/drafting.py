"""What people type before they send a form: kept on the server as it was typed, so that nothing is lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from flows.inbox.commands import command
from flows.inbox.desk import find_open
from flows.inbox.task.answering import Answers, jsonable, pairs_of
from models import ChecklistAnswer, HumanTask, Store, TaskStatus
from tasks.people.answer_values import is_blank
from tasks.people.answers import Given, current_answers, keep_drafts
from tasks.people.forms import Place, entry_of, place_of
from tasks.people.human_tasks import change


@dataclass(frozen=True, slots=True)
class DraftKept:
    """What became of typed answers, by full name (`step.item`): the id of the row that holds each now, None
    for one that was taken away; and the rows of others that stand in the way of `conflicts`, which were not
    kept.
    """

    rows: Mapping[str, str | None]
    conflicts: Mapping[str, ChecklistAnswer]


@command
def save_draft(
    store: Store,
    task_id: str,
    answers: Answers,
    *,
    by: str | None,
    now: datetime,
    based_on: Mapping[str, str | None] | None = None,
) -> DraftKept:
    """Keep what was typed so far, as it was typed; it counts when the form is sent. A blank answer takes
    its draft away.

    `based_on` says by full name which row was on the screen when it was typed (None: none). Where another one
    stands meanwhile and says something else, what was typed is not kept, so that two people in one form lose
    nothing. FormError for items that the form does not have.
    """
    with store.write("wake") as session:
        task = find_open(session, task_id, by)
        typed = {
            place_of(entry_of(task.form, name)): None if is_blank(raw) else jsonable(raw)
            for name, raw in pairs_of(answers)
        }
        standing = standing_rows(session, task)
        conflicts = {} if based_on is None else _in_the_way(typed, standing, based_on)
        fresh = {place: raw for place, raw in typed.items() if place not in conflicts}
        changed = {place: raw for place, raw in fresh.items() if not _stands(standing.get(place), raw)}
        keep_drafts(session, task, changed, Given(by, now))
        if changed and task.status in (TaskStatus.REQUESTED, TaskStatus.ACCEPTED):
            change(session, task, "status", TaskStatus.IN_PROGRESS, now, by)
        kept = standing_rows(session, task)
        return DraftKept(
            {".".join(place): kept[place].id if place in kept else None for place in fresh},
            {".".join(place): row for place, row in conflicts.items()},
        )


def standing_rows(session: Session, task: HumanTask) -> dict[Place, ChecklistAnswer]:
    """What stands in a form, by step and item: what was typed last, else the answer that counts."""
    return {**current_answers(session, task), **current_answers(session, task, drafts=True)}


def _in_the_way(
    typed: Mapping[Place, Any],
    standing: Mapping[Place, ChecklistAnswer],
    based_on: Mapping[str, str | None],
) -> dict[Place, ChecklistAnswer]:
    return {
        place: row
        for place, row in standing.items()
        if place in typed and row.id != based_on.get(".".join(place)) and row.value != typed[place]
    }


def _stands(row: ChecklistAnswer | None, raw: Any) -> bool:
    """Whether the same stands there already as a draft, or nothing where nothing is wanted."""
    return raw is None if row is None else row.draft and row.value == raw
