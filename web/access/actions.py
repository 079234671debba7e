"""What somebody may want to do. Scopes of tokens are made of these names: they are never taken away."""

from __future__ import annotations

from enum import StrEnum


class Action(StrEnum):
    """Something that is done with a case, with a human task, or in the application."""

    # with a case
    READ_CASE = "read_case"
    WRITE_CASE = "write_case"
    START_PROCESS = "start_process"
    HOLD_PROCESS = "hold_process"
    MANAGE_CASE = "manage_case"
    PRINT_CASE = "print_case"
    EXPORT_CASE = "export_case"
    SEE_READERS = "see_readers"
    SEAL_CASE = "seal_case"
    DECLARE_CONFLICT = "declare_conflict"
    BREAK_GLASS = "break_glass"

    # with a human task
    READ_TASK = "read_task"
    WORK_TASK = "work_task"
    REASSIGN_TASK = "reassign_task"
    MOVE_DUE = "move_due"
    CORRECT_ANSWER = "correct_answer"
    PRINT_TASK = "print_task"
    DELEGATE_TASK = "delegate_task"
    ASK_ABOUT_TASK = "ask_about_task"
    COMMENT_TASK = "comment_task"

    # with a member of staff
    PLAN_ABSENCE = "plan_absence"
    HAND_ON_WORK = "hand_on_work"

    # with an opened case that is to be reviewed
    REVIEW_ACCESS = "review_access"

    # with somebody's "I know this person"
    END_CONFLICT = "end_conflict"

    # in the application
    CREATE_CONTACT = "create_contact"
    SEARCH_CLIENTS = "search_clients"
    READ_WEEK = "read_week"
    KEEP_VIEWS = "keep_views"
    CHOOSE_NOTICES = "choose_notices"
    SEE_DUTY = "see_duty"
    PLAN_DUTY = "plan_duty"
    SEE_TEAM = "see_team"
    READ_BOARD = "read_board"
    READ_FIGURES = "read_figures"
    READ_PROCESSES = "read_processes"
    PUBLISH_PROCESS = "publish_process"
    APPROVE_PROCESS = "approve_process"
    READ_AUDIT = "read_audit"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_HOOKS = "manage_hooks"
    SEE_MACHINERY = "see_machinery"
    OWN_ACCOUNT = "own_account"


CASE_ACTIONS = frozenset(
    {
        Action.READ_CASE,
        Action.WRITE_CASE,
        Action.START_PROCESS,
        Action.HOLD_PROCESS,
        Action.MANAGE_CASE,
        Action.PRINT_CASE,
        Action.EXPORT_CASE,
        Action.SEE_READERS,
        Action.SEAL_CASE,
        Action.DECLARE_CONFLICT,
        Action.BREAK_GLASS,
    }
)
"""Those that are about a case."""

TASK_ACTIONS = frozenset(
    {
        Action.READ_TASK,
        Action.WORK_TASK,
        Action.REASSIGN_TASK,
        Action.MOVE_DUE,
        Action.DELEGATE_TASK,
        Action.ASK_ABOUT_TASK,
        Action.COMMENT_TASK,
        Action.CORRECT_ANSWER,
        Action.PRINT_TASK,
    }
)
"""Those that are about a human task."""

STAFF_ACTIONS = frozenset({Action.PLAN_ABSENCE, Action.HAND_ON_WORK})
"""Those that are about a member of staff."""
