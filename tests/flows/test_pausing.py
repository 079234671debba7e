"""Letting everything rest that runs for a case, and letting it go on."""

from collections.abc import Iterator

import pytest
from case_world import open_case, start
from web_desk import WebDesk

from flows.errors import InputError, NotFoundError
from flows.inbox.case.pausing import hold_case, resume_case
from models import Instance, InstanceStatus


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_case("case-assessment", "case-closure") as opened:
        yield opened


def hold(office: WebDesk, **more: object) -> list[bool]:
    told = {"reason": "moved away", "by": office.desk.worker, "now": office.desk.now, **more}
    done = hold_case(office.web.runtime, office.desk.case_id, plan_of=office.web.plans.of, **told)  # type: ignore[arg-type]
    return [each.changed for each in done]


def resume(office: WebDesk, **more: object) -> list[bool]:
    told = {"by": office.desk.worker, "now": office.desk.now, **more}
    return [each.changed for each in resume_case(office.web.runtime, office.desk.case_id, **told)]  # type: ignore[arg-type]


def held(office: WebDesk) -> set[str]:
    return {each.process for each in office.desk.rows(Instance) if each.status is InstanceStatus.HELD}


def test_everything_rests_and_goes_on_again(office: WebDesk) -> None:
    start(office)
    assert hold(office) == [True, True]
    assert held(office) == {"try-it", "case-assessment"}
    assert hold(office) == [False, False]
    assert resume(office) == [True, True]
    assert (held(office), resume(office)) == (set(), [])


def test_one_of_them_rests_alone(office: WebDesk) -> None:
    made = start(office)
    hold(office, only=[made.id])
    assert held(office) == {"case-assessment"}
    with pytest.raises(NotFoundError):
        hold(office, only=["another"])


def test_a_hold_says_why(office: WebDesk) -> None:
    with pytest.raises(InputError, match="reason"):
        hold(office, reason="  ")
    assert held(office) == set()
