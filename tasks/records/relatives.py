"""`fetch_related`: the records that belong to a record on a day, such as a client's household."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from definitions.arguments import CheckedByKind, StepArguments, StepOutput, Value
from definitions.catalogue import Look, Path
from definitions.runtime_values import RecordView
from definitions.types import (
    Condition,
    Date,
    DateTime,
    ListOf,
    Number,
    Record,
    Struct,
    Type,
    Unknown,
    describe,
)
from tasks.call import Call
from tasks.history import Act, audit
from tasks.records.case_status import today
from tasks.records.record_view import LiveRecord
from tasks.records.relations import RELATIONS, relation_of
from tasks.registry import step_kind
from tasks.result import StepError


class FetchRelated(StepArguments):
    """`from:` a record; `related:` one of its lists; `as_of:` on which day.

    Without `as_of` it is today, in the process's calendar. `including: the client` adds the client whom
    the list belongs to, once, unless recorded there; where nothing is recorded the client stands alone
    and `none_recorded` says so.
    """

    from_: Annotated[Value, CheckedByKind(), Field(alias="from")]
    related: str
    including: Literal["the client"] | None = None
    as_of: Annotated[Value | None, CheckedByKind()] = None


class RelatedOutput(StepOutput):
    """`members` are those of the day, each once; `none_recorded` that nothing is known of any."""

    members: tuple[Any, ...]
    count: int
    none_recorded: bool
    as_of: date


def _outputs(arguments: FetchRelated, look: Look) -> Type:
    kind = look.value(arguments.from_, ("from",))
    if arguments.as_of is not None:
        check_day(arguments.as_of, look, ("as_of",))
    if isinstance(kind, Unknown):
        return Unknown()
    if not isinstance(kind, Record):
        look.report(
            "CW408",
            f"`from` is {describe(kind)}; a record belongs here",
            ("from",),
            advice="write `= profile`",
        )
        return Unknown()
    lists = [relation.name for relation in RELATIONS.get(kind.name, ()) if relation.many]
    if not look.choose(arguments.related, lists, ("related",), f"list of a {kind.name}"):
        return Unknown()
    relation = relation_of(kind.name, arguments.related)
    if relation is None:
        return Unknown()
    if arguments.including is not None and not kind.name == relation.item == "Client":
        advice = "leave `including` out"
        message = f"the client is no {relation.item}, so the list can't include the client"
        look.report("CW408", message, ("including",), advice=advice)
    if arguments.as_of is not None and not relation.dated:
        look.report(
            "CW408", f"`{relation.name}` is the same on every day", ("as_of",), advice="leave `as_of` out"
        )
    members = ListOf(Record(relation.item))
    return Struct(
        (("members", members), ("count", Number()), ("none_recorded", Condition()), ("as_of", Date()))
    )


def check_day(value: Value, look: Look, path: Path) -> None:
    """Report a value that is neither a date nor a date and time."""
    kind = look.value(value, path)
    if value.expression is not None and not isinstance(kind, Date | DateTime | Unknown):
        look.report("CW408", f"`{path[-1]}` is {describe(kind)}; a date belongs here", path)


def day_of(call: Call, value: Value | None) -> date:
    """The day that `as_of:` names, in the zone of the process's calendar; today without one."""
    if value is None:
        return today(call)
    found = call.value(value)
    if isinstance(found, datetime):
        return found.astimezone(call.zone).date()
    if isinstance(found, str):
        return date.fromisoformat(found)
    if not isinstance(found, date):
        raise StepError("no_day", "the day that `as_of:` names is not recorded")
    return found


def _explain(arguments: FetchRelated) -> list[str]:
    source = arguments.from_.expression.text if arguments.from_.expression else arguments.from_.literal
    asked = arguments.as_of
    day = asked.expression.text if asked is not None and asked.expression is not None else "today"
    what = arguments.related.replace("_", " ")
    lines = [f"Gets {what} of {source}, as recorded for {day}; those who left are out."]
    if arguments.including is not None:
        lines.append("The client is among them, once, even if nothing is recorded.")
    return lines


@step_kind(
    "fetch_related",
    number=1,
    summary="Finds the records that belong to a record",
    arguments=FetchRelated,
    output=RelatedOutput,
    main="members",
    outputs=_outputs,
    explain=_explain,
)
def fetch_related(call: Call, arguments: FetchRelated) -> RelatedOutput:
    """The related records of the day; merged clients as their survivors, nobody twice."""
    source = call.value(arguments.from_)
    if not isinstance(source, RecordView):
        raise StepError("no_record", "there is no record to start `from:`; what it leads to is missing")
    relation = relation_of(source.record, arguments.related)
    if relation is None:
        raise StepError("no_relation", f"a {source.record} has no list `{arguments.related}`")
    day = day_of(call, arguments.as_of)
    view = LiveRecord(source.record, source.id, call.session)
    found = {
        each: LiveRecord(relation.item, each, call.session)
        for each in relation.load(call.session, view.id, day)
    }
    members = {member.id: member for member in found.values()}
    none_recorded = not members
    if arguments.including is not None and view.id not in members:
        members = {view.id: view, **members}
    audit(call, Act.READ, view.record, view.id, [relation.name])
    return RelatedOutput(
        members=tuple(members.values()), count=len(members), none_recorded=none_recorded, as_of=day
    )
