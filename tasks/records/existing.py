"""`unless: {exists: ..., where: ...}`: the record that is there already, so that no second one is made.

The condition is asked of each candidate, whose fields stand bare in front of the step's own names. Its
parts of the form `field is value` choose the candidates in the database, so that no table is read through;
the checker asks for at least one.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Literal

from sqlmodel import Session, col, select

from definitions.arguments import CheckedByKind, Condition, Part, RecordName
from definitions.catalogue import Look
from definitions.expressions import Comparison, Constant, Name, Node, conjuncts
from definitions.runtime_values import MISSING
from definitions.types import Choice, Type
from models import Record as Table
from models import related
from tasks.call import Call
from tasks.records.columns import stored
from tasks.records.record_catalogue import columns_of, record_types, table_of
from tasks.records.record_view import LiveRecord


class Unless(Part):
    """`then: use` takes the record of the kind `exists` for which the condition `where` holds."""

    exists: RecordName
    where: Annotated[Condition, CheckedByKind()]
    then: Literal["use"] = "use"


def check_unless(unless: Unless, record: str, look: Look) -> None:
    """Report another kind of record, faults of the condition, and a condition that narrows nothing."""
    fields = look.catalogue.records.get(unless.exists)
    if fields is None:
        return
    if unless.exists != record:
        advice = f"write `exists: {record}`"
        message = f"a {unless.exists} can't be used in place of a new {record}"
        look.report("CW408", message, ("unless", "exists"), advice=advice)
        return
    look.condition(unless.where, ("unless", "where"), fields)
    if not any(_equals(unless.where, fields, record)):
        look.report(
            "CW408",
            f"the condition fits any {record}: one part of it must name a field and its value",
            ("unless", "where"),
            advice="join it with `and`, such as `client is profile.id and ...`",
        )


def existing(call: Call, unless: Unless) -> LiveRecord | None:
    """The newest record for which the condition holds, or None. One that can't be decided does not count."""
    record = str(unless.exists)
    wanted: dict[str, object] = {}
    for field, node in _equals(unless.where, record_types()[record], record):
        value = _operand(call, field, node, record)
        if value is MISSING:
            return None
        wanted |= stored(call.session, record, {field: value})
    for found in _candidates(call.session, table_of(record), wanted):
        view = LiveRecord(record, found, call.session)
        if call.holds(unless.where, Fields(view)) is True:
            return view
    return None


def _candidates(session: Session, table: type[Table], wanted: Mapping[str, object]) -> Iterable[str]:
    """The ids of the rows whose columns have these values, the newest first. By a column that refers to
    another record they are read for the whole batch.
    """
    reference = next((name for name in wanted if name.endswith("_id")), None)
    if reference is not None:
        rows = related(session, table, **{reference: wanted[reference]})
        return [
            row.id
            for row in reversed(rows)
            if all(getattr(row, name) == value for name, value in wanted.items())
        ]
    query = select(col(table.id)).order_by(col(table.id).desc())
    for column, content in wanted.items():
        query = query.where(getattr(table, column) == content)
    return session.exec(query)


class Fields(Mapping[str, object]):
    """The fields of a record as names of their own, read when they are asked for."""

    def __init__(self, view: LiveRecord) -> None:
        self._view = view

    def __getitem__(self, name: str) -> object:
        if name not in record_types()[self._view.record]:
            raise KeyError(name)
        return self._view.field(name)

    def __iter__(self) -> Iterator[str]:
        return iter(record_types()[self._view.record])

    def __len__(self) -> int:
        return len(record_types()[self._view.record])


def _equals(condition: Condition, fields: Mapping[str, Type], record: str) -> Iterator[tuple[str, Node]]:
    """The parts `field is value` of a condition, whose value does not come from the record itself."""
    for part in conjuncts(condition.expression.root):
        if not isinstance(part, Comparison) or part.signs not in (("is",), ("==",)):
            continue
        for mine, other in (part.operands, part.operands[::-1]):
            name = mine.word if isinstance(mine, Name) else None
            if name is None or name not in columns_of(record) or name == "id":
                continue
            if isinstance(other, Constant) or (isinstance(other, Name) and _outside(other, fields, name)):
                yield name, other
                break


def _outside(node: Name, fields: Mapping[str, Type], beside: str) -> bool:
    """Whether a name means the same for every candidate: it is no field, or an option beside a choice."""
    kind = fields[beside]
    return node.path[0] not in fields or (isinstance(kind, Choice) and node.word in kind.options)


def _operand(call: Call, field: str, node: Node, record: str) -> object:
    if isinstance(node, Constant):
        return node.value
    if not isinstance(node, Name):
        return MISSING
    kind = record_types()[record][field]
    if isinstance(kind, Choice) and node.word in kind.options:
        return node.word
    return call.names.lookup(node.path)
