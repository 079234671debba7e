"""`fetch_related`."""

from datetime import UTC, date, datetime

import pytest
from step_bench import Bench, faults

from models import HouseholdMember
from tasks.records.relatives import RelatedOutput

STEPS = """
- id: profile
  title: Profile
  do: fetch_record
  record: Client
  match:
    id: = inputs.client.id
- id: household
  title: Household
  do: fetch_related
  from: = profile
  related: household_members
  including: the client
  as_of: = inputs.received_at
"""


def members(bench: Bench, client: object, on: datetime | None = None, steps: str = STEPS) -> RelatedOutput:
    bench.start(steps, client=client.id, received_at=on or bench.now)  # type: ignore[attr-defined]
    bench.run("profile")
    output = bench.run("household")
    assert isinstance(output, RelatedOutput)
    return output


def names(output: RelatedOutput) -> list[object]:
    return [member.field("given_name") for member in output.members]


def test_the_members_of_the_day_are_found_the_head_first_and_once(bench: Bench) -> None:
    head, child = bench.client("Head"), bench.client("Child")
    bench.household(head, child)
    assert names(members(bench, head)) == ["Head", "Child"]
    output = members(bench, child)
    assert names(output) == ["Head", "Child"]
    assert (output.count, output.none_recorded) == (2, False)


def test_who_left_before_the_day_is_out_and_who_came_later_too(bench: Bench) -> None:
    head, gone, late = bench.client("Head"), bench.client("Gone"), bench.client("Late")
    bench.household(head, gone, late)
    rows = {row.client_id: row for row in bench.all(HouseholdMember)}
    rows[gone.id].left_on = date(2026, 2, 1)
    rows[late.id].joined_on = date(2026, 3, 1)
    assert names(members(bench, head, datetime(2026, 1, 31, 15, tzinfo=UTC))) == ["Head", "Gone"]
    assert names(members(bench, head, datetime(2026, 2, 1, 15, tzinfo=UTC))) == ["Head"]
    assert names(members(bench, head, datetime(2026, 3, 1, 15, tzinfo=UTC))) == ["Head", "Late"]


def test_the_day_is_that_of_the_office(bench: Bench) -> None:
    head, late = bench.client("Head"), bench.client("Late")
    bench.household(head, late)
    row = next(each for each in bench.all(HouseholdMember) if each.client_id == late.id)
    row.joined_on = date(2026, 3, 1)
    output = members(bench, head, datetime(2026, 3, 1, 3, tzinfo=UTC))  # 22:00 on 28 February in New York
    assert (names(output), output.as_of) == (["Head"], date(2026, 2, 28))


def test_where_nothing_is_recorded_the_client_stands_alone_and_that_is_said(bench: Bench) -> None:
    output = members(bench, bench.client("Solo"))
    assert names(output) == ["Solo"]
    assert output.none_recorded


def test_without_including_the_client_nothing_recorded_is_nobody(bench: Bench) -> None:
    output = members(bench, bench.client("Solo"), steps=STEPS.replace("  including: the client\n", ""))
    assert (output.members, output.count, output.none_recorded) == ((), 0, True)


def test_two_records_of_one_person_count_once(bench: Bench) -> None:
    head, survivor = bench.client("Head"), bench.client("Twin")
    merged = bench.client("Twin", merged_into_id=survivor.id)
    bench.household(head, survivor, merged)
    assert names(members(bench, head)) == ["Head", "Twin"]


def test_later_steps_read_the_members_live(bench: Bench) -> None:
    head = bench.client("Head")
    members(bench, head)
    found = bench.read("household", "members")
    head.given_name = "Renamed"
    assert isinstance(found, tuple)
    assert found[0].field("given_name") == "Renamed"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            ("related: household_members", "related: household_member"),
            "no list of a Client `household_member`",
        ),
        (("from: = profile", "from: = profile.language"), "`from` is a text"),
        (("as_of: = inputs.received_at", "as_of: = profile.language"), "`as_of` is a text"),
        (("related: household_members", "related: income"), "the client is no Income"),
        (("including: the client", "including: everybody"), "including"),
        (("related: household_members\n  including: the client", "related: cases"), "the same on every day"),
    ],
)
def test_faults_are_found_when_the_definition_is_checked(change: tuple[str, str], problem: str) -> None:
    assert problem in "\n".join(faults(STEPS.replace(*change)))
