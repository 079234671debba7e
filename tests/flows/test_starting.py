"""Starting a process for a case by hand: once per key, one at a time, and about this case alone."""

from collections.abc import Iterator

import pytest
from case_world import open_case, start
from web_desk import WebDesk

from flows.errors import InputError, NotFoundError
from flows.inbox import ConflictError, NotAllowedError
from flows.inbox.case.starting import StartError, asked_inputs, startable
from models import AuditEvent, ChronologyEntry, Instance


@pytest.fixture
def office() -> Iterator[WebDesk]:
    with open_case("case-assessment", "crisis-intervention", "welfare-check", "intake") as opened:
        yield opened


def of(office: WebDesk, process: str) -> list[Instance]:
    return [each for each in office.desk.rows(Instance) if each.process == process]


def test_it_is_about_the_case_and_is_written_down(office: WebDesk) -> None:
    made = start(office)
    assert (made.case_id, made.inputs["case"]["id"]) == (office.desk.case_id, office.desk.case_id)
    told = [each for each in office.desk.rows(ChronologyEntry) if each.kind == "process_started"]
    assert [(each.title, each.by) for each in told] == [("Started: Case assessment", office.desk.worker)]
    acts = [each for each in office.desk.rows(AuditEvent) if each.action == "start"]
    assert [(each.actor, each.record_id, each.case_id) for each in acts] == [
        (office.desk.worker, made.id, office.desk.case_id)
    ]


def test_the_same_key_again_is_the_same_start(office: WebDesk) -> None:
    assert len({start(office, key="k").id for _ in range(3)}) == 1
    assert len(of(office, "case-assessment")) == 1


def test_a_second_one_beside_it_is_wanted_in_so_many_words(office: WebDesk) -> None:
    start(office)
    with pytest.raises(ConflictError, match="under way"):
        start(office)
    start(office, another=True)
    assert len(of(office, "case-assessment")) == 2


def test_inputs_are_checked_and_the_case_gives_itself(office: WebDesk) -> None:
    with pytest.raises(StartError, match="given by the case itself"):
        start(office, inputs={"case": "another"})
    with pytest.raises(InputError, match="no input colour"):
        start(office, inputs={"colour": "red"})
    with pytest.raises(InputError, match="alerted"):
        start(office, "crisis-intervention", inputs={"alerted": "perhaps"})
    assert start(office, "crisis-intervention", inputs={"alerted": "no"}).inputs["alerted"] == "no"


def test_who_has_left_starts_nothing_and_what_is_not_there_is_not_started(office: WebDesk) -> None:
    with pytest.raises(NotAllowedError):
        start(office, by="nobody")
    with pytest.raises(NotFoundError):
        start(office, "no-such-process")
    assert not of(office, "case-assessment")


def test_a_client_s_process_is_offered_where_the_case_has_ended(office: WebDesk) -> None:
    with office.desk.store.read() as session:
        now = {each.process for each in startable(session, office.web.plans.of, is_open=True)}
        later = {each.process for each in startable(session, office.web.plans.of, is_open=False)}
        plans = startable(session, office.web.plans.of, is_open=True)
    assert (later - now, "case-assessment" in now) == ({"intake", "try-it"}, True)
    asked = {plan.process: [each.name for each in asked_inputs(plan)] for plan in plans}
    assert (asked["case-assessment"], asked["crisis-intervention"]) == ([], ["alerted"])
