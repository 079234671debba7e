"""The records: tables with their invariants, value sets, input models, and the store they lie in.

Tables do not validate what they are given; the `...Input` models do. Import from here, not from the modules.
"""

from __future__ import annotations

from models.base import Record, RecordError, UtcDateTime, exact_amount, new_id
from models.case import CASE_OPEN, Case, CaseDates, CaseStatus, Priority, RiskLevel, Stage, stage_of
from models.contact import ContactKind, ContactPoint, PhoneType, Safety
from models.engine import (
    DefinitionVersion,
    Instance,
    InstanceStatus,
    Lease,
    StepRun,
    StepStatus,
    Timer,
    TimerPurpose,
    WaitsFor,
    Wake,
    WakeKind,
    record_wake,
)
from models.human_task import TASK_ENDED, HumanTask, TaskEvent, TaskKind, TaskPriority, TaskStatus
from models.message import MESSAGE_FINAL, Channel, Message, MessagePriority, MessageStatus, Receipt
from models.people import (
    Client,
    DateQuality,
    Household,
    HouseholdMember,
    HouseholdRelation,
    Involvement,
    InvolvementRole,
    LivingSituation,
    YesNo,
)
from models.staff import GroupRole, Staff, StaffGroup
from models.store import Store, in_memory, open_store

__all__ = [
    "CASE_OPEN",
    "MESSAGE_FINAL",
    "TASK_ENDED",
    "Case",
    "CaseDates",
    "CaseStatus",
    "Channel",
    "Client",
    "ContactKind",
    "ContactPoint",
    "DateQuality",
    "DefinitionVersion",
    "GroupRole",
    "Household",
    "HouseholdMember",
    "HouseholdRelation",
    "HumanTask",
    "Instance",
    "InstanceStatus",
    "Involvement",
    "InvolvementRole",
    "Lease",
    "LivingSituation",
    "Message",
    "MessagePriority",
    "MessageStatus",
    "PhoneType",
    "Priority",
    "Receipt",
    "Record",
    "RecordError",
    "RiskLevel",
    "Safety",
    "Staff",
    "StaffGroup",
    "Stage",
    "StepRun",
    "StepStatus",
    "Store",
    "TaskEvent",
    "TaskKind",
    "TaskPriority",
    "TaskStatus",
    "Timer",
    "TimerPurpose",
    "UtcDateTime",
    "WaitsFor",
    "Wake",
    "WakeKind",
    "YesNo",
    "exact_amount",
    "in_memory",
    "new_id",
    "open_store",
    "record_wake",
    "stage_of",
]
