"""What a form offers to choose from, what it says of numbers and consents, and whom a yes alerts."""

from datetime import date
from typing import Any

import pytest
from people_world import with_case
from step_bench import MONDAY, Bench, faults

from models import Consent, HouseholdMember, HouseholdRelation
from models import Household as HouseholdRow
from tasks.people.answer_values import UnreadableError, read_answer
from tasks.people.answers import Given, keep_answers
from tasks.people.forms import FormError, build_form

PEOPLE = """
- id: ask
  title: Ask
  do: complete_checklist
  to: caseworker
  items:
    - {id: who, ask: Who was there?, type: Client}
    - {id: colleague, ask: Who came along?, type: Staff, filter: name is not "Lead"}
    - {id: weight, ask: Weight, type: number, unit: kg, at_least: 1}
    - {id: consent, ask: May we pass this on?, type: consent, valid_for: 3 months}
"""
HEAD = "- id: visit\n  title: Visit\n  do: complete_checklist\n  to: caseworker\n  items:\n    - "


def form(bench: Bench, **client: object) -> dict[str, dict[str, Any]]:
    with_case(bench, PEOPLE, **client)
    call = bench.call("ask")
    return {entry["id"]: entry for entry in build_form(call, call.step.arguments.items)}


def household(bench: Bench, client_id: str, *others: tuple[str, HouseholdRelation, date | None]) -> list[str]:
    """A household of the client with these people: first name, relation, day of leaving."""
    home = HouseholdRow(name="Home", created_at=MONDAY)
    bench.session.add(home)
    bench.session.flush()
    people = [(client_id, HouseholdRelation.SELF, None)]
    people += [(bench.client(name).id, relation, left) for name, relation, left in others]
    for person, relation, left in people:
        bench.session.add(
            HouseholdMember(household_id=home.id, client_id=person, relation=relation, left_on=left)
        )
    bench.session.flush()
    return [person for person, _, _ in people]


def test_the_people_of_the_household_are_offered_without_family_names(bench: Bench) -> None:
    with_case(bench, PEOPLE)
    client_id = str(bench.instance.client_id)
    gone = date(2026, 1, 1)
    ids = household(
        bench,
        client_id,
        ("Mia", HouseholdRelation.CHILD, None),
        ("Otto", HouseholdRelation.SPOUSE_OR_PARTNER, gone),
    )
    call = bench.call("ask")
    (item, *_) = build_form(call, call.step.arguments.items)
    assert list(item["options"]) == ids[:2]
    assert all("Ruiz" not in words for words in item["options"].values())
    assert item["options"][client_id].startswith("Ana (the client")
    assert item["options"][ids[1]].startswith("Mia (child")


def test_without_a_household_the_client_alone_is_offered(bench: Bench) -> None:
    found = form(bench)
    assert list(found["who"]["options"]) == [bench.instance.client_id]


def test_members_of_the_staff_are_offered_by_a_filter(bench: Bench) -> None:
    assert list(form(bench)["colleague"]["options"].values()) == ["Worker"]


def test_who_was_not_offered_is_no_answer(bench: Bench) -> None:
    found = form(bench)
    with pytest.raises(UnreadableError, match="offered"):
        read_answer(found["who"], "01SOMEBODYELSE")
    assert read_answer(found["who"], {"none_suitable": "A neighbour"}) == {
        "no_answer": "none_suitable",
        "reason": "A neighbour",
    }


def test_a_number_keeps_its_unit(bench: Bench) -> None:
    assert form(bench)["weight"]["unit"] == "kg"


def test_a_unit_belongs_to_a_number() -> None:
    (told,) = faults(HEAD + "{id: a, ask: Q, type: text, unit: kg}\n")
    assert "`unit` belongs to an item of type number" in told


def consent(bench: Bench, said: object) -> Consent:
    entries = form(bench)
    bench.run("ask")
    task = bench.tasks()[0]
    values = {("ask", "consent"): read_answer(entries["consent"], said)}
    keep_answers(bench.session, task, values, Given(None, MONDAY))
    return bench.all(Consent)[-1]


def test_a_consent_ends_on_the_day_that_was_agreed(bench: Bench) -> None:
    given = consent(bench, {"given": "yes", "until": "2026-03-31"})
    assert given.expires_at is not None
    assert given.expires_at.isoformat() == "2026-04-01T03:59:59+00:00"


@pytest.mark.parametrize("day", ["2026-03-01", "2026-06-03"])
def test_a_consent_ends_neither_in_the_past_nor_later_than_the_definition_says(
    bench: Bench, day: str
) -> None:
    with pytest.raises(FormError, match="3 months at most"):
        consent(bench, {"given": "yes", "until": day})
