"""Changing a record from a step: what is refused, what follows from it, and the trace that it leaves.

`apply_update` is the only way in. A change of a case is told in its chronology with the old value; every
change is audited by the names of its fields.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from definitions.runtime_values import MISSING, RecordView, Singleton
from models import Case, CaseStatus, Referral, ReferralStatus, RiskLevel
from models import Record as Table
from tasks.call import Call
from tasks.history import Act, Happening, audit, chronicle, system_actor
from tasks.records.case_status import enter_status
from tasks.records.columns import stored
from tasks.records.record_view import LiveRecord
from tasks.referrals.referral_status import change_state
from tasks.result import DefiniteFailure, StepError

_TOLD = {
    "status": Happening.STATUS_CHANGED,
    "risk_level": Happening.RISK_CHANGED,
    "priority": Happening.PRIORITY_CHANGED,
}
"""The changes of a case that everybody should see."""

_MARKS = {"risk_level": "risk_provisional", "priority": "priority_provisional"}
"""The columns of a case that say whether a field is provisional."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field that has another value now. `old` and `new` are values of the language."""

    field: str
    old: object
    new: object


def apply_update(
    call: Call,
    view: RecordView,
    values: Mapping[str, object],
    reason: str | None = None,
    *,
    provisional: Collection[str] = (),
) -> tuple[Change, ...]:
    """Set fields of a record from a step; returns what has changed, nothing when all of it was so already.

    Fields in `provisional` rest on something missing: it is noted beside the field where the record has
    room for it. A value that is itself MISSING changes nothing and counts as provisional: nothing known is
    overwritten by a gap.

    Raises StepError for a record, field or value that does not fit. Raises DefiniteFailure when a risk
    level would be lowered, or a case closed, without a reason.
    """
    row = _row(call, view)
    known = {name: value for name, value in values.items() if not isinstance(value, Singleton)}
    unsure = {*provisional, *(values.keys() - known.keys())} & values.keys()
    if isinstance(row, Case):
        _check_case(row, known, reason)
    contents = stored(call.session, view.record, known)
    before = {name: _value(call, view, name) for name in known}
    if isinstance(row, Case) and "status" in known:
        enter_status(call, row, CaseStatus(contents.pop("status")), reason)
    if isinstance(row, Referral) and "status" in known:  # it has a history of its own, which tells of it too
        status, by = ReferralStatus(contents.pop("status")), system_actor(call.plan.process)
        change_state(call.session, row, status, now=call.now, by=by, zone=call.zone, reason=reason)
        before.pop("status")
    for column, content in contents.items():
        setattr(row, column, content)
    marked = _mark(row, values, unsure)
    call.session.add(row)
    found = (Change(name, old, _value(call, view, name)) for name, old in before.items())
    changes = tuple(change for change in found if change.old != change.new)
    _tell(call, view, changes, unsure, reason)
    if changes or marked:
        fields = [*(change.field for change in changes), *marked]
        audit(call, Act.UPDATE, view.record, view.id, fields, reason)
    return changes


def _row(call: Call, view: RecordView) -> Table:
    row = LiveRecord(view.record, view.id, call.session).row
    if row is None:
        raise StepError("no_record", f"the {view.record} record that should be changed does not exist")
    return row


def _value(call: Call, view: RecordView, name: str) -> object:
    return LiveRecord(view.record, view.id, call.session).field(name)


def _check_case(case: Case, values: Mapping[str, object], reason: str | None) -> None:
    """Lowering a risk and closing a case are decisions; somebody must be able to say why."""
    if reason:
        return
    if "risk_level" in values and _lowers(case.risk_level, values["risk_level"]):
        raise DefiniteFailure(
            "lowering_needs_reason", "a risk level is not lowered without `reason:`; add it"
        )
    if values.get("status") == CaseStatus.CLOSED and case.status is not CaseStatus.CLOSED:
        raise DefiniteFailure("closing_needs_reason", "a case is not closed without `reason:`; add it")


def _lowers(old: RiskLevel | None, new: object) -> bool:
    levels: list[object] = list(RiskLevel)
    if old is None or (new is not None and new not in levels):
        return False
    return new is None or levels.index(new) < levels.index(old)


def _mark(row: Table, values: Mapping[str, object], unsure: Collection[str]) -> list[str]:
    """Note which fields of a case are provisional; returns the marks that have changed."""
    marked = []
    for name in values.keys() & _MARKS.keys() if isinstance(row, Case) else ():
        column = _MARKS[name]
        if getattr(row, column) is not (name in unsure):
            setattr(row, column, name in unsure)
            marked.append(column)
    return marked


def _tell(
    call: Call, view: RecordView, changes: tuple[Change, ...], unsure: Collection[str], reason: str | None
) -> None:
    """One entry per change that matters by itself, one for all the others together."""
    rest = [change for change in changes if view.record != "Case" or change.field not in _TOLD]
    for change in changes:
        if change in rest:
            continue
        unsaid = " Provisional: a value that it rests on is missing." if change.field in unsure else ""
        detail = _sentence(change) + unsaid
        title = f"{_words(change.field).capitalize()}: {_words(str(change.new))}"
        chronicle(call, _TOLD[change.field], title, _because(detail, reason), record=view)
    if rest:
        detail = " ".join(_sentence(change) for change in rest)
        names = ", ".join(_words(change.field) for change in rest)
        title = f"{_words(view.record)}: {names} changed"
        chronicle(
            call, Happening.RECORD_CHANGED, title, _because(detail, reason), significant=False, record=view
        )


def _sentence(change: Change) -> str:
    old = "not recorded" if change.old is MISSING else _shown(change.old)
    new = "not recorded" if change.new is MISSING else _shown(change.new)
    return f"{_words(change.field).capitalize()}: {new}; before: {old}."


def _because(detail: str, reason: str | None) -> str:
    return f"{detail} Reason: {reason}" if reason else detail


def _shown(value: object) -> str:
    return value.id if isinstance(value, RecordView) else _words(str(value))


def _words(name: str) -> str:
    return name.replace("_", " ")
