"""Keeping the answers to a form: who gave each, when, from where; drafts; corrections; the Consent that an
answer makes.

An answer is never overwritten: a new one supersedes it. All of it happens in the caller's transaction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from definitions.time.local_time import add_months
from models import (
    AnswerSource,
    Case,
    ChecklistAnswer,
    Client,
    Consent,
    ConsentBasis,
    ConsentCapacity,
    HumanTask,
    StoredFile,
    add_last,
    related,
)
from tasks.history import Happening, add_entry
from tasks.people.answer_values import Item, no_answer
from tasks.people.form_items import FILED
from tasks.people.forms import FormError, ItemProblem, Place, place_of
from tasks.people.given_answers import forget_answers

MADE_BY_PROCESS: Final = "system"

_CLIENT: Final = (
    select(Client.id, Client.given_name, Client.family_name)
    .join(Case, col(Case.client_id) == Client.id)
    .where(Case.id == bindparam("case"))
)
"""The client of a case, by name."""


@dataclass(frozen=True, slots=True)
class Given:
    """Who gives answers, when, and what they rest on. `by` is a staff id; None for the command line's
    operator.
    """

    by: str | None
    now: datetime
    source: AnswerSource = AnswerSource.WORKER
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was just kept, and the one it supersedes."""

    answer: ChecklistAnswer
    before: ChecklistAnswer | None


def current_answers(
    session: Session, task: HumanTask, *, drafts: bool = False
) -> dict[Place, ChecklistAnswer]:
    """The answers that count, by step and item; with `drafts`, the drafts instead."""
    return {
        (answer.step, answer.item): answer
        for answer in related(session, ChecklistAnswer, task_id=task.id)
        if answer.draft is drafts and answer.superseded_at is None
    }


def values_of(answers: Mapping[Place, ChecklistAnswer]) -> dict[Place, Any]:
    """The kept JSON of each answer."""
    return {place: answer.value for place, answer in answers.items()}


def keep_answers(session: Session, task: HumanTask, values: Mapping[Place, Any], given: Given) -> list[Kept]:
    """Keep checked answers; one that says the same as before stays. Drafts of these items have done their
    work.

    A consent that was given becomes a Consent record; one that is taken back, or given anew, is withdrawn.
    """
    before = current_answers(session, task)
    drafts = current_answers(session, task, drafts=True)
    entries = {place_of(item): item for item in task.form}
    fresh: list[tuple[Place, Any, ChecklistAnswer | None]] = []
    for place, value in values.items():
        old = before.get(place)
        _check_file(session, task, entries[place], value)
        if old is None or not _same(session, entries[place], old.value, value):
            fresh.append((place, value, old))
    supersede_answers(session, [old for _, _, old in fresh if old], given.now)
    supersede_answers(session, [drafts[place] for place in values if place in drafts], given.now)
    kept = [_keep(session, task, entries[place], value, old, given) for place, value, old in fresh]
    forget_answers(session)
    return kept


def _check_file(session: Session, task: HumanTask, item: Item, value: Any) -> None:
    """A file answers the item that it was given for, and no other."""
    if item["type"] not in FILED or no_answer(value) is not None:
        return
    for each in value if isinstance(value, list) else (value,):
        kept = session.get(StoredFile, each["id"])
        if kept is None or (kept.task_id, (kept.step, kept.item)) != (task.id, place_of(item)):
            raise FormError([ItemProblem(str(item["id"]), "this file is not here; add it again")])


def keep_drafts(session: Session, task: HumanTask, values: Mapping[Place, Any], given: Given) -> None:
    """Keep what was typed, as it was typed, without counting it. A blank one takes the draft away."""
    drafts = current_answers(session, task, drafts=True)
    entries = {place_of(item): item for item in task.form}
    supersede_answers(session, [drafts[place] for place in values if place in drafts], given.now)
    for place, value in values.items():
        if value is not None:
            add_last(session, _row(task, entries[place], value, given, draft=True))
    session.flush()


def supersede_answers(session: Session, answers: list[ChecklistAnswer], now: datetime) -> None:
    """Let these answers count no longer."""
    for answer in answers:
        answer.superseded_at = now
        session.add(answer)
    if answers:
        session.flush()  # before the new rows: one answer per item is current


def _same(session: Session, item: Item, old: Any, new: Any) -> bool:
    if item["type"] != "consent" or no_answer(old) or no_answer(new):
        return bool(old == new)
    consent = session.get(Consent, old["id"])
    if consent is None or consent.withdrawn_at is not None:
        return False
    terms = consent_terms(consent, ZoneInfo(str(item["zone"])))
    return terms == {**terms, **new}


def consent_terms(consent: Consent, zone: ZoneInfo) -> dict[str, Any]:
    """What was said when a consent was given, as somebody would type it into its question."""
    last = None if consent.expires_at is None else consent.expires_at.astimezone(zone).date()
    return {
        "given": "yes",
        "by": consent.given_by,
        "capacity": consent.capacity.value,
        "document": consent.source_document,
        "until": None if last is None else last.isoformat(),
    }


def _keep(
    session: Session, task: HumanTask, item: Item, value: Any, old: ChecklistAnswer | None, given: Given
) -> Kept:
    if item["type"] == "consent":
        value = _consent(session, task, item, value, old, given)
    answer = _row(task, item, value, given)
    answer.supersedes_id = None if old is None else old.id
    add_last(session, answer)
    return Kept(answer, old)


def _row(task: HumanTask, item: Item, value: Any, given: Given, *, draft: bool = False) -> ChecklistAnswer:
    step, name = place_of(item)
    return ChecklistAnswer(
        task_id=task.id,
        step=step,
        iteration=str(item["iteration"]),
        item=name,
        value=value,
        answered_by=given.by,
        answered_at=given.now,
        source=given.source,
        draft=draft,
        idempotency_key=None if draft else given.key,
    )


# -- consent


def _consent(
    session: Session, task: HumanTask, item: Item, value: Any, old: ChecklistAnswer | None, given: Given
) -> Any:
    """The JSON of a consent's answer: the record it made, or why there is none."""
    case_id = task.case_id
    if case_id is None:
        raise FormError([ItemProblem(str(item["id"]), "a consent belongs to a case, and this task has none")])
    zone = ZoneInfo(str(item["zone"]))
    if old is not None and no_answer(old.value) is None:
        _withdraw(session, case_id, old.value["id"], given, zone)
    if no_answer(value) is not None:
        title = f"Consent not given: {item['ask']}"
        _chronicle(session, case_id, Happening.CONSENT_REFUSED, title, None, given, zone)
        return value
    consent = _record(session, case_id, item, value, given)
    add_last(session, consent)
    title = f"Consent given: {item['ask']}"
    _chronicle(session, case_id, Happening.CONSENT_GIVEN, title, consent.id, given, zone)
    return {"record": "Consent", "id": consent.id}


def _record(session: Session, case_id: str, item: Item, value: Mapping[str, str], given: Given) -> Consent:
    terms = item["consent"]
    client_id, given_name, family_name = session.connection().execute(_CLIENT, {"case": case_id}).one()
    return Consent(
        client_id=client_id,
        case_id=case_id,
        purpose=terms["purpose"],
        recipients=terms["recipients"],
        data_categories=terms["data"],
        basis=ConsentBasis(terms["basis"]),
        given_by=value.get("by", f"{given_name} {family_name}"),
        capacity=ConsentCapacity(value.get("capacity", ConsentCapacity.SELF.value)),
        given_at=given.now,
        expires_at=_ends(item, value, given.now),
        source_document=value.get("document"),
        recorded_by=given.by,
    )


def _ends(item: Item, value: Mapping[str, str], now: datetime) -> datetime:
    """When a consent runs out: as the definition says, or at the end of an earlier day that was agreed."""
    terms, zone = item["consent"], ZoneInfo(str(item["zone"]))
    latest = _expiry(now, int(terms["amount"]), str(terms["unit"]), zone)
    if "until" not in value:
        return latest
    day = date.fromisoformat(value["until"])
    if not now.astimezone(zone).date() <= day <= latest.astimezone(zone).date():
        lasts = f"{terms['amount']} {terms['unit']}"
        raise FormError(
            [ItemProblem(str(item["id"]), f"a consent lasts until a day from today on, {lasts} at most")]
        )
    return min(latest, datetime.combine(day, time.max.replace(microsecond=0), zone))


def _expiry(now: datetime, amount: int, unit: str, zone: ZoneInfo) -> datetime:
    """The same wall time that long after; in UTC."""
    local = now.astimezone(zone)
    if unit == "months":
        day = add_months(local.date(), amount)
    else:
        day = local.date() + timedelta(days=amount * (7 if unit == "weeks" else 1))
    return datetime.combine(day, local.time(), zone)


def _withdraw(session: Session, case_id: str, consent_id: str, given: Given, zone: ZoneInfo) -> None:
    consent = session.get(Consent, consent_id)
    if consent is not None and consent.withdrawn_at is None:
        consent.withdrawn_at = given.now
        session.add(consent)
        _chronicle(
            session, case_id, Happening.CONSENT_WITHDRAWN, "Consent taken back", consent.id, given, zone
        )


def _chronicle(
    session: Session,
    case_id: str,
    kind: Happening,
    title: str,
    consent_id: str | None,
    given: Given,
    zone: ZoneInfo,
) -> None:
    add_entry(
        session,
        case_id,
        kind,
        title,
        now=given.now,
        zone=zone,
        by=given.by or MADE_BY_PROCESS,
        record=None if consent_id is None else ("Consent", consent_id),
    )
