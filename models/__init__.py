"""The records: tables with their invariants, value sets, input models, and the store they lie in.

Tables do not validate what they are given; the `...Input` models do. Import from here, not from the modules.
"""

from __future__ import annotations

from models.access import BreakGlass, CaseConfidant, Conflict
from models.account import Account, AccountRole, ApiToken, LoginSession, LoginThrottle, Role
from models.alongside import ALONGSIDE, Alongside
from models.among import among, many
from models.appointment import Appointment, AppointmentInput, AppointmentKind, AppointmentStatus
from models.assessment import Assessment, AssessmentKind, Score
from models.audit import PEOPLES_ACTS, AuditEvent, AuditSeal
from models.base import MoneyAmount, Record, RecordError, UtcDateTime, exact_amount, first_id, new_id
from models.beginning import LINKS, LISTENING, NOTICED, Beginning
from models.calendar_feed import CalendarFeed
from models.case import CASE_OPEN, Case, CaseDates, CaseStatus, Priority, RiskLevel, Stage, stage_of
from models.checklist import AnswerSource, ChecklistAnswer
from models.chronology import ChronologyEntry
from models.clearing import delete_all
from models.cohort import CohortSession, add_last, related
from models.consent import Consent, ConsentBasis, ConsentCapacity, ConsentInput
from models.contact import ContactKind, ContactPoint, ContactPointInput, PhoneType, Safety
from models.delegation import Delegation, TaskQuestion
from models.duty import DutyShift
from models.engine import (
    INSTANCE_GIVEN_UP,
    BeginsOn,
    Carrier,
    DefinitionVersion,
    Instance,
    InstanceStatus,
    Lease,
    NewWake,
    StepRun,
    StepStatus,
    Timer,
    TimerPurpose,
    WaitsFor,
    Wake,
    WakeKind,
    record_wake,
    record_wakes,
)
from models.first_contact import ContactOrigin, ContactStanding, FirstContact, FirstContactInput
from models.hint import Topic, announce
from models.hook import TEST_EVENT, DeliveryStatus, Hook, HookDelivery, HookEvent
from models.human_task import (
    TASK_ENDED,
    TASK_OPEN,
    HumanTask,
    TaskEvent,
    TaskKind,
    TaskPriority,
    TaskStatus,
)
from models.inbox_view import NoticeWish, SavedView, Wanted, WorkLook
from models.income import Income, IncomeFrequency, IncomeInput, IncomeSource
from models.input import Input, InvalidInputError, Problem, email_address, phone_number
from models.leadership import Leadership
from models.locks import lock_alone, lock_shared
from models.meeting import Meeting, MeetingKind, MeetingStatus
from models.message import MESSAGE_FINAL, Channel, Message, MessagePriority, MessageStatus, Receipt
from models.note import CaseNote, CaseNoteInput, NoteKind
from models.people import (
    Client,
    ClientInput,
    DateQuality,
    Household,
    HouseholdInput,
    HouseholdMember,
    HouseholdMemberInput,
    HouseholdRelation,
    Involvement,
    InvolvementInput,
    InvolvementRole,
    LivingSituation,
    YesNo,
)
from models.plan import Goal, GoalStatus, Intervention, InterventionStatus, Outcome, Plan, PlanStatus
from models.proposal import ProcessProposal, ProposalState
from models.referral import REFERRAL_ENDED, Referral, ReferralEvent, ReferralResult, ReferralStatus
from models.rehearsal import rehearsed
from models.report import Report, ReportMember, ReportStatus
from models.sent_request import SentRequest
from models.service import ReferralCategory, Service, ServiceInput
from models.signal import Signal, SignalReceipt
from models.sqlite import PEEK, Late
from models.staff import GroupRole, Staff, StaffGroup, StaffGroupInput, StaffInput
from models.store import Image, Store, in_memory, open_store
from models.stored_file import StoredContents, StoredFile
from models.telling import GIVE_UP, tell, tell_of
from models.visit import MonthEndRule, Visit, VisitFrequency, VisitSchedule, VisitStatus

__all__ = [
    "ALONGSIDE",
    "CASE_OPEN",
    "GIVE_UP",
    "INSTANCE_GIVEN_UP",
    "LINKS",
    "LISTENING",
    "MESSAGE_FINAL",
    "NOTICED",
    "PEEK",
    "PEOPLES_ACTS",
    "REFERRAL_ENDED",
    "TASK_ENDED",
    "TASK_OPEN",
    "TEST_EVENT",
    "Account",
    "AccountRole",
    "Alongside",
    "AnswerSource",
    "ApiToken",
    "Appointment",
    "AppointmentInput",
    "AppointmentKind",
    "AppointmentStatus",
    "Assessment",
    "AssessmentKind",
    "AuditEvent",
    "AuditSeal",
    "Beginning",
    "BeginsOn",
    "BreakGlass",
    "CalendarFeed",
    "Carrier",
    "Case",
    "CaseConfidant",
    "CaseDates",
    "CaseNote",
    "CaseNoteInput",
    "CaseStatus",
    "Channel",
    "ChecklistAnswer",
    "ChronologyEntry",
    "Client",
    "ClientInput",
    "CohortSession",
    "Conflict",
    "Consent",
    "ConsentBasis",
    "ConsentCapacity",
    "ConsentInput",
    "ContactKind",
    "ContactOrigin",
    "ContactPoint",
    "ContactPointInput",
    "ContactStanding",
    "DateQuality",
    "DefinitionVersion",
    "Delegation",
    "DeliveryStatus",
    "DutyShift",
    "FirstContact",
    "FirstContactInput",
    "Goal",
    "GoalStatus",
    "GroupRole",
    "Hook",
    "HookDelivery",
    "HookEvent",
    "Household",
    "HouseholdInput",
    "HouseholdMember",
    "HouseholdMemberInput",
    "HouseholdRelation",
    "HumanTask",
    "Image",
    "Income",
    "IncomeFrequency",
    "IncomeInput",
    "IncomeSource",
    "Input",
    "Instance",
    "InstanceStatus",
    "Intervention",
    "InterventionStatus",
    "InvalidInputError",
    "Involvement",
    "InvolvementInput",
    "InvolvementRole",
    "Late",
    "Leadership",
    "Lease",
    "LivingSituation",
    "LoginSession",
    "LoginThrottle",
    "Meeting",
    "MeetingKind",
    "MeetingStatus",
    "Message",
    "MessagePriority",
    "MessageStatus",
    "MoneyAmount",
    "MonthEndRule",
    "NewWake",
    "NoteKind",
    "NoticeWish",
    "Outcome",
    "PhoneType",
    "Plan",
    "PlanStatus",
    "Priority",
    "Problem",
    "ProcessProposal",
    "ProposalState",
    "Receipt",
    "Record",
    "RecordError",
    "Referral",
    "ReferralCategory",
    "ReferralEvent",
    "ReferralResult",
    "ReferralStatus",
    "Report",
    "ReportMember",
    "ReportStatus",
    "RiskLevel",
    "Role",
    "Safety",
    "SavedView",
    "Score",
    "SentRequest",
    "Service",
    "ServiceInput",
    "Signal",
    "SignalReceipt",
    "Staff",
    "StaffGroup",
    "StaffGroupInput",
    "StaffInput",
    "Stage",
    "StepRun",
    "StepStatus",
    "Store",
    "StoredContents",
    "StoredFile",
    "TaskEvent",
    "TaskKind",
    "TaskPriority",
    "TaskQuestion",
    "TaskStatus",
    "Timer",
    "TimerPurpose",
    "Topic",
    "UtcDateTime",
    "Visit",
    "VisitFrequency",
    "VisitSchedule",
    "VisitStatus",
    "WaitsFor",
    "Wake",
    "WakeKind",
    "Wanted",
    "WorkLook",
    "YesNo",
    "add_last",
    "among",
    "announce",
    "delete_all",
    "email_address",
    "exact_amount",
    "first_id",
    "in_memory",
    "lock_alone",
    "lock_shared",
    "many",
    "new_id",
    "open_store",
    "phone_number",
    "record_wake",
    "record_wakes",
    "rehearsed",
    "related",
    "stage_of",
    "tell",
    "tell_of",
]
