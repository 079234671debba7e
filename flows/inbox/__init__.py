"""The commands that people give: everything a person does to a human task, its appointment, its answers, a
case's plan.

Each takes the store and the time, is one transaction, and wakes what waits for it. `by` is the id of the
member of staff who gives it; None is the operator of the command line. Errors are `InboxError`s and
`tasks.people.forms.FormError`.
"""

from flows.inbox.answering import Answered, Completed, answer_item, complete, correct, pick
from flows.inbox.assigning import accept, cancel_task, claim, reassign, release
from flows.inbox.booking import BookingError, book, cancel_booking, earliest
from flows.inbox.desk import (
    ConflictError,
    InboxError,
    NotAllowedError,
    TaskEndedError,
    UnknownTaskError,
    may_work,
)
from flows.inbox.drafting import DraftKept, save_draft, standing_rows
from flows.inbox.guarding import declare_conflict, end_conflict, seal_case, unname, unseal_case
from flows.inbox.planning import PlanError, PlannedGoal, record_plan
from flows.inbox.signalling import SignalError, send_signal

__all__ = [
    "Answered",
    "BookingError",
    "Completed",
    "ConflictError",
    "DraftKept",
    "InboxError",
    "NotAllowedError",
    "PlanError",
    "PlannedGoal",
    "SignalError",
    "TaskEndedError",
    "UnknownTaskError",
    "accept",
    "answer_item",
    "book",
    "cancel_booking",
    "cancel_task",
    "claim",
    "complete",
    "correct",
    "declare_conflict",
    "earliest",
    "end_conflict",
    "may_work",
    "pick",
    "reassign",
    "record_plan",
    "release",
    "save_draft",
    "seal_case",
    "send_signal",
    "standing_rows",
    "unname",
    "unseal_case",
]
