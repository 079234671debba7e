"""The registry of the errors of steps: what `retry: {only: ...}` can name.

A code lies in the journal for years, so it is never removed or given another meaning. A step kind of one's
own adds its codes by `StepKind.errors`.
"""

from collections.abc import Mapping
from types import MappingProxyType

STEP_ERRORS: Mapping[str, str] = MappingProxyType(
    {
        "unexpected": "an error that no rule foresaw",
        "constraint": "the database refused the step's records",
        "match_missing": "a value that the record is looked up by is not recorded",
        "message_gone": "the step's message is not there any more",
        "no_appointment": "there is no appointment to write about",
        "no_band": "the total lies in no band",
        "no_case": "the process has no case yet",
        "no_case_number": "no case number was free",
        "no_category": "the referral has no category",
        "no_client": "the process has no client",
        "no_day": "the day that counts is not recorded",
        "no_due": "a clock counts from a due date that is not there",
        "no_field": "the record lacks the field",
        "no_instance": "the process that belongs to it is not there",
        "no_members": "a sum has no members",
        "no_origin": "a clock counts from a moment that is not recorded yet",
        "no_points": "an answer has no points",
        "no_record": "a record that was named is not there",
        "no_relation": "the records are not related like that",
        "no_rule_holds": "no rule holds, and none says what else",
        "no_row": "no row of a decision table decides",
        "no_template": "the message template is not there",
        "not_a_text": "a value that belongs into a text is none",
        "not_in_table": "a value that the input of a decision table cannot have",
        "not_done": "an order to other processes could not be carried out",
        "not_staff": "the person is nobody of the staff",
        "not_started": "the other process could not be started",
        "other_record": "the value is a record of another kind",
        "other_type": "the value is of another type than the field",
        "same_member": "two members of a loop can't be told apart",
        "several_rows": "rows of a decision table hold together that exclude each other",
        "stuck": "the step can't begin, and nothing waits that could change that",
        "task_lost": "the human task of the step is not there any more",
        "time_limit": "the step has not ended within its time limit",
        "undecided": "a condition can't be decided, since a value is not recorded",
        "unknown_name": "nothing has the name that an expression reads",
        "value_missing": "a value that is needed is not recorded",
    }
)
"""Every code of an error of a step, with what has gone wrong. Definite failures are not among them: trying
again would not help."""
