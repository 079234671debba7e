"""A record as it was at some moment: some of its columns as they were kept then, the rest as it is now."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from definitions.runtime_values import MISSING, RecordView
from definitions.types import YES_NO_CODES, YesNo
from tasks.encoding import decode
from tasks.records.record_catalogue import columns_of
from tasks.records.record_view import LiveRecord


class AsItWas(RecordView):
    """A view with `kept` columns, as JSON (`models.beginning`), in front of the record's present ones."""

    __slots__ = ("_kept", "_now", "_session")

    def __init__(self, now: LiveRecord, kept: Mapping[str, Any], session: Session) -> None:
        self._now = now
        self._kept = kept
        self._session = session

    @property
    def record(self) -> str:
        """The record's name in the catalogue."""
        return self._now.record

    @property
    def id(self) -> str:
        """The record's id."""
        return self._now.id

    def keeps(self, name: str) -> bool:
        """Whether the field is one of those that were kept."""
        column = columns_of(self.record).get(name)
        return column is not None and column.currency is None and column.column in self._kept

    def field(self, name: str) -> object:
        """The value of a field; MISSING where it is, or was, empty."""
        if not self.keeps(name):
            return self._now.field(name)
        column = columns_of(self.record)[name]
        content = self._kept[column.column]
        if content is None:
            return YES_NO_CODES[-1] if isinstance(column.type, YesNo) else MISSING
        return decode(column.type, content, self._session)
