"""The commands that people give: everything a person does to a human task, its appointment, its answers, a
case's notes, plan and visits.

Each takes the store and the time, is one transaction, and wakes what waits for it. `by` is the id of the
member of staff who gives it; None is the operator of the command line. Errors are `InboxError`s and
`tasks.people.forms.FormError`.
"""

from flows.inbox.case.desk import WordsError
from flows.inbox.case.guarding import declare_conflict, end_conflict, seal_case, unname, unseal_case
from flows.inbox.case.handing_on import Caseload, HandedOn, caseload, hand_on_case, hand_on_task, why_not
from flows.inbox.case.noting import SignedError, Writing, change_note, discard_note, sign_note, write_note
from flows.inbox.case.plan_reviews import Finding, add_help, change_help, record_outcome, review_plan
from flows.inbox.case.planning import (
    PlanError,
    PlannedGoal,
    PlannedHelp,
    ProposedError,
    agree_plan,
    record_plan,
)
from flows.inbox.case.referring import ReferralAnswerError, ServiceAnswer, record_answer
from flows.inbox.case.signalling import SignalError, send_signal
from flows.inbox.case.visiting import VisitError, excuse_visit, move_visit
from flows.inbox.desk import (
    ChangedError,
    ConflictError,
    InboxError,
    NotAllowedError,
    TaskEndedError,
    UnknownTaskError,
    may_work,
)
from flows.inbox.office.absence import end_absence, plan_absence
from flows.inbox.office.duty import put_on_duty, take_off_duty
from flows.inbox.office.preferences import choose_notices, drop_view, keep_view
from flows.inbox.task.answering import Answered, Completed, answer_item, complete, correct, pick
from flows.inbox.task.assigning import accept, cancel_task, claim, reassign, release
from flows.inbox.task.attending import record_attendance
from flows.inbox.task.booking import BookingError, ClashError, Lone, book, cancel_booking, earliest
from flows.inbox.task.colleagues import colleagues
from flows.inbox.task.drafting import DraftKept, save_draft, standing_rows
from flows.inbox.task.sharing import (
    ask_about,
    comment,
    delegate,
    delegation_of,
    hand_back,
    withdraw_question,
)

__all__ = [
    "Answered",
    "BookingError",
    "Caseload",
    "ChangedError",
    "ClashError",
    "Completed",
    "ConflictError",
    "DraftKept",
    "Finding",
    "HandedOn",
    "InboxError",
    "Lone",
    "NotAllowedError",
    "PlanError",
    "PlannedGoal",
    "PlannedHelp",
    "ProposedError",
    "ReferralAnswerError",
    "ServiceAnswer",
    "SignalError",
    "SignedError",
    "TaskEndedError",
    "UnknownTaskError",
    "VisitError",
    "WordsError",
    "Writing",
    "accept",
    "add_help",
    "agree_plan",
    "answer_item",
    "ask_about",
    "book",
    "cancel_booking",
    "cancel_task",
    "caseload",
    "change_help",
    "change_note",
    "choose_notices",
    "claim",
    "colleagues",
    "comment",
    "complete",
    "correct",
    "declare_conflict",
    "delegate",
    "delegation_of",
    "discard_note",
    "drop_view",
    "earliest",
    "end_absence",
    "end_conflict",
    "excuse_visit",
    "hand_back",
    "hand_on_case",
    "hand_on_task",
    "keep_view",
    "may_work",
    "move_visit",
    "pick",
    "plan_absence",
    "put_on_duty",
    "reassign",
    "record_answer",
    "record_attendance",
    "record_outcome",
    "record_plan",
    "release",
    "review_plan",
    "save_draft",
    "seal_case",
    "send_signal",
    "sign_note",
    "standing_rows",
    "take_off_duty",
    "unname",
    "unseal_case",
    "why_not",
    "withdraw_question",
    "write_note",
]
