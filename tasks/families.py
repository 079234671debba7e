"""Every family of built-in step kinds: importing this module registers them all."""

import tasks.calculating
import tasks.records
import tasks.scoring
import tasks.sums  # noqa: F401  (imported for what it registers, like the others)
