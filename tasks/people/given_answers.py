"""The answers that count now, as steps read them: by instance, for the whole batch at once."""

from collections.abc import Collection, Mapping
from contextlib import nullcontext
from typing import Final, TypeAlias

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from models import ChecklistAnswer, CohortSession, HumanTask, StepRun, TaskStatus, among

Answers: TypeAlias = Mapping[tuple[str, str], ChecklistAnswer]
"""Current answers outside iterations, by step and item."""

_ByInstance: TypeAlias = dict[str, dict[tuple[str, str], ChecklistAnswer]]
_KNOWN: Final = "casewright.answers"
"""Where a transaction keeps what it has read."""


def answers_of(session: Session, instance_id: str) -> Answers:
    """The current answers of an instance's forms; those on a form that was taken back count for nothing.

    They are read once in a transaction, unless it adds to them or changes them (`forget_answers`).
    """
    if not isinstance(session, CohortSession):
        return _read(session, (instance_id,), {})[instance_id]
    stamp = session.added(ChecklistAnswer)
    known = session.info.setdefault(_KNOWN, {}).setdefault(stamp, {})
    if instance_id not in known:
        _read(session, session.together(instance_id), known)
    answers: Answers = known[instance_id]
    return answers


def forget_answers(session: Session) -> None:
    """Read them anew when they are asked for again: this transaction has changed them."""
    session.info.pop(_KNOWN, None)


def answers_at(session: Session, instance_id: str, paths: Mapping[str, str]) -> Answers:
    """The current answers of the forms in loops, of each step those at its iteration path."""
    query = _standing([instance_id]).where(col(ChecklistAnswer.iteration).in_(sorted(set(paths.values()))))
    found: dict[tuple[str, str], ChecklistAnswer] = {}
    for _, answer in session.exec(query).all():
        if paths.get(answer.step) == answer.iteration:
            _count(session, found, answer)
    return found


def _read(session: Session, instances: Collection[str], known: _ByInstance) -> _ByInstance:
    wanted = [each for each in instances if each not in known]
    known.update((each, {}) for each in wanted)
    for owner, answer in _asked(session, wanted):
        if owner is not None:
            _count(session, known[owner], answer)
    return known


def _count(
    session: Session, counting: dict[tuple[str, str], ChecklistAnswer], answer: ChecklistAnswer
) -> None:
    """Of two answers to one question, on the forms of a step that was done again, the one of the later
    attempt counts, whatever the clock said; elsewhere the one that was given last.
    """
    place = answer.step, answer.item
    other = counting.get(place)
    if other is None or not _asked_later(session, other, answer):
        counting[place] = answer


def _asked_later(session: Session, one: ChecklistAnswer, other: ChecklistAnswer) -> bool:
    with session.no_autoflush:
        first, second = (session.get_one(HumanTask, each.task_id) for each in (one, other))
        if (first.step, first.iteration) != (second.step, second.iteration):
            return False
        runs = [session.get(StepRun, each.step_run_id) for each in (first, second) if each.step_run_id]
    attempts = [run.attempt for run in runs if run is not None]
    return len(attempts) == 2 and attempts[0] > attempts[1]


def _asked(session: Session, instances: Collection[str]) -> list[tuple[str | None, ChecklistAnswer]]:
    """Without writing first what is pending, where that is none of these: on SQLite a step that writes late
    would have to become the writer for it.
    """
    query = _current(instances)
    if not isinstance(session, CohortSession) or session.added(ChecklistAnswer):
        return list(session.exec(query))
    with nullcontext() if session.changes(ChecklistAnswer, HumanTask) else session.no_autoflush:
        return list(session.exec(query))


def _current(instances: Collection[str]) -> Select[str | None, ChecklistAnswer]:
    return _standing(instances).where(col(ChecklistAnswer.iteration) == "")


def _standing(instances: Collection[str]) -> Select[str | None, ChecklistAnswer]:
    return (
        select(col(HumanTask.instance_id), ChecklistAnswer)
        .join(HumanTask, col(HumanTask.id) == col(ChecklistAnswer.task_id))
        .where(
            among(HumanTask.instance_id, instances),
            col(HumanTask.status) != TaskStatus.CANCELLED,
            col(ChecklistAnswer.draft).is_(False),
            col(ChecklistAnswer.superseded_at).is_(None),
        )
        .order_by(col(ChecklistAnswer.answered_at), col(ChecklistAnswer.id))  # done again: the last
    )
