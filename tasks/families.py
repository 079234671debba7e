"""Every family of built-in step kinds: importing this module registers them all."""

import tasks.control
import tasks.deciding.deciding
import tasks.duplicates.removing
import tasks.messages.sending
import tasks.orders
import tasks.people.assignments
import tasks.people.check_ins
import tasks.people.checklists
import tasks.people.due_work
import tasks.records.kinds
import tasks.referrals.referring
import tasks.reports.reporting
import tasks.schedules.scheduling
import tasks.scoring.calculating
import tasks.scoring.score
import tasks.scoring.sums
import tasks.signals.steps
import tasks.time.waiting  # noqa: F401  (imported for what it registers, like the others)
