"""Circles across processes (CW567): told where nobody stands in between, and only there."""

from collections.abc import Sequence

import pytest

from definitions import PROCESSES, circles, parse, process_files, read
from definitions.catalogue import Catalogue
from definitions.diagnostics import Diagnostic

HEAD = """\
process: {name}
title: {name}
purpose: P
owner: intake_team
starts:
{starts}
inputs:
  case: {{type: Case, title: Case}}
  visit: {{type: Visit, title: Visit, required: false}}
steps:
{steps}
"""
ON_SIGNAL = "  - start: on signal danger_reported\n    with: {case: = signal.case}"
BY_HAND = "  - by hand"
SEND = "  - {id: tell, title: Tell, do: send_signal, signal: danger_reported}"
ASK = "  - {id: ask, title: Ask, do: assign_task, to: caseworker, ends: completed}\n"
FORM = """\
  - id: ask
    title: Ask
    do: complete_checklist
    to: caseworker
    items:
      - {id: danger, ask: Danger?, type: yes_no, submit: on_answer, signal: danger_reported}
"""


def begin(process: str) -> str:
    inputs = "inputs: {case: = inputs.case}"
    return f"  - {{id: go, title: Go, do: start_process, process: {process}, {inputs}}}"


def change(record: str, field: str = "reason: Changed") -> str:
    return f"  - {{id: change, title: Change, do: update_record, record: = {record}, set: {{{field}}}}}"


def found(
    catalogue: Catalogue, *processes: tuple[str, str, str], checked: Sequence[int] = (0,)
) -> list[Diagnostic]:
    """What is told of these processes (name, starts, steps), where some of them are checked."""
    documents = [
        parse(HEAD.format(name=name, starts=starts, steps=steps).encode(), f"{name}.yaml")
        for name, starts, steps in processes
    ]
    return list(circles(documents, [documents[each] for each in checked], catalogue))


def test_a_signal_and_a_start_make_a_circle_that_is_told_at_the_step_of_the_checked_file(
    real_catalogue: Catalogue,
) -> None:
    both = ("a", ON_SIGNAL, begin("b")), ("b", BY_HAND, SEND)
    for place, (file, step) in enumerate((("a.yaml", "go"), ("b.yaml", "tell"))):
        (told,) = found(real_catalogue, *both, checked=[place])
        assert (told.code, told.severity, told.span.file, told.step) == ("CW567", "warning", file, step)
    (told,) = found(real_catalogue, *both, checked=[0, 1])
    assert told.message.startswith("`a` begins `b`, which begins `a` again")
    assert [span.file for span, _ in told.related] == ["b.yaml"]


@pytest.mark.parametrize("between", [ASK, FORM])
def test_with_a_person_in_between_nothing_is_told(real_catalogue: Catalogue, between: str) -> None:
    assert not found(real_catalogue, ("a", ON_SIGNAL, between + begin("b")), ("b", BY_HAND, SEND))


@pytest.mark.parametrize(
    "between",
    [
        ASK.replace("ends: completed", "ends: created"),
        ASK.replace("ends: completed", "when: inputs.case.risk_level is high"),
        ASK.replace("id: ask", "id: beside"),
    ],
)
def test_a_task_that_need_not_be_done_before_the_step_does_not_count(
    real_catalogue: Catalogue, between: str
) -> None:
    go = begin("b").replace("title: Go", "title: Go, needs: []") if "beside" in between else begin("b")
    assert len(found(real_catalogue, ("a", ON_SIGNAL, between + go), ("b", BY_HAND, SEND))) == 1


def test_a_question_that_sends_the_signal_is_a_person(real_catalogue: Catalogue) -> None:
    assert not found(real_catalogue, ("a", ON_SIGNAL, begin("b")), ("b", BY_HAND, FORM.rstrip("\n")))


def test_three_processes_in_a_ring_are_told_of_once(real_catalogue: Catalogue) -> None:
    ring = ("a", BY_HAND, begin("b")), ("b", BY_HAND, begin("c")), ("c", BY_HAND, begin("a"))
    (told,) = found(real_catalogue, *ring, checked=[0, 1, 2])
    assert told.message.startswith("`a` begins `b`, which begins `c`, which begins `a` again")


def test_a_process_that_starts_itself_is_told_of(real_catalogue: Catalogue) -> None:
    (told,) = found(real_catalogue, ("a", BY_HAND, begin("a")))
    assert told.message.startswith("`a` begins itself")


@pytest.mark.parametrize(
    ("when", "steps", "told"),
    [
        ("", change("inputs.case"), 1),
        ("    when: record.reason is known\n", change("inputs.case"), 1),
        ("    when: record.risk_level is high\n", change("inputs.case"), 0),
        ("", change("inputs.visit.case"), 1),
        ("", change("inputs.visit"), 0),
        ("", change("inputs.case.client", "language: en"), 0),
    ],
)
def test_a_changed_record_counts_if_the_beginning_reads_what_is_changed(
    real_catalogue: Catalogue, when: str, steps: str, told: int
) -> None:
    starts = f"  - start: on record Case changed\n{when}    with: {{case: = record}}"
    assert len(found(real_catalogue, ("a", starts, begin("b")), ("b", BY_HAND, steps))) == told


def test_a_circle_among_others_is_not_told_of_a_file_outside_of_it(real_catalogue: Catalogue) -> None:
    ring = ("a", BY_HAND, begin("b")), ("b", BY_HAND, begin("a")), ("c", BY_HAND, begin("a"))
    assert not found(real_catalogue, *ring, checked=[2])


def test_the_shipped_processes_make_no_circle_without_people(real_catalogue: Catalogue) -> None:
    documents = [read(file) for file in process_files(PROCESSES)]
    assert list(circles(documents, documents, real_catalogue)) == []
