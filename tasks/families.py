"""Every family of built-in step kinds: importing this module registers them all."""

import tasks.assignments
import tasks.calculating
import tasks.checklists
import tasks.control
import tasks.due_work
import tasks.duplicates
import tasks.messages
import tasks.records
import tasks.referrals
import tasks.reports
import tasks.schedules
import tasks.scoring
import tasks.sums  # noqa: F401  (imported for what it registers, like the others)
