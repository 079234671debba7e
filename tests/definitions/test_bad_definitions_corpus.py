"""Every fault of a definition is refused with the agreed words (`tests/corpus/bad/definitions`)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from definitions.catalogue import Catalogue
from definitions.checker import check
from definitions.codes import CODES
from definitions.diagnostics import render
from definitions.source import parse

CORPUS = Path(__file__).parent.parent / "corpus" / "bad" / "definitions"
FILES = sorted(CORPUS.glob("*.yaml"))


def test_the_corpus_has_enough_faults() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_bad_definition_is_refused_with_the_agreed_words(
    path: Path, real_catalogue: Catalogue, golden: Callable[[Path, str], None]
) -> None:
    found = check(parse(path.read_bytes(), path.name), real_catalogue)
    assert found.diagnostics
    assert (found.plan is None) == bool(found.errors)
    assert {each.code for each in found.diagnostics} <= CODES.keys()
    golden(path.with_suffix(".expected"), "\n\n".join(render(each) for each in found.diagnostics) + "\n")


def test_the_worst_definitions_are_refused_with_bounded_work(real_catalogue: Catalogue) -> None:
    for content in _hostile():
        work = partial(_read_and_check, content.encode(), real_catalogue)
        assert _calls(work) < 2_000_000


def test_twice_the_steps_take_hardly_more_than_twice_the_work(real_catalogue: Catalogue) -> None:
    few, many = (
        _calls(partial(_read_and_check, _long_process(steps).encode(), real_catalogue))
        for steps in (250, 500)
    )
    assert many < 500_000
    assert many < 2.2 * few


def test_a_process_has_at_most_a_thousand_steps(real_catalogue: Catalogue) -> None:
    assert check(parse(_long_process(1000).encode(), "long.yaml"), real_catalogue).errors == ()
    found = check(parse(_long_process(1004).encode(), "long.yaml"), real_catalogue)
    assert [each.code for each in found.errors] == ["CW205"]


def _long_process(steps: int) -> str:
    """A process of groups of four steps, each group behind the one before."""
    groups = (
        f"""\
  - id: form{n}
    title: Form
    do: complete_checklist
    to: caseworker
    needs: {f"[all{n - 1}]" if n else "[]"}
    items:
      - {{id: danger, ask: Is there danger?, type: yes_no, submit: on_answer}}
      - {{id: rent, ask: Rent, type: number}}
  - {{id: half{n}, title: Half, do: calculate, needs: [form{n}], value: = form{n}.rent / 2}}
  - id: urgent{n}
    title: Urgent
    do: calculate
    needs: [form{n}.danger]
    when: form{n}.danger is yes
    value: 1
  - id: all{n}
    title: All
    do: calculate
    needs: [half{n}, urgent{n}]
    value: = coalesce(urgent{n}.value, 0) + 1
"""
        for n in range(steps // 4)
    )
    return "process: a\ntitle: A\npurpose: P\nowner: intake_team\nsteps:\n" + "".join(groups)


def _read_and_check(content: bytes, catalogue: Catalogue) -> None:
    check(parse(content, "hostile.yaml"), catalogue)


def _calls(work: Callable[[], object]) -> int:
    """How many functions are called: about two million in a second, the same on a busy machine."""
    count = 0

    def called(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def _hostile() -> list[str]:
    """Definitions as large as the loader lets through, each making another part of the checker work."""
    header = "process: a\ntitle: A\npurpose: P\nowner: intake_team\nsteps:\n"
    steps = [
        f"  - {{id: s{n}, title: S, do: calculate, value: = s{max(n - 1, 0)}.value + 1}}\n"
        for n in range(1000)
    ]
    everything = ", ".join(f"s{n}" for n in range(200))
    circle = [
        f"  - {{id: s{n}, title: S, do: calculate, value: 1, needs: [{everything}]}}\n" for n in range(90)
    ]
    guarded = [
        f"  - {{id: s{n}, title: S, do: calculate, value: 1, when: "
        + " and ".join(f"s{k}.value is known" for k in range(max(0, n - 20), n))
        + "}\n"
        for n in range(1, 250)
    ]
    items = "".join(
        f"      - {{id: i{n}, ask: Q, type: yes_no, only_if: i{n - 1} is yes}}\n" for n in range(1, 1500)
    )
    form = f"  - id: form\n    title: F\n    do: complete_checklist\n    to: caseworker\n    items:\n{items}"
    wrong = "".join(f"      - {{idd: i{n}, ask: 3, type: [], only_if: =}}\n" for n in range(1000))
    keys = "".join(f"    key_number_{n}: {n}\n" for n in range(5000))
    return [
        header + "".join(steps),
        header + "".join(circle),
        header + "".join(guarded),
        header + form,
        header + form.replace(items, wrong),
        header + "  - id: a\n    title: A\n    do: calculate\n    value: 1\n" + keys,
    ]
