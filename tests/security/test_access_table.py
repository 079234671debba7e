"""Every action with every role and every tie, against the table written by hand: nothing wrongly allowed,
nothing wrongly denied, and the lists show exactly what may be read.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest
from access_table import (
    CASE_TIES,
    STAFF_TIES,
    TASK_TIES,
    WITH_CASE,
    WITH_STAFF,
    WITH_TASK,
    grids,
    in_application,
    names,
)
from access_world import CASES, STAFF, TASKS, Place
from account_world import MORNING
from databases import in_memory
from sqlmodel import select

from flows.inbox import may_work
from models import Case, Role
from web.access import scope
from web.access.actions import CASE_ACTIONS, STAFF_ACTIONS, TASK_ACTIONS, Action
from web.access.policy import Verdict, may

ROLES = [each.value for each in Role]


@pytest.fixture(scope="module")
def places() -> Iterator[dict[str, Place]]:
    """For each role an actor in an office of their own, all in one database."""
    with ExitStack() as stack:
        store = stack.enter_context(in_memory())
        session = stack.enter_context(store.write())
        yield {role: Place(session, Role(role)) for role in ROLES}


def cell(verdict: Verdict) -> str:
    if verdict.allowed:
        return "Y"
    return "-" if verdict.hidden else "n"


def differences(found: dict[tuple[str, ...], str], wanted: dict[tuple[str, ...], str]) -> list[str]:
    return [
        f"{' '.join(key)}: is {found[key]}, the table says {wanted[key]}"
        for key in wanted
        if found[key] != wanted[key]
    ]


def test_the_table_is_about_everything_that_there_is() -> None:
    case_table, task_table = grids(WITH_CASE), grids(WITH_TASK)
    assert set(case_table) == {(a, r, t) for a in CASE_ACTIONS for r in ROLES for t in CASES}
    assert set(task_table) == {(a, r, t) for a in TASK_ACTIONS for r in ROLES for t in TASKS}
    assert set(grids(WITH_STAFF)) == {(a, r, t) for a in STAFF_ACTIONS for r in ROLES for t in STAFF}
    assert (names(CASE_TIES), names(TASK_TIES)) == (list(CASES), list(TASKS))
    assert names(STAFF_TIES) == list(STAFF)
    rest = set(Action) - CASE_ACTIONS - TASK_ACTIONS - STAFF_ACTIONS
    assert {action for action, _ in in_application()} == rest


@pytest.mark.parametrize("role", ROLES)
def test_cases(places: dict[str, Place], role: str) -> None:
    place = places[role]
    wanted = {key: each for key, each in grids(WITH_CASE).items() if key[1] == role}
    found = {
        (action, role, tie): cell(
            may(place.session, place.actor, Action(action), place.cases[tie], now=MORNING)
        )
        for action, _, tie in wanted
    }
    assert differences(found, wanted) == []


@pytest.mark.parametrize("role", ROLES)
def test_tasks(places: dict[str, Place], role: str) -> None:
    place = places[role]
    wanted = {key: each for key, each in grids(WITH_TASK).items() if key[1] == role}
    found = {
        (action, role, tie): cell(
            may(place.session, place.actor, Action(action), place.tasks[tie], now=MORNING)
        )
        for action, _, tie in wanted
    }
    assert differences(found, wanted) == []


@pytest.mark.parametrize("role", ROLES)
def test_colleagues(places: dict[str, Place], role: str) -> None:
    place = places[role]
    wanted = {key: each for key, each in grids(WITH_STAFF).items() if key[1] == role}
    found = {
        (action, role, tie): cell(
            may(place.session, place.actor, Action(action), place.people[tie], now=MORNING)
        )
        for action, _, tie in wanted
    }
    assert differences(found, wanted) == []


@pytest.mark.parametrize("role", ROLES)
def test_what_is_about_no_single_case(places: dict[str, Place], role: str) -> None:
    place = places[role]
    wanted = {key: each for key, each in in_application().items() if key[1] == role}
    found = {key: cell(may(place.session, place.actor, Action(key[0]), now=MORNING)) for key in wanted}
    assert differences(found, wanted) == []


@pytest.mark.parametrize("role", ROLES)
def test_lists_show_what_may_be_read_and_nothing_of_the_other_offices(
    places: dict[str, Place], role: str
) -> None:
    place = places[role]
    of_ties = {place.cases[tie].id: tie for tie in CASES}
    readable = {
        tie
        for (action, who, tie), each in grids(WITH_CASE).items()
        if (action, who, each) == ("read_case", role, "Y")
    }
    shown = {case.id for case in place.session.scalars(scope.visible_cases(place.actor, MORNING))}
    assert {of_ties[each] for each in shown & set(of_ties)} == readable
    tasks = {place.tasks[tie].id: tie for tie in TASKS}
    to_read = {
        tie
        for (action, who, tie), each in grids(WITH_TASK).items()
        if (action, who, each) == ("read_task", role, "Y")
    }
    listed = {task.id for task in place.session.scalars(scope.visible_tasks(place.actor, MORNING))}
    assert {tasks[each] for each in listed & set(tasks)} == to_read
    inbox = {task.id for task in place.session.scalars(scope.inbox(place.actor, MORNING))}
    assert inbox <= listed
    for other in set(ROLES) - {role}:
        theirs = {case.id for tie, case in places[other].cases.items() if tie not in ("team", "closed")}
        assert not shown & theirs


@pytest.mark.parametrize("role", ROLES)
def test_the_gate_never_contradicts_the_inbox(places: dict[str, Place], role: str) -> None:
    place = places[role]
    for task in place.tasks.values():
        allowed = may(place.session, place.actor, Action.WORK_TASK, task, now=MORNING)
        if allowed:
            assert may_work(place.session, task, place.me)


def test_a_task_of_a_sealed_case_is_shown_without_naming_the_case(places: dict[str, Place]) -> None:
    place = places["caseworker"]
    veiled = {
        tie
        for tie, task in place.tasks.items()
        if may(place.session, place.actor, Action.READ_TASK, task, now=MORNING).veiled
    }
    assert veiled == {"sealed"}


def test_an_action_wants_the_right_thing(places: dict[str, Place]) -> None:
    place = places["caseworker"]
    with pytest.raises(TypeError, match="read_case is about a Case"):
        may(place.session, place.actor, Action.READ_CASE, now=MORNING)
    with pytest.raises(TypeError, match="work_task is about a HumanTask"):
        may(place.session, place.actor, Action.WORK_TASK, place.cases["own"], now=MORNING)


def test_a_token_allows_nothing_that_its_scopes_do_not_name(places: dict[str, Place]) -> None:
    place = places["supervisor"]
    cases = [place.cases[tie] for tie in ("own", "team", "other")]
    tasks = [place.tasks[tie] for tie in ("mine", "queue", "other")]
    for only in (frozenset({Action.READ_TASK}), frozenset({Action.READ_CASE, Action.WORK_TASK})):
        program = replace(place.actor, only=only)
        for actions, things in ((CASE_ACTIONS, cases), (TASK_ACTIONS, tasks)):
            for action in actions:
                for thing in things:
                    person = may(place.session, place.actor, action, thing, now=MORNING)
                    token = may(place.session, program, action, thing, now=MORNING)
                    assert token.allowed == (person.allowed and action in only)
                    assert token.hidden == person.hidden
        lists = (scope.visible_tasks(program, MORNING), scope.inbox(program, MORNING))
        for each in lists:
            assert bool(place.session.scalars(each).all()) == (Action.READ_TASK in only)
        shown = place.session.scalars(scope.visible_cases(program, MORNING)).all()
        assert bool(shown) == (Action.READ_CASE in only)


@pytest.mark.parametrize("role", ROLES)
def test_what_is_exported_and_counted_is_what_each_case_allows(places: dict[str, Place], role: str) -> None:
    place = places[role]
    wanted = {
        condition: {
            tie
            for (action, who, tie), each in grids(WITH_CASE).items()
            if (action, who, each) == (condition, role, "Y")
        }
        for condition in ("export_case", "manage_case")
    }
    of_ties = {place.cases[tie].id: tie for tie in CASES}
    for condition, name in (
        (scope.exportable(place.actor, MORNING), "export_case"),
        (scope.answered_for(place.actor, MORNING), "manage_case"),
    ):
        shown = set(place.session.scalars(select(Case.id).where(condition)))
        assert {of_ties[each] for each in shown & set(of_ties)} == wanted[name]
