"""`remove_duplicates`: set aside contact points that say the same, and ask a person about those that may."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from definitions.arguments import Recipient, RecordName, StepArguments, StepOutput, Value, Wants
from definitions.catalogue import Look
from definitions.types import ListOf, Number, Record, Struct, Type
from models import Client, ContactPoint, TaskKind, TaskStatus, WaitsFor, related
from tasks.call import Call
from tasks.duplicates.contact_matching import Pair, pairs, written
from tasks.duplicates.set_aside import SAFETY_FIELDS, keeper, set_aside
from tasks.history import Act, Happening, audit, chronicle
from tasks.people.asking import ask
from tasks.people.forms import choice_item
from tasks.people.human_tasks import tasks_of
from tasks.people.notices import send_notice
from tasks.records.record_view import LiveRecord
from tasks.registry import step_kind
from tasks.result import StepError, Waiting

SAME: Final = "same"
OPTIONS: Final = {SAME: "The same: set one of them aside", "different": "Two different ones"}
MERGES: Final = "merges"
"""Where the step keeps how each entry was set aside, so that it can be undone."""


class RemoveDuplicates(StepArguments):
    """`record: ContactPoint`, `of:` whose. `certain: merge` sets entries aside that say the same, `review`
    has a person decide those too.

    Entries of different people are never merged, whatever they say. Doubtful ones are put before the person
    of `otherwise`, or the caseworker; the step waits for the answer. An address that bounced is marked wrong.
    """

    record: RecordName
    of: Annotated[Value, Wants(Record("Client"))]
    certain: Literal["merge", "review"] = "merge"


class RemoveDuplicatesOutput(StepOutput):
    """The entries set aside and those marked wrong; how many pairs were doubtful, and the task that reviewed
    them. `merges` says how each was set aside; expressions do not see it.
    """

    set_aside: list[str]
    erroneous: list[str]
    doubtful: int
    review: str | None
    merges: list[dict[str, Any]]


def _outputs(arguments: RemoveDuplicates, look: Look) -> Type:
    if arguments.record != "ContactPoint" and arguments.record in look.catalogue.records:
        message = f"finding duplicates of {arguments.record} is not available yet"
        look.report("CW207", message, ("record",), advice="write `record: ContactPoint`")
    return Struct(
        (
            ("set_aside", ListOf(Record("ContactPoint"))),
            ("erroneous", ListOf(Record("ContactPoint"))),
            ("doubtful", Number()),
            ("review", Record("HumanTask")),
        )
    )


def _explain(arguments: RemoveDuplicates) -> list[str]:
    certain = {
        "merge": "Sets aside contacts that say exactly the same; that can be undone.",
        "review": "Has a person decide about contacts that say exactly the same.",
    }
    return [
        certain[arguments.certain],
        "The contact that is kept takes the stricter safety values; contacts of different people stay apart.",
        "A person decides about those that are only alike. An address that bounced is marked wrong.",
    ]


@step_kind(
    "remove_duplicates",
    number=1,
    summary="Sets duplicate contacts aside",
    arguments=RemoveDuplicates,
    output=RemoveDuplicatesOutput,
    keys=("otherwise",),
    main="set_aside",
    outputs=_outputs,
    explain=_explain,
)
def remove_duplicates(call: Call, arguments: RemoveDuplicates) -> RemoveDuplicatesOutput | Waiting:
    """Mark what bounced, set aside what is certain, ask about the rest."""
    contacts = _contacts(call, arguments)
    erroneous = _mark_bounced(call, contacts)
    found = pairs(contacts)
    merges = _merge_certain(call, found) if arguments.certain == "merge" else []
    doubtful = [pair for pair in found if not _set_aside(pair)]
    kept = {MERGES: merges, "erroneous": erroneous, "doubtful": len(doubtful)}
    if not doubtful:
        return _output(kept, None)
    _ask(call, doubtful)
    call.run.outputs = kept
    return Waiting(WaitsFor.PEOPLE)


@remove_duplicates.resume
def _reviewed(call: Call, arguments: RemoveDuplicates) -> RemoveDuplicatesOutput | Waiting:
    task = tasks_of(call.session, call.run.id, TaskKind.REVIEW)[-1]
    if task.status not in {TaskStatus.COMPLETED, TaskStatus.CANCELLED}:
        return Waiting(WaitsFor.PEOPLE)
    kept = dict(call.run.outputs)
    answers = (task.outcome or {}).get("answers", {}) if task.status is TaskStatus.COMPLETED else {}
    same = [pair for pair in pairs(_contacts(call, arguments)) if answers.get(_item(pair)) == SAME]
    merges: list[dict[str, Any]] = []
    for pair in same:
        standing = {each.id: each for each in (_standing(call, pair.first), _standing(call, pair.second))}
        if len(standing) == 2:
            merges += _merge(call, list(standing.values()), task.completed_by)
    return _output({**kept, MERGES: [*kept[MERGES], *merges]}, task.id)


def _output(kept: dict[str, Any], review: str | None) -> RemoveDuplicatesOutput:
    return RemoveDuplicatesOutput(
        set_aside=[merge["contact"] for merge in kept[MERGES]],
        erroneous=kept["erroneous"],
        doubtful=kept["doubtful"],
        review=review,
        merges=kept[MERGES],
    )


# -- what is certain


def _contacts(call: Call, arguments: RemoveDuplicates) -> list[ContactPoint]:
    value = call.value(arguments.of)
    client = value.row if isinstance(value, LiveRecord) else None
    if not isinstance(client, Client):
        raise StepError("no_record", "the client whose contacts should be looked through does not exist")
    points = related(call.session, ContactPoint, client_id=client.id)
    return [point for point in points if point.set_aside_at is None]


def _mark_bounced(call: Call, contacts: Sequence[ContactPoint]) -> list[str]:
    bounced = [each for each in contacts if each.bounced_at is not None and each.erroneous_at is None]
    for contact in bounced:
        contact.erroneous_at = call.now
        call.session.add(contact)
        audit(call, Act.UPDATE, "ContactPoint", contact.id, ["erroneous_at"])
    return [contact.id for contact in bounced]


def _merge_certain(call: Call, found: Sequence[Pair]) -> list[dict[str, Any]]:
    """Set aside every group whose entries all say the same and do not contradict each other."""
    merges: list[dict[str, Any]] = []
    for group in _groups([pair for pair in found if pair.certain]):
        among = [pair for pair in found if pair.first.id in group and pair.second.id in group]
        if all(pair.certain for pair in among):
            members = {each.id: each for pair in among for each in (pair.first, pair.second)}
            merges += _merge(call, list(members.values()))
    return merges


def _groups(certain: Sequence[Pair]) -> list[set[str]]:
    groups: list[set[str]] = []
    for pair in certain:
        joined = {pair.first.id, pair.second.id}
        apart = []
        for group in groups:
            if group & joined:
                joined |= group
            else:
                apart.append(group)
        groups = [*apart, joined]
    return groups


def _merge(call: Call, entries: Sequence[ContactPoint], by: str | None = None) -> list[dict[str, Any]]:
    kept = keeper(entries)
    merges = set_aside(kept, entries, call.now)
    call.session.add_all(entries)
    for merge in merges:
        audit(
            call, Act.SET_ASIDE, "ContactPoint", merge["contact"], ["set_aside_at", "set_aside_for"], actor=by
        )
    audit(call, Act.UPDATE, "ContactPoint", kept.id, SAFETY_FIELDS, actor=by)
    title = f"{len(merges)} duplicate {'contact' if len(merges) == 1 else 'contacts'} set aside"
    detail = f"Kind: {kept.kind.value}. The one that is kept has the stricter safety values."
    record = ("ContactPoint", kept.id)
    chronicle(call, Happening.DUPLICATES_SET_ASIDE, title, detail, significant=False, record=record, by=by)
    return merges


# -- what a person decides


def _ask(call: Call, doubtful: Sequence[Pair]) -> None:
    otherwise = call.step.otherwise
    to = otherwise.assign if otherwise is not None else Recipient(roles=("caseworker",))
    shown = [
        {"first": written(pair.first), "second": written(pair.second), "why": pair.why} for pair in doubtful
    ]
    form = [
        choice_item(
            call, _item(pair), f"{written(pair.first)} and {written(pair.second)}: {pair.why}", OPTIONS
        )
        for pair in doubtful
    ]
    task = ask(
        call,
        to=to,
        kind=TaskKind.REVIEW,
        title=call.text(otherwise.title) if otherwise and otherwise.title else f"{call.step.title}: decide",
        description="Some contacts are alike. Say of each pair whether it is one contact or two.",
        form=form,
        details={"pairs": shown},
    )
    send_notice(call, task, "told")


def _item(pair: Pair) -> str:
    """The name of the question about a pair: an answer belongs to these two entries and to no others."""
    return f"pair_{pair.first.id}_{pair.second.id}".lower()


def _standing(call: Call, contact: ContactPoint) -> ContactPoint:
    """The entry itself, or the one that it was set aside for."""
    while contact.set_aside_for is not None:
        contact = call.session.get_one(ContactPoint, contact.set_aside_for)
    return contact


def _set_aside(pair: Pair) -> bool:
    return pair.first.set_aside_at is not None or pair.second.set_aside_at is not None
