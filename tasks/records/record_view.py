"""Records as expressions see them: live, in the reader's transaction."""

from datetime import date
from decimal import Decimal
from enum import Enum

from sqlmodel import Session

from definitions.runtime_values import MISSING, MoneyValue, RecordView
from definitions.types import YES_NO_CODES, Number, Record, YesNo
from models import Case, Client
from models import Record as Table
from tasks.records.record_catalogue import Column, UnknownRecordError, columns_of, table_of
from tasks.records.relations import Relation, relation_of

_NOT_COLLECTED = YES_NO_CODES[-1]
_HELD = "casewright.rows"
"""Where a session keeps the rows that views have read."""


class LiveRecord(RecordView):
    """One record, by its id.

    It keeps no values: the session's identity map does, for as long as the transaction lasts. A client
    who was merged is followed to the survivor, in `id` too. A record that does not exist has nothing but
    MISSING. Two views are equal when they lead to the same record.
    """

    __slots__ = ("_id", "_record", "_session")

    def __init__(self, record: str, record_id: str, session: Session) -> None:
        self._record = record
        self._id = record_id
        self._session = session

    @property
    def record(self) -> str:
        """The record's name in the catalogue."""
        return self._record

    @property
    def id(self) -> str:
        """The record's id; of a merged client, the survivor's."""
        row = self.row if self._record == "Client" else None
        return self._id if row is None else row.id

    @property
    def row(self) -> Table | None:
        """The row itself, for step kinds that change it; None if there is none."""
        found = _held(self._session, self._record, self._id)
        return survivor(self._session, found) if isinstance(found, Client) else found

    def field(self, name: str) -> object:
        """The value of a field; MISSING where it is empty.

        A yes/no answer that nobody asked for is `not_collected`. Raises UnknownRecordError for a field
        that the catalogue does not have.
        """
        relation = relation_of(self._record, name)
        if relation is not None:
            return self.related(relation)
        column = columns_of(self._record).get(name)
        if column is None:
            raise UnknownRecordError(f"`{self._record}` has no field `{name}`; correct the name")
        row = self.row
        return MISSING if row is None else self._value(row, column)

    def related(self, relation: Relation, day: date | None = None) -> object:
        """The record or the records that a relation leads to, on that day where it is given."""
        found = relation.load(self._session, self.id, day)
        views = tuple(LiveRecord(relation.item, one, self._session) for one in found)
        if relation.many:
            return views
        return views[0] if views else MISSING

    def _value(self, row: Table, column: Column) -> object:
        stored = getattr(row, column.column)
        if stored is None:
            return _NOT_COLLECTED if isinstance(column.type, YesNo) else MISSING
        if isinstance(column.type, Record):
            return LiveRecord(column.type.name, stored, self._session)
        if column.currency is not None:
            return MoneyValue(stored, getattr(row, column.currency))
        if isinstance(column.type, Number):
            return Decimal(stored)
        if isinstance(stored, Enum):
            return stored.value
        return tuple(stored) if isinstance(stored, list) else stored

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, LiveRecord):
            return NotImplemented
        return self._record == other.record and self.id == other.id

    def __hash__(self) -> int:
        return hash((self._record, self.id))

    def __repr__(self) -> str:
        return f"{self._record} {self._id}"


def _held(session: Session, record: str, record_id: str) -> Table | None:
    """The row, held for as long as the session lives.

    A session refers to its rows weakly, so a row that only a view needs would be read again for each field.
    """
    rows: dict[tuple[str, str], Table] = session.info.setdefault(_HELD, {})
    row = rows.get((record, record_id))
    if row is None or row not in session:
        row = session.get(table_of(record), record_id)
        if row is not None:
            rows[record, record_id] = row
    return row


def survivor(session: Session, client: Client) -> Client:
    """The client that a merged one was merged into, over any number of merges; else the client itself."""
    seen = {client.id}
    while client.merged_into_id is not None and client.merged_into_id not in seen:
        following = session.get(Client, client.merged_into_id)
        if following is None:
            break
        client = following
        seen.add(client.id)
    return client


def subject_of(session: Session, record: str, record_id: str) -> tuple[str | None, str | None]:
    """The ids of the case and of the client that a record is about, as far as it tells.

    A merged client is followed to the survivor.
    """
    row = LiveRecord(record, record_id, session).row
    if row is None or isinstance(row, Client):
        return None, None if row is None else row.id
    case_id = row.id if isinstance(row, Case) else getattr(row, "case_id", None)
    client_id = getattr(row, "client_id", None)
    if client_id is None and case_id is not None:
        case = session.get(Case, case_id)
        client_id = None if case is None else case.client_id
    return case_id, client_id
