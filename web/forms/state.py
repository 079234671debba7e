"""How a form stands while somebody fills it in: which questions are asked, and what can't be read as it is.

Both are answered by the code that judges the form when it is sent, so that a page never asks otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from models import ChecklistAnswer, HumanTask
from tasks.people.answer_values import UnreadableError, is_blank, read_answer
from tasks.people.forms import Place, is_asked, place_of
from web.forms.fields import name_of


@dataclass(frozen=True, slots=True)
class FormState:
    """By full name: whether each question is asked (None: not to be decided yet), and what is wrong with what
    was typed. Nothing is wrong with what was not typed yet.
    """

    asked: Mapping[str, bool | None]
    problems: Mapping[str, str]


def state_of(task: HumanTask, standing: Mapping[Place, ChecklistAnswer], now: datetime) -> FormState:
    """How the form stands with these answers and drafts."""
    known: dict[Place, Any] = {}
    problems: dict[str, str] = {}
    for item in task.form:
        row = standing.get(place_of(item))
        if row is None or is_blank(row.value):
            continue
        if not row.draft:
            known[place_of(item)] = row.value
            continue
        try:
            known[place_of(item)] = read_answer(item, row.value)
        except UnreadableError as error:
            problems[name_of(item)] = str(error)
    asked = {name_of(item): is_asked(task.form, item, known, now) for item in task.form}
    return FormState(asked, problems)
