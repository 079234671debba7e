"""Breaking the glass: for a reason, for an hour, and reviewed by somebody else."""

from datetime import datetime, timedelta

import pytest
from account_world import MORNING, People
from sqlmodel import select

from models import Case, Client, Conflict, Role
from web.access import scope
from web.access.actor import Actor
from web.access.opening import LASTS, break_glass, opened_until, review, to_review
from web.errors import AccessError, HiddenError

WHY = "She rang and is in danger now"


def actor(people: People, name: str, role: Role, *teams: str, lead: str | None = None) -> Actor:
    staff_id = people.staff.get(name) or people.add(name, *teams, lead=lead)
    leads = frozenset({lead} if lead else ())
    return Actor(f"A-{name}", staff_id, name, frozenset({role}), frozenset(teams) | leads, leads)


@pytest.fixture
def case(people: People) -> Case:
    """A case of another team."""
    client = Client(given_name="Synthetic", family_name="Client", created_at=MORNING)
    made = Case(
        number="2026-000001", client_id=client.id, team="intake_team", received_at=MORNING, created_at=MORNING
    )
    with people.store.write() as session:
        session.add_all([client, made])
    return made


@pytest.fixture
def ann(people: People) -> Actor:
    """A caseworker of another team."""
    return actor(people, "ann", Role.CASEWORKER, "referral_team")


def shown(people: People, who: Actor) -> list[str]:
    with people.store.read() as session:
        return [each.number for each in session.scalars(scope.visible_cases(who, people.now))]


def until(people: People, case: Case, who: Actor) -> datetime | None:
    with people.store.read() as session:
        return opened_until(session, who, case, people.now)


def test_it_opens_the_case_for_an_hour_and_is_written_down(people: People, case: Case, ann: Actor) -> None:
    assert shown(people, ann) == []
    opened = break_glass(people.store, ann, " 2026-000001 ", WHY, people.now)
    assert opened.expires_at == people.now + LASTS
    assert until(people, case, ann) == opened.expires_at
    assert until(people, case, actor(people, "vera", Role.SUPERVISOR)) is None
    assert shown(people, ann) == ["2026-000001"]
    (row,) = people.audit("break_glass")
    assert (row.actor, row.case_id, row.reason) == (ann.staff_id, case.id, WHY)
    people.now += LASTS
    assert shown(people, ann) == []
    assert until(people, case, ann) is None


def test_again_within_the_hour_prolongs_nothing(people: People, case: Case, ann: Actor) -> None:
    first = break_glass(people.store, ann, case.number, WHY, people.now)
    people.later(minutes=30)
    assert break_glass(people.store, ann, case.number, WHY, people.now).id == first.id
    people.later(minutes=30)
    again = break_glass(people.store, ann, case.number, WHY, people.now)
    assert again.id != first.id


@pytest.mark.parametrize("reason", ["", "urgent", "   short   ", "x" * 1001])
def test_it_wants_a_reason(people: People, case: Case, ann: Actor, reason: str) -> None:
    with pytest.raises(AccessError, match="at least 10 characters"):
        break_glass(people.store, ann, case.number, reason, people.now)
    assert shown(people, ann) == []


def test_a_case_that_may_not_be_opened_looks_like_one_that_is_not_there(
    people: People, case: Case, ann: Actor
) -> None:
    with people.store.write() as session:
        session.add(
            Conflict(staff_id=ann.staff_id, client_id=case.client_id, reason="cousin", declared_at=MORNING)
        )
    said = set()
    for number in (case.number, "2026-999999"):
        with pytest.raises(HiddenError) as caught:
            break_glass(people.store, ann, number, WHY, people.now)
        said.add(str(caught.value))
    assert len(said) == 1
    assert [each.reason for each in people.audit("break_glass")] == ["refused", "refused"]


def test_it_is_not_for_what_one_sees_anyway(people: People, case: Case) -> None:
    bob = actor(people, "bob", Role.CASEWORKER, "intake_team")
    with pytest.raises(AccessError, match="anyway"):
        break_glass(people.store, bob, case.number, WHY, people.now)


def test_it_stands_on_the_list_until_somebody_else_has_reviewed_it(
    people: People, case: Case, ann: Actor
) -> None:
    opened = break_glass(people.store, ann, case.number, WHY, people.now)
    vera = actor(people, "vera", Role.SUPERVISOR, lead="intake_team")
    dora = actor(people, "dora", Role.DATA_PROTECTION)
    far = actor(people, "far", Role.SUPERVISOR, lead="referral_team")
    people.later(days=3)

    def waiting(who: Actor) -> list[str]:
        with people.store.read() as session:
            return [each.id for each, _, _ in to_review(session, who, people.now)]

    assert [waiting(each) for each in (vera, dora, far, ann)] == [[opened.id], [opened.id], [], []]
    for who in (ann, far):
        with pytest.raises(HiddenError):
            review(people.store, who, opened.id, "It was right to look", people.now)
    with pytest.raises(AccessError, match="at least 10"):
        review(people.store, vera, opened.id, "ok", people.now)
    done = review(people.store, vera, opened.id, "It was right to look", people.now)
    assert (done.reviewed_by, done.reviewed_at) == (vera.staff_id, people.now)
    assert waiting(dora) == []
    with pytest.raises(HiddenError):
        review(people.store, dora, opened.id, "I think so too, thanks", people.now)


def test_nobody_reviews_their_own_opening(people: People, case: Case) -> None:
    dora = actor(people, "dora", Role.DATA_PROTECTION)
    opened = break_glass(people.store, dora, case.number, WHY, people.now)
    with pytest.raises(HiddenError):
        review(people.store, dora, opened.id, "It was right to look", people.now)
    other = actor(people, "otto", Role.DATA_PROTECTION)
    review(people.store, other, opened.id, "It was right to look", people.now + timedelta(hours=2))
    with people.store.read() as session:
        assert session.exec(select(Case.number)).all() == [case.number]
