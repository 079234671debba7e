"""Messages: the outbox, the gate that every message passes, the channels, and the texts.

A step queues a message in its own transaction (`queue`); `deliver_due` sends it later, after the gate has
judged it once more; `poll` learns what became of it and wakes the instance.
"""

from notifications.background import Background, Entry, entry_of
from notifications.channels import (
    Accepted,
    Channel,
    ContactFault,
    OutcomeUnknown,
    Outgoing,
    Rejected,
    SendError,
    TryLater,
)
from notifications.channels import Report as ProviderReport
from notifications.delivery import deliver_due
from notifications.email import SmtpChannel, SmtpSettings
from notifications.errors import ConfigurationError, NotificationError, TemplateError, TextRefusedError
from notifications.folder import FolderChannel
from notifications.gate import (
    REFUSALS,
    Allowed,
    Choice,
    Deferred,
    Pick,
    Refusal,
    Refused,
    choose,
    judge,
    judge_staff,
)
from notifications.invitation import Meeting, invitation
from notifications.outbox import Addressee, Draft, Origin, queue, withdraw
from notifications.policy import Policy
from notifications.polling import poll
from notifications.post import FAULT_POINTS, Post, Sending
from notifications.rendering import Rendered, render
from notifications.segments import Segments, count_segments
from notifications.sms import TwilioChannel, TwilioSettings
from notifications.templates import BUILT_IN, TemplateFile, load_templates
from notifications.wording import sensitive_words

__all__ = [
    "BUILT_IN",
    "FAULT_POINTS",
    "REFUSALS",
    "Accepted",
    "Addressee",
    "Allowed",
    "Background",
    "Channel",
    "Choice",
    "ConfigurationError",
    "ContactFault",
    "Deferred",
    "Draft",
    "Entry",
    "FolderChannel",
    "Meeting",
    "NotificationError",
    "Origin",
    "OutcomeUnknown",
    "Outgoing",
    "Pick",
    "Policy",
    "Post",
    "ProviderReport",
    "Refusal",
    "Refused",
    "Rejected",
    "Rendered",
    "Segments",
    "SendError",
    "Sending",
    "SmtpChannel",
    "SmtpSettings",
    "TemplateError",
    "TemplateFile",
    "TextRefusedError",
    "TryLater",
    "TwilioChannel",
    "TwilioSettings",
    "choose",
    "count_segments",
    "deliver_due",
    "entry_of",
    "invitation",
    "judge",
    "judge_staff",
    "load_templates",
    "poll",
    "queue",
    "render",
    "sensitive_words",
    "withdraw",
]
