"""Sealing the audit (engine.md R6): rows are written unchained, with what they are about, and chained later.

A seal takes rows that have none, in whatever order they were committed, and writes down their ids, what they
say and the seal before it, as one hash. A row that is committed late has no seal yet and gets the next one;
so nothing is skipped, and nobody who writes waits. Changing, removing or slipping in a row afterwards breaks
the hash, and `verify` names the row.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Row, func, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from flows.runtime import Runtime
from models import AuditEvent, AuditSeal

log = logging.getLogger(__name__)

BATCH: Final = 1000
"""Rows of one seal at most."""

ROUNDS: Final = 50
"""Seals of one call at most; what is left is for the next."""

SEALS: Final = 20
"""Seals that are read at once when they are looked at again."""

FIRST: Final = "0" * 64
"""What the first seal has in the place of the one before it."""

SHORT: Final = 16
"""Characters of a row's hash that the seal keeps, to name the row that was changed."""

COLUMNS: Final = (
    AuditEvent.id,
    AuditEvent.at,
    AuditEvent.actor,
    AuditEvent.action,
    AuditEvent.record,
    AuditEvent.record_id,
    AuditEvent.fields,
    AuditEvent.case_id,
    AuditEvent.instance_id,
    AuditEvent.reason,
)
"""What a row says. A column that comes later belongs at the end, and only where it is not null."""


def seal(runtime: Runtime) -> int:
    """Seal what has been committed and has no seal; returns how many rows.

    Two that seal at once do no harm: one of them gives way. It locks rows that are committed and that nobody
    changes, so it never holds up a step.
    """
    sealed = 0
    for _ in range(ROUNDS):
        try:
            count = _seal_once(runtime)
        except IntegrityError:  # another process has just made the seal of this number
            return sealed
        sealed += count
        if count < BATCH:
            break
    return sealed


def _seal_once(runtime: Runtime) -> int:
    """One seal. The hashing is done before the transaction that writes, which on SQLite holds up others."""
    with runtime.store.read() as session:
        rows, last = _unsealed(session), last_seal(session)
    if not rows:
        return 0
    made = _seal_of(runtime, rows, last)
    with runtime.store.write() as session:
        session.add(made)
        session.flush()  # first: where two seal at once, the second stops here
        marked = update(AuditEvent).where(col(AuditEvent.id).in_([row.id for row in rows]))
        session.exec(marked.values(seal=made.number).execution_options(synchronize_session=False))
        runtime.reach("seal.before_commit")
    runtime.reach("seal.after_commit")
    log.info("audit sealed up to %s: %s", made.number, made.digest)
    return len(rows)


def _seal_of(runtime: Runtime, rows: Sequence[Row[Any]], last: AuditSeal | None) -> AuditSeal:
    number, previous = (1, FIRST) if last is None else (last.number + 1, last.digest)
    digests, now = [digest_of(row) for row in rows], runtime.clock()
    return AuditSeal(
        id=runtime.new_id(),
        number=number,
        sealed_at=now,
        previous=previous,
        digest=chained(previous, number, now, digests),
        members=[[row.id, digest[:SHORT]] for row, digest in zip(rows, digests, strict=True)],
    )


def _unsealed(session: Session) -> Sequence[Row[Any]]:
    query = select(*COLUMNS).where(col(AuditEvent.seal).is_(None))  # type: ignore[call-overload]
    return session.execute(query.order_by(col(AuditEvent.id)).limit(BATCH)).all()


def last_seal(session: Session) -> AuditSeal | None:
    """The newest seal."""
    return session.exec(select(AuditSeal).order_by(col(AuditSeal.number).desc()).limit(1)).first()


def digest_of(row: Row[Any]) -> str:
    """The hash of what a row says: its columns in order, as compact JSON."""
    said = [_plain(value) for value in row]
    return sha256(
        json.dumps(said, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode()
    ).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def chained(previous: str, number: int, sealed_at: datetime, digests: Iterable[str]) -> str:
    """The hash of a seal: the one before it, its number and time, and its rows in their order."""
    return sha256("\n".join((previous, str(number), _plain(sealed_at), *digests)).encode()).hexdigest()


# -- looking whether all is as it was sealed


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the audit is not as it was sealed. `what` is `changed`, `deleted`, `inserted` or
    `seal` (the seal itself); `event` is the row's id, None where the seal is meant.
    """

    what: str
    seal: int
    event: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `verify` found: seals and rows that hold, rows without a seal yet, the newest seal and its hash.

    Whoever writes number and hash down elsewhere can tell later that nobody has made the chain anew.
    """

    seals: int
    rows: int
    unsealed: int
    oldest_unsealed: datetime | None
    head: str
    broken: Break | None = None


WORDS: Final[Mapping[str, str]] = {
    "changed": "row {event} of seal {seal} is not what was sealed",
    "deleted": "row {event} of seal {seal} is not there any more",
    "inserted": "row {event} says that seal {seal} has it, and it has not",
    "seal": "seal {seal} was changed, or is not there",
}


def told(broken: Break) -> str:
    """What is wrong, in words."""
    return WORDS[broken.what].format(event=broken.event, seal=broken.seal)


def verify(runtime: Runtime, expected: tuple[int, str] | None = None) -> Verdict:
    """Compute every seal anew and compare, on one moment of the database. `expected` is a seal's number and
    hash that were written down.
    """
    with runtime.store.read() as session:
        held = _rows_by_seal(session)
        unsealed, oldest = _waiting(session)
        rows, number, previous = 0, 0, FIRST
        broken: Break | None = None
        for made in _seals(session):
            number += 1
            broken = _check(session, made, number, previous, held.pop(number, 0), expected)
            if broken is not None:
                break
            rows, previous = rows + len(made.members), made.digest
        else:
            broken = _beyond(session, held, number, expected)
        sound = number if broken is None or number < broken.seal else number - 1
        return Verdict(sound, rows, unsealed, oldest, previous, broken)


def _seals(session: Session) -> Iterator[AuditSeal]:
    after = -1
    while True:
        query = select(AuditSeal).where(col(AuditSeal.number) > after).order_by(col(AuditSeal.number))
        page = session.exec(query.limit(SEALS)).all()
        yield from page
        if len(page) < SEALS:
            return
        after = page[-1].number
        session.expunge_all()  # what is done with needs no memory


def _check(
    session: Session,
    made: AuditSeal,
    number: int,
    previous: str,
    held: int,
    expected: tuple[int, str] | None,
) -> Break | None:
    """The first thing that is wrong with a seal and its rows."""
    if (made.number, made.previous) != (number, previous):
        return Break("seal", number)
    ids = [event_id for event_id, _ in made.members]
    query = select(*COLUMNS).where(col(AuditEvent.id).in_(ids))  # type: ignore[call-overload]
    found = {row.id: digest_of(row) for row in session.execute(query)}
    for event_id, short in made.members:
        if event_id not in found:
            return Break("deleted", number, event_id)
        if found[event_id][:SHORT] != short:
            return Break("changed", number, event_id)
    if held != len(ids):
        return _slipped_in(session, number, ids)
    whole = chained(previous, number, made.sealed_at, (found[event_id] for event_id in ids))
    told = expected is None or expected[0] != number or expected[1] == made.digest
    return None if whole == made.digest and told else Break("seal", number)


def _slipped_in(session: Session, number: int, ids: Sequence[str]) -> Break:
    """Which row says that it has this seal and has not, or the other way round."""
    marked = set(session.exec(select(AuditEvent.id).where(AuditEvent.seal == number)))
    extra = sorted(marked.difference(ids))
    if extra:
        return Break("inserted", number, extra[0])
    return Break("changed", number, next(event_id for event_id in ids if event_id not in marked))


def _beyond(
    session: Session, held: Mapping[int, int], last: int, expected: tuple[int, str] | None
) -> Break | None:
    """What claims more than the chain has: rows with a seal that is not there, a seal that was cut off."""
    if held:
        number = min(held)
        return _slipped_in(session, number, ())
    if expected is not None and expected[0] > last:
        return Break("seal", last + 1)
    return None


def _rows_by_seal(session: Session) -> dict[int, int]:
    query = select(AuditEvent.seal, func.count()).where(col(AuditEvent.seal).is_not(None))
    counts = session.exec(query.group_by(col(AuditEvent.seal)))
    return {number: count for number, count in counts if number is not None}


def _waiting(session: Session) -> tuple[int, datetime | None]:
    query = select(func.count(), func.min(AuditEvent.at)).where(col(AuditEvent.seal).is_(None))
    return session.exec(query).one()
